package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/ports/backend"
)

// Host runs plugins. It is safe for concurrent use.
type Host struct {
	cfg      Config
	log      hclog.Logger
	metrics  *metrics
	launcher *launcher

	mu        sync.Mutex
	closed    bool
	instances map[string]*instance
}

// New makes a host, sweeps what a killed one left, and registers its metrics.
// The logger's name becomes the beginning of every adapter's. The host must be
// closed.
func New(cfg Config, log hclog.Logger, reg prometheus.Registerer) (*Host, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("plugin host: %w", err)
	}
	cfg, err := cfg.withDefaults().absolute()
	if err != nil {
		return nil, fmt.Errorf("plugin host: %w", err)
	}
	store := filepath.Join(cfg.StateDir, "plugins")
	for _, dir := range []string{cfg.StateDir, store} {
		if err := makePrivate(dir); err != nil {
			return nil, fmt.Errorf("plugin host: state directory: %w", err)
		}
	}
	m, err := newMetrics(reg)
	if err != nil {
		return nil, fmt.Errorf("plugin host: metrics: %w", err)
	}
	run, err := openRunDir(cfg.StateDir)
	if err != nil {
		return nil, fmt.Errorf("plugin host: run directory: %w", err)
	}
	return &Host{
		cfg: cfg, log: log, metrics: m, instances: map[string]*instance{},
		launcher: &launcher{cfg: cfg, vault: vault{store}, run: run, spawner: newSpawner()},
	}, nil
}

// Start begins to run the adapter's plugin and returns at once: the plugin's
// way to its first call, and back to it after each failure, is the backend's
// Info. An error means that the adapter itself makes no sense.
func (h *Host) Start(a Adapter) (*Backend, error) {
	for what, name := range map[string]string{"adapter name": a.Name, "plugin name": a.Plugin} {
		if err := checkName(what, name); err != nil {
			return nil, err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errors.New("the plugin host is closed")
	}
	if _, taken := h.instances[a.Name]; taken {
		return nil, fmt.Errorf("adapter %q is running already", a.Name)
	}
	in := h.newInstance(a)
	b := newBackend(in)
	h.instances[a.Name] = in
	ctx, stop := context.WithCancel(context.Background())
	force, forceNow := context.WithCancel(context.Background())
	in.stop, in.force = stop, forceNow
	go in.run(ctx, force)
	return b, nil
}

func (h *Host) newInstance(a Adapter) *instance {
	log := h.log.Named(a.Name)
	m := h.metrics.of(a.Name)
	errs := translator{adapter: a.Name, redact: newRedactor(a.Config)}
	now := time.Now()
	m.setState(backend.StateStarting)
	in := &instance{
		name: a.Name, wanted: a, cfg: h.cfg, launcher: h.launcher,
		log: log, metrics: m, errs: errs,
		breaker:  newBreaker(h.cfg.Breaker, m.setBreaker),
		crashes:  newCrashes(h.cfg.Restart),
		logLimit: newRateLimit(h.cfg.Limits.LogLines, now),
		refused:  &refusals{log: log, metrics: m, clean: errs.clean, limit: newRateLimit(1, now)},
		info:     backend.Info{Name: a.Name, Type: a.Plugin, State: backend.StateStarting, Since: now},
		changed:  make(chan struct{}),
		reset:    make(chan struct{}, 1),
		look:     make(chan struct{}, 1),
		done:     make(chan struct{}),
	}
	timeouts := a.Timeouts.or(h.cfg.Timeouts)
	in.timeouts.Store(&timeouts)
	return in
}

// Reconfigure has the adapter run by a's plugin, configuration and timeouts, and
// returns at once. A new process is started beside the old one, opened and found
// healthy, and takes its place; the old one is drained. One that fails leaves the
// old one in place: Info tells. What is in force already starts nothing, nor do
// other timeouts alone. An error means that the adapter makes no sense, or is not
// running.
func (h *Host) Reconfigure(a Adapter) error {
	if err := checkName("plugin name", a.Plugin); err != nil {
		return err
	}
	h.mu.Lock()
	in, ok := h.instances[a.Name]
	h.mu.Unlock()
	if !ok {
		return fmt.Errorf("adapter %q is not running", a.Name)
	}
	in.reconfigure(a)
	return nil
}

// Stop drains the adapter's plugin and ends it: no new call, those in flight to
// their end or for as long as the longest deadline, the plugin's own Close, and
// then the end of its process. When ctx ends first the process is killed at
// once; either way it is gone when Stop returns. The name is free again.
func (h *Host) Stop(ctx context.Context, adapter string) error {
	h.mu.Lock()
	in, ok := h.instances[adapter]
	h.mu.Unlock()
	if !ok {
		return fmt.Errorf("adapter %q is not running", adapter)
	}
	err := in.shutdown(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.instances[adapter] == in {
		delete(h.instances, adapter)
		in.metrics.remove()
	}
	return err
}

// Close stops every adapter at once, as Stop does, and lets go of everything.
// It returns ctx's error if plugins had to be killed.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	instances := slices.Collect(maps.Values(h.instances)) // Stop may be taking some away
	h.mu.Unlock()
	errs := make(chan error, len(instances))
	for _, in := range instances {
		go func() { errs <- in.shutdown(ctx) }()
	}
	var all []error
	for range instances {
		all = append(all, <-errs)
	}
	h.launcher.spawner.close()
	return errors.Join(append(all, h.launcher.run.close())...)
}
