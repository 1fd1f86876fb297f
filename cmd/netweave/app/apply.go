package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/hashicorp/go-hclog"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/webhook"
)

// adaptersInForce has the adapters follow the configuration. It is for one goroutine.
type adaptersInForce struct {
	p   *parts
	log *slog.Logger
	// running are those that are attached, by name, as they were last told to run.
	running map[string]config.Adapter
}

func newAdaptersInForce(p *parts, c *config.Config, log *slog.Logger) *adaptersInForce {
	return &adaptersInForce{p: p, log: log, running: enabledByName(c)}
}

func enabledByName(c *config.Config) map[string]config.Adapter {
	byName := map[string]config.Adapter{}
	for _, a := range c.EnabledAdapters() {
		byName[a.Name] = a
	}
	return byName
}

// runs reports whether a plugin runs already.
func (f *adaptersInForce) runs(plugin string) bool {
	for _, a := range f.running {
		if a.Type == plugin {
			return true
		}
	}
	return false
}

// apply has c's adapters run, and requests routed by its rules, so that each request
// finds what it is routed to: what is new is there before the rules are, and what is
// gone is there until then. What could not be done is returned; the rest is.
func (f *adaptersInForce) apply(ctx context.Context, c *config.Config) []config.Problem {
	router, err := newRouter(c)
	if err != nil {
		return problemOf("routing.rules", err)
	}
	wanted := enabledByName(c)
	var problems []config.Problem
	var late []config.Adapter
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		a := wanted[name]
		switch before, runs := f.running[name]; {
		case runs:
			problems = append(problems, f.change(before, a)...)
		case f.p.ending.busy(name):
			late = append(late, a)
		default:
			problems = append(problems, f.add(a)...)
		}
	}
	f.p.views.SetRouter(router)
	for _, name := range slices.Sorted(maps.Keys(f.running)) {
		if _, stays := wanted[name]; !stays {
			problems = append(problems, f.remove(name)...)
		}
	}
	// An adapter that was switched off and on again waits for its former self.
	for _, a := range late {
		if err := f.p.ending.over(ctx, a.Name); err != nil {
			return problems
		}
		problems = append(problems, f.add(a)...)
	}
	return problems
}

func adapterProblem(a config.Adapter, err error) []config.Problem {
	if err == nil {
		return nil
	}
	return []config.Problem{{Key: fmt.Sprintf("adapters[%s]", a.Name), Line: a.Line, Reason: err.Error()}}
}

func (f *adaptersInForce) add(a config.Adapter) []config.Problem {
	if err := f.p.attachOne(a); err != nil {
		return adapterProblem(a, err)
	}
	f.p.adapters.Settle() // it may have been paused before it was taken away
	f.running[a.Name] = a
	f.log.Info("an adapter was added", "adapter", a.Name, "type", a.Type)
	return nil
}

// change tells plugin and feed of what is other for them. Of a plugin that refuses it
// the host tells, and has the former go on.
func (f *adaptersInForce) change(before, after config.Adapter) []config.Problem {
	f.running[after.Name] = after
	if before.Type != after.Type || before.Config != after.Config || before.Timeouts != after.Timeouts {
		if err := f.p.runner.Reconfigure(pluginOf(after)); err != nil {
			f.running[after.Name] = before
			return adapterProblem(after, err)
		}
		f.log.Info("an adapter's plugin is told of its new configuration", "adapter", after.Name, "type", after.Type)
	}
	if feedOf(before) == feedOf(after) {
		return nil
	}
	return adapterProblem(after, f.p.views.Configure(after.Name, feedOf(after)))
}

// remove drops an adapter's view, and ends its plugin in the background.
func (f *adaptersInForce) remove(name string) []config.Problem {
	a := f.running[name]
	delete(f.running, name)
	err := f.p.views.Detach(name)
	f.p.alarms.sources.Detach(name)
	f.p.ending.begin(name, func() {
		// The host bounds it; what is left when the gateway stops is ended then.
		if err := f.p.runner.Stop(context.Background(), name); err != nil {
			f.log.Warn("a removed adapter's plugin did not end as it should", "adapter", name, "error", err)
		}
	})
	f.log.Info("an adapter was removed", "adapter", name)
	return adapterProblem(a, err)
}

// applySettings has the parts go by after's settings, as far as they are hot and other
// than before's: rates that are set begin anew, and so do connections to receivers.
func applySettings(s *surroundings, p *parts, server *server, before, after *config.Config) []config.Problem {
	s.log.SetLevel(hclog.LevelFromString(after.Log.Level))
	if before.RateLimits != after.RateLimits {
		server.SetRateLimits(rates(after))
	}
	server.Deprecate(deprecations(after))
	if p.tenants != nil {
		p.tenants.directory.SetDefaultQuotas(after.Tenancy.Quotas.Amounts())
	}
	p.alarms.configure(after)
	server.SetAlertReceivers(after.Alarms.Receivers)
	was, is := allowed(before.Subscriptions.Callbacks), allowed(after.Subscriptions.Callbacks)
	if was.HTTP == is.HTTP && was.LoopbackHTTP == is.LoopbackHTTP && slices.Equal(was.Networks, is.Networks) {
		return nil
	}
	return problemOf("subscriptions.callbacks", p.sender.SetAllowed(is))
}

func allowed(c config.Callbacks) webhook.Allowed {
	return webhook.Allowed{HTTP: c.AllowHTTP, LoopbackHTTP: c.AllowLoopbackHTTP, Networks: c.AllowNetworks}
}
