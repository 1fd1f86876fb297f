package app

import (
	"context"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/inventory"
	"github.com/netweave/netweave/outbound/pluginhost"
	"github.com/netweave/netweave/ports/backend"
)

// runner runs what answers for adapters, as pluginhost.Host does.
type runner interface {
	Start(a pluginhost.Adapter) (backend.Backend, error)
	Reconfigure(a pluginhost.Adapter) error
	Stop(ctx context.Context, adapter string) error
}

// plugins has plugins answer.
type plugins struct{ *pluginhost.Host }

func (p plugins) Start(a pluginhost.Adapter) (backend.Backend, error) {
	b, err := p.Host.Start(a)
	if err != nil { // and not a nil *pluginhost.Backend
		return nil, err
	}
	return b, nil
}

// pluginOf is what is run for an adapter.
func pluginOf(a config.Adapter) pluginhost.Adapter {
	return pluginhost.Adapter{
		Name:     a.Name,
		Plugin:   a.Type,
		Config:   a.Config.JSON(),
		Timeouts: pluginhost.Timeouts{Read: a.Timeouts.Read, Write: a.Timeouts.Write, Health: a.Timeouts.Health},
	}
}

// feedOf is how the view of an adapter's backend is kept current.
func feedOf(a config.Adapter) inventory.FeedConfig {
	return inventory.FeedConfig{
		PollInterval: a.PollInterval,
		StaleAfter:   a.StaleAfter,
		ReadyWait:    a.ReadyWait,
		// A view that is confirmed less often than its allowance would be stale
		// between any two confirmations.
		HealthInterval: min(5*time.Second, a.StaleAfter/3),
		HealthTimeout:  a.Timeouts.Health,
	}
}

// attachOne starts what answers for an adapter, feeds the view of its backend, and
// has it asked for alarms.
func (p *parts) attachOne(a config.Adapter) error {
	b, err := p.runner.Start(pluginOf(a))
	if err != nil {
		return err
	}
	if err := p.views.Attach(b, feedOf(a)); err != nil {
		return err
	}
	p.alarms.sources.Attach(b)
	return nil
}

func hostConfig(p config.Plugins, s Surroundings) pluginhost.Config {
	return pluginhost.Config{
		Dir: p.Dir, StateDir: p.StateDir,
		Environ: s.Environ, EnvAllow: p.Env,
		HostVersion:  s.Version,
		StartTimeout: p.StartTimeout, OpenTimeout: p.OpenTimeout, CloseTimeout: p.CloseTimeout,
		Restart: pluginhost.Restart{Crashes: p.CrashLimit, Window: p.CrashWindow, CoolDown: p.Quarantine},
		Breaker: pluginhost.Breaker{Failures: p.Breaker.Failures, Open: p.Breaker.Open},
		Limits:  pluginhost.Limits{Objects: p.Limits.Objects, ObjectBytes: p.Limits.ObjectBytes, TotalBytes: p.Limits.TotalBytes},
	}
}
