package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/inventory"
	"github.com/netweave/netweave/outbound/pluginhost"
	"github.com/netweave/netweave/outbound/telemetry"
	"github.com/netweave/netweave/ports/authz"
)

// Surroundings are what a gateway is given beside its configuration.
type Surroundings struct {
	Version string
	// Environ is the environment that plugins' variables are picked from.
	Environ        []string
	Stdout, Stderr io.Writer
	// Hints prints a few commands to try, whatever the configuration says.
	Hints bool
}

// Run serves c until ctx ends, then stops in order: not ready, requests in
// flight, feeds, plugins. When force ends nothing is waited for any more. It
// returns nil if everything ended as it should; no plugin outlives it.
func Run(ctx, force context.Context, c *config.Config, s Surroundings) (err error) {
	log, err := telemetry.NewLogger(telemetry.LogConfig{Level: c.Log.Level, JSON: c.Log.Format == "json"}, s.Stderr)
	if err != nil {
		return err
	}
	warnings, err := checkStart(c)
	if err != nil {
		return err
	}
	for _, p := range append(warnings, c.Notes...) {
		log.Warn("configuration", "key", p.Key, "line", p.Line, "reason", p.Reason)
	}
	tune(c.Runtime)

	listener, err := listen(ctx, c.Server)
	if err != nil {
		return err
	}
	registry := telemetry.NewRegistry(telemetry.Build{Version: s.Version, GoVersion: runtime.Version()})
	allowed, err := authorizer(c.Server)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	views, plugins, err := compose(c, s, log, registry, allowed)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() {
		deadline, cancel := context.WithTimeout(force, c.Plugins.CloseTimeout+stopMargin)
		defer cancel()
		err = errors.Join(err, plugins.Close(deadline))
		if err != nil && force.Err() != nil {
			err = fmt.Errorf("a second signal cut what was in flight: %w", err)
		}
		log.Info("stopped")
	}()
	defer views.Close()

	server, err := newServer(c, s, log, registry, views, allowed)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	log.Info("serving", "address", listener.Addr().String(), "version", s.Version, "adapters", len(c.EnabledAdapters()))
	var hints sync.WaitGroup
	defer hints.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.Server.Hints || s.Hints {
		hints.Go(func() {
			if err := hintWhenReady(ctx, s.Stdout, c, listener.Addr(), views); err != nil {
				log.Warn("the hints could not be printed", "error", err)
			}
		})
	}
	return server.run(ctx, force, listener)
}

// stopMargin is what plugins get beyond their own time to close.
const stopMargin = 10 * time.Second

// compose makes the inside: plugins behind the backend port, and the inventory
// of their objects, which it begins to feed.
func compose(c *config.Config, s Surroundings, log hclog.Logger, registry *prometheus.Registry, allowed authz.Authorizer) (*inventory.Service, *pluginhost.Host, error) {
	router, err := newRouter(c)
	if err != nil {
		return nil, nil, err
	}
	views, err := inventory.New(inventory.Config{
		Projections: projections(),
		Tenancy:     inventory.Tenancy{SingleTenant: true},
		Router:      router,
		Authorizer:  allowed,
		Log:         telemetry.NewSlog(log.Named("inventory")),
	})
	if err != nil {
		return nil, nil, err
	}
	if err := registry.Register(telemetry.NewBackends(views)); err != nil {
		return nil, nil, fmt.Errorf("metrics: %w", err)
	}
	plugins, err := pluginhost.New(hostConfig(c.Plugins, s), log.Named("adapter"), registry)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range c.EnabledAdapters() {
		if err := attach(plugins, views, a); err != nil {
			views.Close()
			return nil, nil, errors.Join(fmt.Errorf("adapter %s: %w", a.Name, err), plugins.Close(context.Background()))
		}
	}
	return views, plugins, nil
}

func attach(plugins *pluginhost.Host, views *inventory.Service, a config.Adapter) error {
	b, err := plugins.Start(pluginhost.Adapter{
		Name:     a.Name,
		Plugin:   a.Type,
		Config:   a.Config.JSON(),
		Timeouts: pluginhost.Timeouts{Read: a.Timeouts.Read, Write: a.Timeouts.Write, Health: a.Timeouts.Health},
	})
	if err != nil {
		return err
	}
	return views.Attach(b, inventory.FeedConfig{
		PollInterval: a.PollInterval,
		StaleAfter:   a.StaleAfter,
		ReadyWait:    a.ReadyWait,
		// A view that is confirmed less often than its allowance would be stale
		// between any two confirmations.
		HealthInterval: min(5*time.Second, a.StaleAfter/3),
		HealthTimeout:  a.Timeouts.Health,
	})
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
