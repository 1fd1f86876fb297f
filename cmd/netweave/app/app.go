package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/telemetry"
)

// Surroundings are what a gateway is given beside its configuration.
type Surroundings struct {
	Version string
	// Program is what the user typed to start it, for hints.
	Program string
	// Environ is the environment that plugins' variables are picked from.
	Environ        []string
	Stdout, Stderr io.Writer
	// Hints prints a few commands to try, whatever the configuration says.
	Hints bool
	// Overrides are those that the configuration was read with.
	Overrides []config.Override
	// Look has the configuration's file looked at, at once; nil never does.
	Look <-chan struct{}
}

// Run serves c until ctx ends, then stops in order: not ready and no more leading
// or delivering, requests in flight, feeds, plugins, the store. When force ends
// nothing is waited for any more. It returns nil if everything ended as it should;
// no plugin outlives it.
func Run(ctx, force context.Context, c *config.Config, given Surroundings) (err error) {
	log, err := telemetry.NewLogger(telemetry.LogConfig{Level: c.Log.Level, JSON: c.Log.Format == "json"}, given.Stderr)
	if err != nil {
		return err
	}
	warnings, err := checkStart(c, func(string) bool { return false })
	if err != nil {
		return err
	}
	for _, p := range append(warnings, Notes(c)...) {
		log.Warn("configuration", "key", p.Key, "line", p.Line, "reason", p.Reason)
	}
	tune(c.Runtime)

	listener, err := listen(ctx, c)
	if err != nil {
		return err
	}
	s := &surroundings{
		config: c, given: given, log: log, process: processName(),
		registry: telemetry.NewRegistry(telemetry.Build{Version: given.Version, GoVersion: runtime.Version()}),
	}
	if s.tls, err = tlsfiles.NewWatch(s.logger("tls"), s.registry); err != nil {
		return errors.Join(fmt.Errorf("metrics: %w", err), listener.Close())
	}
	if s.reloads, err = newReloadMetrics(s.registry); err != nil {
		return errors.Join(fmt.Errorf("metrics: %w", err), listener.Close())
	}
	p, err := compose(ctx, s)
	defer func() {
		deadline, cancel := context.WithTimeout(force, c.Plugins.CloseTimeout+stopMargin)
		defer cancel()
		err = errors.Join(err, p.close(deadline))
		if err != nil && force.Err() != nil {
			err = fmt.Errorf("a second signal cut what was in flight: %w", err)
		}
		log.Info("stopped")
	}()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server, err := newServer(s, p.identity(s), p.offered())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	log.Info("serving", "address", listener.Addr().String(), "version", given.Version, "role", string(c.Role),
		"store", c.Store.Type, "adapters", len(c.EnabledAdapters()))
	var hints sync.WaitGroup
	defer hints.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.Role.Serves() && (c.Server.Hints || given.Hints) {
		hints.Go(func() {
			if err := hintWhenReady(ctx, given, c, listener.Addr(), p.views); err != nil {
				log.Warn("the hints could not be printed", "error", err)
			}
		})
	}
	aside := startAside(s, p)
	defer aside.stop(force)
	control := startControl(ctx, s, p)
	defer control.stop(force)
	reload := startReload(ctx, s, p, server)
	defer reload.stop(force)
	return server.run(ctx, force, listener)
}

// stopMargin is what plugins get beyond their own time to close.
const stopMargin = 10 * time.Second

// processName names this process, unlike any other that is or was.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "netweave"
	}
	return host + "-" + string(o2.NewID())[:8]
}

// startAside starts what every process does beside serving.
func startAside(s *surroundings, p *parts) *crew {
	c := newCrew(context.Background(), s.logger("gateway"))
	c.start(task{"following TLS files", s.tls.Run})
	for _, t := range p.aside() {
		c.start(t)
	}
	return c
}

// startControl starts what a controller does. It begins to stop when ctx ends, so
// that others take over while requests in flight are still answered.
func startControl(ctx context.Context, s *surroundings, p *parts) *crew {
	c := newCrew(ctx, s.logger("gateway"))
	if s.config.Role.Controls() {
		c.start(task{"delivering", p.deliverer.Run})
		c.start(task{"seeking to lead", func(ctx context.Context) error { return p.stores.election.Campaign(ctx, p.leader.Lead) }})
	}
	return c
}

// startReload has the configuration's file followed until ctx ends: a gateway that
// stops changes no more.
func startReload(ctx context.Context, s *surroundings, p *parts, server *server) *crew {
	c := newCrew(ctx, s.logger("gateway"))
	c.start(task{"following the configuration", func(ctx context.Context) error { return newReload(s, p, server).run(ctx, s.given.Look) }})
	return c
}
