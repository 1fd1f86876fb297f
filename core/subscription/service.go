package subscription

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// The Keys of the news on bus.Subscriptions.
const (
	newsCreated = "created"
	newsUpdated = "updated"
	newsDeleted = "deleted"
)

// CallbackChecker is what is needed of a webhook.Sender.
type CallbackChecker interface {
	Check(ctx context.Context, callback string) error
}

// Config is what a Service is built from. All fields down to Families are
// mandatory.
type Config struct {
	Store      subscriptionstore.Store
	Standings  eventlog.Standings
	Callbacks  CallbackChecker
	Authorizer authz.Authorizer
	Bus        bus.Bus
	Families   []subscription.Family
	// HostInCertificate refuses callbacks whose host the caller's certificate does not
	// have among its alternative names.
	HostInCertificate bool
	// Limits bound how many subscriptions there may be: by default 1,000 a tenant
	// and 100,000 in all; below 0 is no bound.
	Limits subscriptionstore.Limits
	// TenantLimit, if set, is the bound of a tenant instead of Limits.PerTenant;
	// below 0 is no bound, and 0 is none at all. It must not block.
	TenantLimit func(tenant string) int
	// Log hears of news that could not be published and standings that could not
	// be read.
	Log *slog.Logger
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

// Service keeps subscriptions. It implements subscription.Subscriptions;
// DeadLetters returns the service of what was given up on. All methods are safe
// for concurrent use.
type Service struct {
	config   Config
	families map[string]subscription.Family

	// mu guards quietUntil: until then failing standings are not logged again.
	mu         sync.Mutex
	quietUntil time.Time
}

var (
	_ subscription.Subscriptions = (*Service)(nil)
	_ subscription.DeadLetters   = (*deadLetters)(nil)
)

// New makes a Service.
func New(c Config) (*Service, error) {
	switch {
	case c.Store == nil:
		return nil, errors.New("subscription: no store is configured")
	case c.Standings == nil:
		return nil, errors.New("subscription: no event log is configured")
	case c.Callbacks == nil:
		return nil, errors.New("subscription: nothing to check callbacks with is configured")
	case c.Authorizer == nil:
		return nil, errors.New("subscription: no authorizer is configured")
	case c.Bus == nil:
		return nil, errors.New("subscription: no bus is configured")
	case len(c.Families) == 0:
		return nil, errors.New("subscription: no API family is configured")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Limits.PerTenant = limit(c.Limits.PerTenant, 1000)
	c.Limits.Total = limit(c.Limits.Total, 100_000)
	s := &Service{config: c, families: map[string]subscription.Family{}}
	for _, f := range c.Families {
		if _, twice := s.families[f.Surface]; twice || f.Compile == nil || f.Encode == nil {
			return nil, fmt.Errorf("subscription: the API family %q is there twice or is not whole", f.Surface)
		}
		s.families[f.Surface] = f
	}
	return s, nil
}

// store stores a new subscription within its tenant's limit.
func (s *Service) store(ctx context.Context, sub *o2.Subscription) (*o2.Subscription, error) {
	limits := s.config.Limits
	if s.config.TenantLimit != nil && sub.Tenant != "" {
		of := s.config.TenantLimit(sub.Tenant)
		if of == 0 { // which is no bound to the store
			return nil, s.counted(ctx, sub.Tenant, &subscriptionstore.LimitError{Tenant: true})
		}
		limits.PerTenant = max(of, 0)
	}
	stored, err := s.config.Store.Create(ctx, sub, limits)
	var limit *subscriptionstore.LimitError
	if errors.As(err, &limit) && limit.Tenant {
		return nil, s.counted(ctx, sub.Tenant, limit)
	}
	return stored, err
}

// counted returns the error with the number of subscriptions that the tenant has,
// which may be above a limit that was lowered.
func (s *Service) counted(ctx context.Context, tenant string, limit *subscriptionstore.LimitError) error {
	all, err := s.config.Store.ListTenant(ctx, tenant)
	if err != nil {
		return fmt.Errorf("counting the tenant's subscriptions: %w", err)
	}
	with := *limit
	with.Used = len(all)
	return &with
}

// limit turns a configured limit into the store's, in which 0 is no bound.
func limit(configured, byDefault int) int {
	if configured == 0 {
		return byDefault
	}
	return max(configured, 0)
}

// DeadLetters returns the service of what was given up on.
func (s *Service) DeadLetters() subscription.DeadLetters { return &deadLetters{s} }

func (s *Service) authorize(ctx context.Context, sc scope.Scope, action authz.Action) (scope.Scope, error) {
	if !sc.Valid() {
		return scope.Scope{}, authz.ErrDenied
	}
	return s.config.Authorizer.Authorize(ctx, sc, authz.Request{Resource: authz.Subscription, Action: action})
}

func (s *Service) family(surface string) (subscription.Family, error) {
	f, ok := s.families[surface]
	if !ok {
		return f, fmt.Errorf("subscription: this gateway does not serve the API family %q", surface)
	}
	return f, nil
}

// sees reports whether a caller sees a subscription, of any surface.
func sees(sc scope.Scope, sub *o2.Subscription) bool {
	return sc.Sees(sub.Tenant)
}

// find returns a subscription that the caller sees, of one surface or, if that
// is "", of any.
func (s *Service) find(ctx context.Context, sc scope.Scope, surface string, id o2.ID) (*o2.Subscription, error) {
	sub, err := s.config.Store.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, inventory.ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("reading subscription %s: %w", id, err)
	case surface != "" && sub.Surface != surface || !sees(sc, sub):
		return nil, inventory.ErrNotFound
	}
	return sub, nil
}

// publish tells every process of a change. Nothing depends on it: the epoch
// tells them as well, a little later.
func (s *Service) publish(ctx context.Context, key string, id o2.ID) {
	err := s.config.Bus.Publish(ctx, bus.Message{Topic: bus.Subscriptions, Key: key, Body: []byte(id)})
	if err != nil {
		s.config.Log.Warn("other processes were not told of a changed subscription", "subscription", id, "change", key, "error", err)
	}
}

// written reports whether a write may have happened: others are told of it.
func written(err error) bool { return err == nil || errors.Is(err, store.ErrUnconfirmed) }
