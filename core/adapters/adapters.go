// Package adapters shows operators the adapters and lets them steer these: pause,
// resume, and read anew.
//
// What is paused is in the store. Every process looks there, at news of the bus and
// once a second, and has its inventory rest or go on; while the store is away, what
// was known last stays in force.
package adapters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/adapters"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/pauses"
)

// Inventory is what is steered: core/inventory.Service.
type Inventory interface {
	Statuses() []inventory.BackendStatus
	Pause(name string) error
	Resume(name string) error
	Resync(name string) error
}

// Config is what a Service is built from. All but Poll and Log are mandatory.
type Config struct {
	Inventory  Inventory
	Store      pauses.Store
	Bus        bus.Bus
	Authorizer authz.Authorizer
	// Poll is how often the store is looked at if no news comes; 1 s if 0.
	Poll time.Duration
	// Log hears of what is steered, and of a store that is away.
	Log *slog.Logger
}

// Service implements the port adapters.Adapters. Run keeps it current. All methods
// are safe for concurrent use.
type Service struct {
	config Config

	// mu makes looks one at a time, so that what was read later counts.
	mu sync.Mutex
	// paused is what is known, by adapter.
	paused map[string]pauses.Pause
	away   bool
}

var _ adapters.Adapters = (*Service)(nil)

// New makes a Service that knows of no pause yet.
func New(c Config) (*Service, error) {
	if c.Inventory == nil || c.Store == nil || c.Bus == nil || c.Authorizer == nil {
		return nil, errors.New("adapters: an inventory, a store, a bus and an authorizer are needed")
	}
	if c.Poll <= 0 {
		c.Poll = time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{config: c, paused: map[string]pauses.Pause{}}, nil
}

// List returns all adapters, by name.
func (s *Service) List(ctx context.Context, sc scope.Scope) ([]adapters.Adapter, error) {
	if err := s.may(ctx, sc, authz.ActionList); err != nil {
		return nil, err
	}
	return s.all(), nil
}

// Get returns one.
func (s *Service) Get(ctx context.Context, sc scope.Scope, name string) (adapters.Adapter, error) {
	if err := s.may(ctx, sc, authz.ActionRead); err != nil {
		return adapters.Adapter{}, err
	}
	return s.one(name)
}

// Pause lets an adapter rest, in every process.
func (s *Service) Pause(ctx context.Context, sc scope.Scope, name, reason string) (adapters.Adapter, error) {
	return s.steer(ctx, sc, name, "paused", func() error {
		return s.config.Store.Put(ctx, pauses.Pause{Adapter: name, By: who(sc), Reason: reason, At: time.Now().UTC()})
	})
}

// Resume ends a pause, in every process.
func (s *Service) Resume(ctx context.Context, sc scope.Scope, name string) (adapters.Adapter, error) {
	return s.steer(ctx, sc, name, "resumed", func() error { return s.config.Store.Delete(ctx, name) })
}

// steer changes the store, and has all look there.
func (s *Service) steer(ctx context.Context, sc scope.Scope, name, did string, change func() error) (adapters.Adapter, error) {
	if err := s.may(ctx, sc, authz.ActionUpdate); err != nil {
		return adapters.Adapter{}, err
	}
	waits := s.waits(name)
	if _, err := s.one(name); err != nil && !waits {
		return adapters.Adapter{}, err
	}
	if err := change(); err != nil {
		return adapters.Adapter{}, err
	}
	s.config.Log.Info("adapter "+did, "adapter", name, "by", who(sc))
	if err := s.config.Bus.Publish(ctx, bus.Message{Topic: bus.Adapters, Body: []byte(newsLook)}); err != nil {
		s.config.Log.Debug("the others look by themselves", "error", err) // within a second
	}
	s.look(ctx)
	a, err := s.one(name)
	if err != nil && waits {
		// There is none now; what was asked for is done all the same.
		return adapters.Adapter{BackendStatus: inventory.BackendStatus{Info: backend.Info{Name: name, State: backend.StateStopped, Breaker: "closed"}}}, nil
	}
	return a, err
}

// Resync has every process read an adapter's backend anew.
func (s *Service) Resync(ctx context.Context, sc scope.Scope, name string) (adapters.Adapter, error) {
	if err := s.may(ctx, sc, authz.ActionUpdate); err != nil {
		return adapters.Adapter{}, err
	}
	a, err := s.one(name)
	if err != nil {
		return adapters.Adapter{}, err
	}
	if err := s.config.Bus.Publish(ctx, bus.Message{Topic: bus.Adapters, Body: []byte(newsResync + name)}); err != nil {
		return adapters.Adapter{}, err
	}
	s.config.Log.Info("adapter is read anew", "adapter", name, "by", who(sc))
	return a, nil
}

// waits reports whether a pause waits for an adapter of that name: it can be changed
// and ended although there is none.
func (s *Service) waits(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, waits := s.paused[name]
	return waits
}

// may decides whether the caller may do that to adapters.
func (s *Service) may(ctx context.Context, sc scope.Scope, action authz.Action) error {
	if !sc.Valid() {
		return authz.ErrDenied
	}
	_, err := s.config.Authorizer.Authorize(ctx, sc, authz.Request{Resource: authz.Adapter, Action: action})
	return err
}

// all are the adapters that there are, with what is known of their pauses.
func (s *Service) all() []adapters.Adapter {
	statuses := s.config.Inventory.Statuses()
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]adapters.Adapter, 0, len(statuses))
	for _, status := range statuses {
		a := adapters.Adapter{BackendStatus: status}
		if p, paused := s.paused[status.Name]; paused && status.Paused {
			a.Pause = &p
		}
		list = append(list, a)
	}
	return list
}

func (s *Service) one(name string) (adapters.Adapter, error) {
	list := s.all()
	i := slices.IndexFunc(list, func(a adapters.Adapter) bool { return a.Name == name })
	if i < 0 {
		return adapters.Adapter{}, fmt.Errorf("adapter %q: %w", name, adapters.ErrNotFound)
	}
	return list[i], nil
}

// who names the caller, "" if it is anonymous.
func who(sc scope.Scope) string {
	if sc.User() == "" {
		return ""
	}
	return strings.Join([]string{sc.User(), sc.Home()}, ".")
}
