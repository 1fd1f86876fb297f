package tenancy

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// DirectoryConfig is what a Directory is built from. Store and Bus are mandatory.
type DirectoryConfig struct {
	Store tenancystore.Store
	Bus   bus.Bus
	// BuiltIn are the roles that are part of the gateway. Their Source is set.
	BuiltIn []*o2.Role
	// PlatformAdmins are users of the platform who hold the role platform-admin
	// without a binding, so that there is somebody to appoint others.
	PlatformAdmins []string
	// DefaultQuotas bound the tenants that have none of their own; nil is no bound.
	DefaultQuotas *o2.Quotas
	// Poll is how often the store is asked whether anything has changed; 700 ms
	// if 0.
	Poll time.Duration
	// Timeout bounds one question to the store; 3 s if 0. Reading everything takes
	// ten times as long at most.
	Timeout time.Duration
	// Log hears of a store that is away, and of records that make no sense.
	Log *slog.Logger
}

// Directory is what is known of tenants, users and roles. It implements
// tenancy.Directory and tenancy.Gate. Run keeps it current. All methods are safe
// for concurrent use.
type Directory struct {
	config  DirectoryConfig
	builtIn []*o2.Role
	admins  map[string]bool
	quotas  atomic.Pointer[o2.Quotas]

	now atomic.Pointer[snapshot]
	// turn is held by whoever reads the store and replaces the snapshot, so that
	// what was read later is never replaced by what was read earlier. It guards
	// what follows.
	turn chan struct{}
	// known is the epoch that was in force when everything was read last.
	known store.Token
	// away: the store did not answer last time.
	away bool
	// rest is until when everything is not read again without need.
	rest time.Time

	news news
}

var (
	_ tenancy.Directory = (*Directory)(nil)
	_ tenancy.Gate      = (*Directory)(nil)
)

// NewDirectory makes a Directory, which knows nothing but the built-in roles
// until Run or Reload is called.
func NewDirectory(c DirectoryConfig) (*Directory, error) {
	if c.Store == nil || c.Bus == nil {
		return nil, errors.New("tenancy: a store and a bus are needed")
	}
	if c.Poll <= 0 {
		c.Poll = 700 * time.Millisecond
	}
	if c.Timeout <= 0 {
		c.Timeout = 3 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &Directory{config: c, admins: map[string]bool{}, turn: make(chan struct{}, 1)}
	d.news.wake = make(chan struct{}, 1)
	for _, id := range c.PlatformAdmins {
		if err := o2.CheckUserID(id); err != nil {
			return nil, fmt.Errorf("tenancy: the platform admin %q: %w", id, err)
		}
		d.admins[id] = true
	}
	d.SetDefaultQuotas(c.DefaultQuotas)
	d.builtIn = copyRoles(c.BuiltIn, o2.RoleBuiltIn)
	fixed, err := arrangeFixed(d.builtIn)
	if err != nil {
		return nil, fmt.Errorf("tenancy: %w", err)
	}
	d.now.Store(&snapshot{common: makeCommon(fixed, nil), homes: map[string]*home{}})
	return d, nil
}

// SetFileRoles replaces the roles from files. They are in force when it returns.
// It changes nothing if one of them is not valid or has another's name; stored
// roles that have the name of one have no effect from then on.
func (d *Directory) SetFileRoles(roles []*o2.Role) error {
	fixed, err := arrangeFixed(d.builtIn, copyRoles(roles, o2.RoleFromFile))
	if err != nil {
		return err
	}
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	s := d.now.Load()
	entries := make(map[string][]entry, len(s.homes))
	for tenant, h := range s.homes {
		entries[tenant] = h.entries
	}
	next := s.of(entries, fixed, d.config.Log)
	if next != s {
		next.loaded = s.loaded
		d.now.Store(next)
	}
	return nil
}

func copyRoles(roles []*o2.Role, source o2.RoleSource) []*o2.Role {
	list := make([]*o2.Role, len(roles))
	for i, r := range roles {
		c := *r
		c.Source, c.Permissions = source, slices.Clone(r.Permissions)
		list[i] = &c
	}
	return list
}

// arrangeFixed checks roles, and returns them by tenant and name.
func arrangeFixed(lists ...[]*o2.Role) (map[string][]*o2.Role, error) {
	fixed := map[string][]*o2.Role{}
	for _, r := range slices.Concat(lists...) {
		if r.TenantID == scope.PlatformTenant {
			r.System = true
		}
		if err := checkRole(r); err != nil {
			return nil, fmt.Errorf("the role %q cannot be used: %w", r.Name, err)
		}
		share(r.Permissions)
		fixed[r.TenantID] = append(fixed[r.TenantID], r)
	}
	for _, list := range fixed {
		slices.SortFunc(list, byRoleName)
	}
	for tenant, list := range fixed {
		for i, r := range list {
			_, everyones := find(fixed[""], r.Name)
			if i > 0 && list[i-1].Name == r.Name || tenant != "" && everyones {
				return nil, fmt.Errorf("the role %q is defined twice (%s): a name is in one place only", r.Name, r.Source)
			}
		}
	}
	return fixed, nil
}

// Epoch is as in tenancy.Directory.
func (d *Directory) Epoch() uint64 { return d.now.Load().epoch }

// Loaded is as in tenancy.Directory.
func (d *Directory) Loaded() bool { return d.now.Load().loaded }

// Tenant is as in tenancy.Directory. Deleted ones are found as well.
func (d *Directory) Tenant(id string) (*o2.Tenant, bool) {
	h := d.home(id)
	if h == nil || h.tenant == nil {
		return nil, false
	}
	return h.tenant, true
}

// User is as in tenancy.Directory. Deleted tenants have none.
func (d *Directory) User(tenant, id string) (*o2.User, bool) {
	h := d.home(tenant)
	if !h.alive() {
		return nil, false
	}
	return h.user(id)
}

// Roles is as in tenancy.Directory. For as long as nothing has changed for the
// tenant it is the same slice. Where there is no tenant there are none.
func (d *Directory) Roles(tenant string) []*o2.Role {
	h := d.home(tenant)
	if !h.alive() {
		return nil
	}
	return h.roles
}

// RolesOf is as in tenancy.Directory: the bindings in force. Disabled users and
// users of tenants that are not active have none.
func (d *Directory) RolesOf(tenant, user string) []string {
	h := d.home(tenant)
	if !h.active() || h.disabled(user) {
		return nil
	}
	bound := h.bound[user]
	if tenant == scope.PlatformTenant && d.admins[user] && !slices.Contains(bound, rolePlatformAdmin) {
		return append(slices.Clip(bound), rolePlatformAdmin)
	}
	return bound
}

// home returns what is known of a tenant, nil if nothing is.
func (d *Directory) home(tenant string) *home {
	if tenant == "" {
		return nil
	}
	return d.now.Load().homes[tenant]
}

// SetDefaultQuotas replaces what bounds tenants that have no quotas of their own;
// nil is no bound.
func (d *Directory) SetDefaultQuotas(q *o2.Quotas) {
	if q == nil {
		q = &unlimited
	}
	c := *q
	d.quotas.Store(&c)
}

var unlimited = o2.Quotas{
	ResourcePools: o2.Unlimited, Resources: o2.Unlimited, Subscriptions: o2.Unlimited,
	CPUMillis: o2.Unlimited, MemoryBytes: o2.Unlimited, StorageBytes: o2.Unlimited,
}

// Limits returns what bounds a tenant; the platform has no bound.
func (d *Directory) Limits(tenant string) o2.Quotas {
	if tenant == "" || tenant == scope.PlatformTenant {
		return unlimited
	}
	if t, ok := d.Tenant(tenant); ok && t.Quotas != nil {
		return *t.Quotas
	}
	return *d.quotas.Load()
}
