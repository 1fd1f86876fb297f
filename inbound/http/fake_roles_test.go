package httpserver_test

import (
	"context"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// owner returns the tenant of a role by what a caller says, "" for everyone's.
func owner(sc scope.Scope, tenant string) string {
	switch tenant {
	case "":
		return sc.Home()
	case scope.SharedOwner:
		return ""
	}
	return tenant
}

// visible returns the tenant that a caller must see for a call about a role, "" for
// none: its own it sees.
func visible(tenant string) string {
	if tenant == scope.SharedOwner {
		return ""
	}
	return tenant
}

// role finds a role that applies to a tenant; the caller holds the lock.
func (s *tenantry) role(sc scope.Scope, tenant, name string) (*o2.Role, error) {
	for _, key := range []string{owner(sc, tenant) + "/" + name, "/" + name} {
		if r, ok := s.roles[key]; ok {
			return r, nil
		}
	}
	return nil, fmt.Errorf("role: %w", tenancy.ErrNotFound)
}

func (s *tenantry) CreateRole(ctx context.Context, sc scope.Scope, spec tenancy.RoleSpec) (*o2.Role, error) {
	err := s.enter(ctx, sc, visible(spec.Tenant))
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := o2.CheckRoleName(spec.Name); err != nil {
		return nil, &o2.FieldError{Attribute: "name", Reason: "is not valid: " + err.Error()}
	}
	if _, err := s.role(sc, spec.Tenant, spec.Name); err == nil {
		return nil, fmt.Errorf("creating a role: %w", tenancystore.ErrExists)
	}
	s.made++
	return s.putRole(owner(sc, spec.Tenant), spec.Name, spec), nil
}

func (s *tenantry) putRole(tenant, name string, spec tenancy.RoleSpec) *o2.Role {
	r := &o2.Role{
		TenantID: tenant, Name: name, Description: spec.Description, Source: o2.RoleFromStore, Permissions: spec.Permissions,
		CreatedBy: "root.platform", CreatedAt: s.now, UpdatedAt: s.now,
	}
	s.roles[tenant+"/"+name] = r
	return r
}

func (s *tenantry) ListRoles(ctx context.Context, sc scope.Scope, tenant, after string, limit int) ([]*o2.Role, bool, error) {
	err := s.enter(ctx, sc, visible(tenant))
	defer s.mu.Unlock()
	if err != nil {
		return nil, false, err
	}
	list, more := pageOf(s.roles, func(r *o2.Role) (string, bool) {
		return r.Name, r.TenantID == "" || r.TenantID == owner(sc, tenant)
	}, after, limit)
	return list, more, nil
}

func (s *tenantry) GetRole(ctx context.Context, sc scope.Scope, tenant, name string) (*o2.Role, error) {
	err := s.enter(ctx, sc, visible(tenant))
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.role(sc, tenant, name)
}

// change finds a role of the store's; the caller gives back the lock.
func (s *tenantry) change(ctx context.Context, sc scope.Scope, tenant, name string) (*o2.Role, error) {
	if err := s.enter(ctx, sc, visible(tenant)); err != nil {
		return nil, err
	}
	r, err := s.role(sc, tenant, name)
	if err == nil && r.Source != o2.RoleFromStore {
		return nil, fmt.Errorf("the role %s is built in: it %w", name, tenancy.ErrImmutable)
	}
	if err == nil {
		s.made++
	}
	return r, err
}

func (s *tenantry) UpdateRole(ctx context.Context, sc scope.Scope, tenant, name string, spec tenancy.RoleSpec) (*o2.Role, error) {
	r, err := s.change(ctx, sc, tenant, name)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.putRole(r.TenantID, name, spec), nil
}

func (s *tenantry) DeleteRole(ctx context.Context, sc scope.Scope, tenant, name string) error {
	r, err := s.change(ctx, sc, tenant, name)
	defer s.mu.Unlock()
	if err != nil {
		return err
	}
	for _, b := range s.bindings {
		if b.Role == name && b.TenantID == r.TenantID {
			return fmt.Errorf("the role %s %w: the user %s has it", name, tenancy.ErrInUse, b.UserID)
		}
	}
	delete(s.roles, r.TenantID+"/"+name)
	return nil
}

// auditor is an audit log of some entries.
type auditor struct {
	entries []auditlog.Entry
	next    string
	err     error
	// asked is the last query.
	asked auditlog.Query
}

func (l *auditor) Entries(_ context.Context, sc scope.Scope, q auditlog.Query) ([]auditlog.Entry, string, error) {
	l.asked = q
	if !sc.Valid() || l.err != nil {
		return nil, "", l.err
	}
	return l.entries[:min(q.Limit, len(l.entries))], l.next, nil
}
