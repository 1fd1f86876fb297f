package casbin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
)

// ErrNotLoaded means that nothing can be decided yet: which roles there are was
// never read from the store.
var ErrNotLoaded = errors.New("the roles have not been read from the store yet")

// Config says by what is decided.
type Config struct {
	// Directory tells which roles there are and who holds them. Mandatory.
	Directory tenancy.Directory
	// Registerer gets the metrics. Mandatory.
	Registerer prometheus.Registerer
}

// Authorizer implements authz.Authorizer. It is safe for concurrent use and calls
// nothing that could wait for the network.
type Authorizer struct {
	directory tenancy.Directory
	counters  *counters
	policies  *policies

	decisions atomic.Pointer[decisions]
	// turning is held while decisions are replaced by those of a new epoch.
	turning sync.Mutex
}

var _ authz.Authorizer = (*Authorizer)(nil)

// New returns an authorizer, whose metrics are registered.
func New(c Config) (*Authorizer, error) {
	if c.Directory == nil || c.Registerer == nil {
		return nil, errors.New("casbin: needs a directory and a registerer")
	}
	a := &Authorizer{directory: c.Directory}
	var err error
	if a.counters, err = newCounters(c.Registerer); err != nil {
		return nil, fmt.Errorf("casbin: register metrics: %w", err)
	}
	if a.policies, err = newPolicies(); err != nil {
		return nil, fmt.Errorf("casbin: %w", err)
	}
	a.decisions.Store(newDecisions(c.Directory.Epoch()))
	return a, nil
}

// Authorize returns sc with the union of the reaches of the permissions that the
// caller's roles give it for r.
func (a *Authorizer) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	home, known := homeOf(sc)
	if !known {
		return a.refuse(r)
	}
	if !a.directory.Loaded() {
		return scope.Scope{}, fmt.Errorf("%s on %s cannot be decided: %w", r.Action, r.Resource, ErrNotLoaded)
	}
	now := a.current()
	reach, decided := now.get(home, sc, r)
	if !decided {
		var err error
		if reach, err = a.decide(now, home, sc, r); err != nil {
			return scope.Scope{}, fmt.Errorf("%s on %s cannot be decided: %w", r.Action, r.Resource, err)
		}
	}
	if reach == 0 || authz.OfGateway(r.Resource) && !reach.Has(scope.ReachAll) {
		return a.refuse(r)
	}
	a.counters.of(r).allow.Inc()
	return sc.Within(reach), nil
}

func (a *Authorizer) refuse(r authz.Request) (scope.Scope, error) {
	a.counters.of(r).deny.Inc()
	return scope.Scope{}, fmt.Errorf("%w: %s on %s", authz.ErrDenied, r.Action, r.Resource)
}

// homeOf returns the tenant that a caller is kept under. It is not known of those
// without a name, nor of one who would be of the platform by the name of its
// tenant alone.
func homeOf(sc scope.Scope) (home string, known bool) {
	if !sc.Valid() || sc.User() == "" {
		return "", false
	}
	return sc.Home(), isPlatform(sc) || sc.Tenant() != scope.PlatformTenant
}

func isPlatform(sc scope.Scope) bool { return sc.Platform() && sc.Tenant() == "" }

// current returns the decisions of the present epoch. What was decided under
// another is forgotten, with the enforcers of tenants that are gone.
func (a *Authorizer) current() *decisions {
	if d := a.decisions.Load(); d.epoch == a.directory.Epoch() {
		return d
	}
	a.turning.Lock()
	defer a.turning.Unlock()
	epoch := a.directory.Epoch()
	d := a.decisions.Load()
	if d.epoch != epoch {
		d = newDecisions(epoch)
		a.decisions.Store(d)
		a.policies.retain(a.hasUsers)
	}
	return d
}

// hasUsers reports whether there is a tenant whose users may hold roles.
func (a *Authorizer) hasUsers(tenant string) bool {
	if tenant == scope.PlatformTenant {
		return true
	}
	t, ok := a.directory.Tenant(tenant)
	return ok && t.Status != o2.TenantDeleted
}

// decide asks Casbin, and keeps the answer among now's. If the directory changes
// meanwhile, now is not asked again.
func (a *Authorizer) decide(now *decisions, home string, sc scope.Scope, r authz.Request) (scope.Reach, error) {
	if !a.hasUsers(home) {
		return 0, nil
	}
	defined := a.directory.Roles(home)
	held := a.held(home, sc, defined)
	if len(held) == 0 {
		return 0, nil // strangers cost neither an enforcer nor a place among the decisions
	}
	p, err := a.policies.of(home, defined)
	if err != nil {
		return 0, err
	}
	reach, err := p.reach(held, r)
	if err != nil {
		return 0, err
	}
	now.put(home, sc, r, reach)
	return reach, nil
}

// held returns the roles that a caller holds: those bound to it and those that its
// credentials carry, as far as there are such roles for its like.
func (a *Authorizer) held(home string, sc scope.Scope, defined []*o2.Role) []string {
	if user, known := a.directory.User(home, sc.User()); known && user.Disabled {
		return nil
	}
	names := slices.Concat(sc.Roles(), a.directory.RolesOf(home, sc.User()))
	var held []string
	for _, d := range defined {
		if slices.Contains(names, d.Name) && (!d.System || isPlatform(sc)) {
			held = append(held, d.Name)
		}
	}
	return held
}
