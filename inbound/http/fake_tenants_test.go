package httpserver_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// tenantry is tenants, users and roles in memory: the driving ports of tenancy as
// the core keeps them. What the callers' permissions extend to is reach.
type tenantry struct {
	mu       sync.Mutex
	now      time.Time
	reach    scope.Reach
	tenants  map[string]*o2.Tenant
	users    map[string]*o2.User        // by "tenant/user"
	bindings map[string]*o2.RoleBinding // by "tenant/user/role"
	roles    map[string]*o2.Role        // by "tenant/role"
	standard o2.Quotas
	used     o2.Amounts
	// err, if set, is every method's answer; unread is that of GetTenant and
	// Bindings alone.
	err, unread error
	// made counts changes.
	made int
}

func newTenantry() *tenantry {
	return &tenantry{
		now: time.Date(2026, 1, 31, 12, 0, 0, 5e6, time.UTC), reach: scope.ReachAll,
		tenants: map[string]*o2.Tenant{}, users: map[string]*o2.User{}, bindings: map[string]*o2.RoleBinding{},
		roles: map[string]*o2.Role{"/viewer": {
			Name: "viewer", Source: o2.RoleBuiltIn, Permissions: []o2.Permission{{Resource: "*", Action: "read", Scope: "tenant"}},
		}},
		standard: o2.Quotas{
			ResourcePools: 5, Resources: o2.Unlimited, Subscriptions: 100,
			CPUMillis: o2.Unlimited, MemoryBytes: o2.Unlimited, StorageBytes: o2.Unlimited,
		},
	}
}

// enter takes the lock, which the caller gives back, and looks for the tenant that
// a call is about, "" for none.
func (s *tenantry) enter(ctx context.Context, sc scope.Scope, tenant string) error {
	s.mu.Lock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case s.err != nil:
		return s.err
	case tenant == "":
		return nil
	}
	if _, ok := s.tenants[tenant]; !ok && tenant != scope.PlatformTenant || !sc.Within(s.reach).Sees(tenant) {
		return fmt.Errorf("tenant: %w", tenancy.ErrNotFound)
	}
	return nil
}

// enterTenant is enter for a call about a tenant itself: the platform is none.
func (s *tenantry) enterTenant(ctx context.Context, sc scope.Scope, id string) error {
	err := s.enter(ctx, sc, id)
	if _, ok := s.tenants[id]; err == nil && !ok {
		err = tenancy.ErrNotFound
	}
	return err
}

// pageOf cuts a page out of a map's values, by their names.
func pageOf[T any](all map[string]T, name func(T) (string, bool), after string, limit int) (list []T, more bool) {
	for _, one := range all {
		if n, in := name(one); in && n > after {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b T) int {
		x, _ := name(a)
		y, _ := name(b)
		return strings.Compare(x, y)
	})
	if len(list) > limit {
		return list[:limit], true
	}
	return list, false
}

func (s *tenantry) CreateTenant(ctx context.Context, sc scope.Scope, spec tenancy.TenantSpec) (*o2.Tenant, error) {
	err := s.enter(ctx, sc, "")
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	spec.ID, spec.Name = cmp.Or(spec.ID, spec.Name), cmp.Or(spec.Name, spec.ID)
	if err := o2.CheckTenantID(spec.ID); err != nil {
		return nil, &o2.FieldError{Attribute: "tenantId", Reason: "is not valid: " + err.Error()}
	}
	if _, ok := s.tenants[spec.ID]; ok {
		return nil, fmt.Errorf("creating a tenant: %w", tenancystore.ErrExists)
	}
	s.made++
	spec.Status = o2.TenantActive
	return s.putTenant(spec.ID, spec), nil
}

func (s *tenantry) putTenant(id string, spec tenancy.TenantSpec) *o2.Tenant {
	t := &o2.Tenant{
		ID: id, Name: spec.Name, DisplayName: spec.DisplayName, Organization: spec.Organization, ContactEmail: spec.ContactEmail,
		Status: spec.Status, Settings: spec.Settings, Quotas: spec.Quotas, CreatedBy: "root.platform", CreatedAt: s.now, UpdatedAt: s.now,
	}
	s.tenants[id] = t
	return t
}

func (s *tenantry) ListTenants(ctx context.Context, sc scope.Scope, after string, limit int) ([]*o2.Tenant, bool, error) {
	err := s.enter(ctx, sc, "")
	defer s.mu.Unlock()
	if err != nil {
		return nil, false, err
	}
	list, more := pageOf(s.tenants, func(t *o2.Tenant) (string, bool) { return t.ID, sc.Within(s.reach).Sees(t.ID) }, after, limit)
	return list, more, nil
}

func (s *tenantry) GetTenant(ctx context.Context, sc scope.Scope, id string) (*o2.Tenant, error) {
	err := s.enterTenant(ctx, sc, id)
	defer s.mu.Unlock()
	return s.tenants[id], cmp.Or(err, s.unread)
}

func (s *tenantry) UpdateTenant(ctx context.Context, sc scope.Scope, id string, spec tenancy.TenantSpec) (*o2.Tenant, error) {
	err := s.enterTenant(ctx, sc, id)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s.made++
	before := s.tenants[id]
	spec.Status, spec.Name = cmp.Or(spec.Status, before.Status), cmp.Or(spec.Name, before.Name)
	spec.Quotas = cmp.Or(spec.Quotas, before.Quotas)
	return s.putTenant(id, spec), nil
}

func (s *tenantry) DeleteTenant(ctx context.Context, sc scope.Scope, id string) error {
	err := s.enterTenant(ctx, sc, id)
	defer s.mu.Unlock()
	if err == nil {
		s.made++
		delete(s.tenants, id)
	}
	return err
}

func (s *tenantry) Quotas(ctx context.Context, sc scope.Scope, tenant string) (o2.Quotas, o2.Amounts, error) {
	err := s.enterTenant(ctx, sc, tenant)
	defer s.mu.Unlock()
	if err != nil {
		return o2.Quotas{}, o2.Amounts{}, err
	}
	if q := s.tenants[tenant].Quotas; q != nil {
		return *q, s.used, nil
	}
	return s.standard, s.used, nil
}

func (s *tenantry) SetQuotas(ctx context.Context, sc scope.Scope, tenant string, q *o2.Quotas) (o2.Quotas, o2.Amounts, error) {
	err := s.enterTenant(ctx, sc, tenant)
	defer s.mu.Unlock()
	if err != nil {
		return o2.Quotas{}, o2.Amounts{}, err
	}
	s.made++
	s.tenants[tenant].Quotas = q
	if q == nil {
		return s.standard, s.used, nil
	}
	return *q, s.used, nil
}
