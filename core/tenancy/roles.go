package tenancy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// CreateRole makes a role. It takes each of its permissions over whose it is.
func (s *Service) CreateRole(ctx context.Context, sc scope.Scope, spec tenancy.RoleSpec) (*o2.Role, error) {
	caller := sc
	sc, done, err := s.write(ctx, sc, authz.Role, authz.ActionCreate)
	if err != nil {
		return nil, err
	}
	defer done()
	p, err := s.place(sc, spec.Tenant)
	if err != nil {
		return nil, err
	}
	if err := o2.CheckRoleName(spec.Name); err != nil {
		return nil, invalid("name", "is not valid: %v", err)
	}
	if err := s.checkSpec(ctx, caller, p.owner, &spec); err != nil {
		return nil, err
	}
	if err := s.vacant(p, spec.Name); err != nil {
		return nil, err
	}
	now := s.moment()
	r := &o2.Role{
		TenantID: p.owner, Name: spec.Name, Description: spec.Description, System: p.owner == scope.PlatformTenant,
		Source: o2.RoleFromStore, Permissions: spec.Permissions,
		CreatedBy: author(sc), CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	data, err := o2.EncodeRole(r)
	if err != nil {
		return nil, err
	}
	stored, err := s.create(ctx, roleKey(p.owner, r.Name), data, func(record tenancystore.Record) bool {
		there, err := o2.DecodeRole(record.Data)
		return err == nil && there.CreatedBy == r.CreatedBy && there.Description == r.Description && slices.Equal(there.Permissions, r.Permissions)
	})
	if err != nil {
		return nil, failed("creating role", r.Name, err)
	}
	return decodeRole(stored)
}

// checkSpec checks what a caller says of a role of an owner's.
func (s *Service) checkSpec(ctx context.Context, caller scope.Scope, owner string, spec *tenancy.RoleSpec) error {
	if err := checkText("description", spec.Description, maxDescription); err != nil {
		return err
	}
	if err := checkPermissions(spec.Permissions, owner == scope.PlatformTenant); err != nil {
		return err
	}
	return s.holds(ctx, caller, owner, spec.Permissions)
}

// ListRoles returns the roles that apply to a tenant, by name.
func (s *Service) ListRoles(ctx context.Context, sc scope.Scope, tenant, after string, limit int) ([]*o2.Role, bool, error) {
	sc, err := s.authorize(ctx, sc, authz.Role, authz.ActionList)
	if err != nil {
		return nil, false, err
	}
	p, err := s.place(sc, tenant)
	if err != nil {
		return nil, false, err
	}
	list, more := page(p.roles(), after, limit, func(r *o2.Role) string { return r.Name })
	return list, more, nil
}

// GetRole returns one role that applies to a tenant.
func (s *Service) GetRole(ctx context.Context, sc scope.Scope, tenant, name string) (*o2.Role, error) {
	sc, err := s.authorize(ctx, sc, authz.Role, authz.ActionRead)
	if err != nil {
		return nil, err
	}
	p, err := s.place(sc, tenant)
	if err != nil {
		return nil, err
	}
	r, ok := find(p.roles(), name)
	if !ok {
		return nil, tenancy.ErrNotFound
	}
	return r, nil
}

// changeable returns nil if a caller may change a role that it sees.
func changeable(sc scope.Scope, r *o2.Role) error {
	switch {
	case r.Source != o2.RoleFromStore:
		return fmt.Errorf("the role %q %s and %w", r.Name, origin(r), tenancy.ErrImmutable)
	case !reaches(sc, r.TenantID):
		return takesAll("changing everyone's roles")
	}
	return nil
}

// UpdateRole replaces a role's description and permissions, for all who hold it.
func (s *Service) UpdateRole(ctx context.Context, sc scope.Scope, tenant, name string, spec tenancy.RoleSpec) (*o2.Role, error) {
	caller := sc
	sc, done, err := s.write(ctx, sc, authz.Role, authz.ActionUpdate)
	if err != nil {
		return nil, err
	}
	defer done()
	p, err := s.place(sc, tenant)
	if err != nil {
		return nil, err
	}
	r, ok := find(p.roles(), name)
	if !ok {
		return nil, tenancy.ErrNotFound
	}
	if err := changeable(sc, r); err != nil {
		return nil, err
	}
	if err := s.checkSpec(ctx, caller, r.TenantID, &spec); err != nil {
		return nil, err
	}
	stored, err := s.change(ctx, roleKey(r.TenantID, name), func(record tenancystore.Record) ([]byte, error) {
		next, err := o2.DecodeRole(record.Data)
		if err != nil {
			return nil, err
		}
		next.Description, next.Permissions, next.UpdatedAt = spec.Description, spec.Permissions, s.moment()
		return o2.EncodeRole(next)
	})
	if err != nil {
		return nil, failed("changing role", name, err)
	}
	return decodeRole(stored)
}

// DeleteRole removes a role that nobody holds. If two have the name, it removes
// the stored one, which has no effect, and the bindings to it, which have none
// either.
func (s *Service) DeleteRole(ctx context.Context, sc scope.Scope, tenant, name string) error {
	sc, done, err := s.write(ctx, sc, authz.Role, authz.ActionDelete)
	if err != nil {
		return err
	}
	defer done()
	p, err := s.place(sc, tenant)
	if err != nil {
		return err
	}
	if o2.CheckRoleName(name) != nil {
		return tenancy.ErrNotFound
	}
	owner := p.owner
	if r, ok := find(p.roles(), name); ok && !p.lost(name) {
		if err := changeable(sc, r); err != nil {
			return err
		}
		owner = r.TenantID
		if n := s.holders(r); n > 0 {
			return fmt.Errorf("the role %q is bound to %d users: it %w", name, n, tenancy.ErrInUse)
		}
	}
	// What is left of bindings to it would else be to the next role of the name.
	for _, h := range s.homes(owner) {
		err := s.removeBindings(ctx, h, func(user, role string) bool { return role == name && !slices.Contains(h.bound[user], role) })
		if err != nil {
			return failed("deleting role", name, err)
		}
	}
	err = s.remove(ctx, roleKey(owner, name))
	if errors.Is(err, store.ErrNotFound) {
		return tenancy.ErrNotFound
	}
	return failed("deleting role", name, err)
}

// homes are those to whose users an owner's roles apply.
func (s *Service) homes(owner string) (list []*home) {
	for id, h := range s.dir.now.Load().homes {
		if id == owner || owner == "" && id != "" {
			list = append(list, h)
		}
	}
	return list
}

// holders counts the users to whom a role is bound.
func (s *Service) holders(r *o2.Role) (n int) {
	for _, h := range s.homes(r.TenantID) {
		for _, b := range h.bindings {
			if b.Role == r.Name && h.alive() {
				n++
			}
		}
	}
	return n
}

func decodeRole(record tenancystore.Record) (*o2.Role, error) {
	r, err := o2.DecodeRole(record.Data)
	if err != nil {
		return nil, fmt.Errorf("reading what was stored: %w", err)
	}
	r.Version = record.Version
	return r, nil
}
