package tenancy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// Config is what a Service is built from. All fields but Log, Now, Counted and the
// limits are mandatory.
type Config struct {
	// Directory is this process's. The Authorizer decides by it.
	Directory     *Directory
	Store         tenancystore.Store
	Bus           bus.Bus
	Authorizer    authz.Authorizer
	Quotas        quota.Store
	Subscriptions subscriptionstore.Store
	// MaxUsers and MaxRoles are how many a tenant may have, that none fills the
	// memory of all: 10,000 and 500 if 0.
	MaxUsers, MaxRoles int
	// Counted tells what the views show of a tenant. A new one has that from the
	// start: its objects may be older than it is. Without it a new tenant has
	// nothing until the Keeper corrects that.
	Counted func(tenant string) o2.Amounts
	// Log hears of news that could not be published.
	Log *slog.Logger
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

// Service looks after tenants, users and roles. It implements tenancy.Tenants,
// tenancy.Users and tenancy.Roles.
type Service struct {
	config Config
	dir    *Directory
	// turn is held by whoever writes.
	turn chan struct{}
}

var (
	_ tenancy.Tenants = (*Service)(nil)
	_ tenancy.Users   = (*Service)(nil)
	_ tenancy.Roles   = (*Service)(nil)
)

// New makes a Service.
func New(c Config) (*Service, error) {
	switch {
	case c.Directory == nil:
		return nil, errors.New("tenancy: no directory is configured")
	case c.Store == nil, c.Bus == nil, c.Quotas == nil, c.Subscriptions == nil:
		return nil, errors.New("tenancy: the stores of tenants, quotas and subscriptions and the bus are all needed")
	case c.Authorizer == nil:
		return nil, errors.New("tenancy: no authorizer is configured")
	}
	if c.MaxUsers <= 0 {
		c.MaxUsers = 10_000
	}
	if c.MaxRoles <= 0 {
		c.MaxRoles = 500
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{config: c, dir: c.Directory, turn: make(chan struct{}, 1)}, nil
}

// authorize returns the caller's scope with the reach of its permission.
func (s *Service) authorize(ctx context.Context, sc scope.Scope, resource string, action authz.Action) (scope.Scope, error) {
	switch {
	case !sc.Valid():
		return scope.Scope{}, authz.ErrDenied
	case !s.dir.Loaded():
		return scope.Scope{}, fmt.Errorf("tenants and users are not known yet: %w", store.ErrUnavailable)
	}
	return s.config.Authorizer.Authorize(ctx, sc, authz.Request{Resource: resource, Action: action})
}

// write is authorize for what changes something. Until done is called no other
// write of this process happens.
func (s *Service) write(ctx context.Context, sc scope.Scope, resource string, action authz.Action) (_ scope.Scope, done func(), err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return scope.Scope{}, nil, fmt.Errorf("waiting for another change of tenants, users or roles: %w", ctx.Err())
	}
	done = func() { <-s.turn }
	if sc, err = s.authorize(ctx, sc, resource, action); err != nil {
		done()
		return scope.Scope{}, nil, err
	}
	return sc, done, nil
}

// reaches reports whether an authorized caller's permission extends to a tenant.
// What is the platform's, or everyone's, takes all.
func reaches(sc scope.Scope, tenant string) bool {
	switch tenant {
	case "", scope.SharedOwner, scope.PlatformTenant:
		return everywhere(sc)
	}
	return sc.Sees(tenant)
}

// everywhere reports whether an authorized caller's permission extends to all
// tenants.
func everywhere(sc scope.Scope) bool { return sc.Valid() && sc.Reach().Has(scope.ReachAll) }

// home returns a tenant that the caller reaches and that can have users.
func (s *Service) home(sc scope.Scope, tenant string) (*home, error) {
	if h := s.dir.home(tenant); reaches(sc, tenant) && h.alive() {
		return h, nil
	}
	return nil, tenancy.ErrNotFound
}

// takesAll is the refusal of what only a permission over all tenants allows.
func takesAll(what string) error {
	return fmt.Errorf("%w: %s takes a permission whose scope is all", authz.ErrDenied, what)
}

// moment is the time as records keep it.
func (s *Service) moment() time.Time { return s.config.Now().UTC().Truncate(time.Millisecond) }

// author names the caller in records.
func author(sc scope.Scope) string { return sc.User() + "." + sc.Home() }

// invalid is a wrong attribute.
func invalid(attribute, format string, args ...any) error {
	return &o2.FieldError{Attribute: attribute, Reason: fmt.Sprintf(format, args...)}
}
