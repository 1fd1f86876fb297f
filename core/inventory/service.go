package inventory

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// Config is what a Service is built from. Projections, Router and Authorizer are
// mandatory.
type Config struct {
	// Projections encode objects; an inventory.Shape is an index into them.
	Projections []inventory.Projection
	Tenancy     Tenancy
	Router      Router
	Authorizer  authz.Authorizer
	// Announcer, if set, hears of every write; Poller, if set, has backends polled
	// that cannot be watched. Both are for gateways of several processes.
	Announcer Announcer
	Poller    Poller
	// Quotas, if set, keeps tenants within theirs.
	Quotas Quotas
	// Log hears of feeds that break and objects that are refused.
	Log *slog.Logger
}

// Service is the inventory of all attached backends. It implements
// inventory.Reader and inventory.Statuses; ResourcePools and Resources return
// the services that write. All methods are safe for concurrent use.
type Service struct {
	router     atomic.Pointer[Router]
	authorizer authz.Authorizer
	log        *slog.Logger
	shelf      *shelf
	memo       memo
	poller     Poller
	quotas     Quotas
	reads      reads
	// wasReady: Ready was true once.
	wasReady atomic.Bool

	// mu guards feeds, and makes attaching and detaching one at a time.
	mu    sync.Mutex
	feeds map[string]*feed
}

var (
	_ inventory.Reader        = (*Service)(nil)
	_ inventory.Statuses      = (*Service)(nil)
	_ inventory.ResourcePools = (*poolService)(nil)
	_ inventory.Resources     = (*resourceService)(nil)
)

// New makes a Service with no backend attached.
func New(c Config) (*Service, error) {
	switch {
	case len(c.Projections) == 0:
		return nil, errors.New("inventory: no projection is configured")
	case c.Router == nil:
		return nil, errors.New("inventory: no router is configured")
	case c.Authorizer == nil:
		return nil, errors.New("inventory: no authorizer is configured")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		authorizer: c.Authorizer, log: c.Log,
		shelf: newShelf(c.Tenancy, newEncoder(c.Projections), c.Log),
		memo:  memo{seed: maphash.MakeSeed()}, poller: c.Poller, quotas: c.Quotas,
		feeds: map[string]*feed{},
	}
	s.SetRouter(c.Router)
	s.shelf.announcer = c.Announcer
	if c.Quotas != nil {
		s.shelf.sizes = sizeTable{}
	}
	return s, nil
}

// Attach adds a backend and starts to feed its view. It fails if a backend of
// that name is attached.
func (s *Service) Attach(b backend.Backend, config FeedConfig) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := newFeed(b, s.shelf, config, s.log)
	f.poller = s.poller
	if !s.shelf.add(f.view) {
		return fmt.Errorf("inventory: a backend named %q is attached already", b.Name())
	}
	f.start()
	s.feeds[b.Name()] = f
	return nil
}

// Detach stops feeding a backend's view and drops it. It returns once the
// backend is called no more by the feed; requests under way may still use it.
func (s *Service) Detach(name string) error {
	s.mu.Lock()
	f, ok := s.feeds[name]
	delete(s.feeds, name)
	s.mu.Unlock()
	if !ok {
		return fmt.Errorf("inventory: no backend named %q is attached", name)
	}
	f.stopAndWait()
	s.shelf.remove(f.view)
	return nil
}

// Close detaches every backend. It waits for the feeds to end. Followers are not
// told: that a gateway stops is no change.
func (s *Service) Close() {
	s.mu.Lock()
	feeds := s.feeds
	s.feeds = map[string]*feed{}
	s.mu.Unlock()
	s.shelf.unfollow()
	for _, f := range feeds {
		f.stop()
	}
	for _, f := range feeds {
		f.stopAndWait()
		s.shelf.remove(f.view)
	}
}

// ResourcePools returns the service that changes pools.
func (s *Service) ResourcePools() inventory.ResourcePools { return &poolService{s} }

// Resources returns the service that changes resources.
func (s *Service) Resources() inventory.Resources { return &resourceService{s} }

// standing tells a router how a backend stands.
func (s *Service) standing(name string) (attached, synced, fresh bool) {
	v := s.shelf.view(name)
	if v == nil {
		return false, false, false
	}
	synced = v.synced.Load()
	return true, synced, synced && !v.stale(time.Now())
}

// authorize asks whether the caller may do action to a kind of object, and
// returns the caller with the reach that it then has.
func (s *Service) authorize(ctx context.Context, sc scope.Scope, kind o2.Kind, action authz.Action) (scope.Scope, error) {
	if !sc.Valid() {
		return scope.Scope{}, authz.ErrDenied
	}
	return s.authorizer.Authorize(ctx, sc, authz.Request{Resource: kind.String(), Action: action})
}
