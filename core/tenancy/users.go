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

// CreateUser makes a user, who holds no role.
func (s *Service) CreateUser(ctx context.Context, sc scope.Scope, tenant string, spec tenancy.UserSpec) (*o2.User, error) {
	sc, done, err := s.write(ctx, sc, authz.User, authz.ActionCreate)
	if err != nil {
		return nil, err
	}
	defer done()
	h, err := s.home(sc, tenant)
	if err != nil {
		return nil, err
	}
	if err := o2.CheckUserID(spec.ID); err != nil {
		return nil, invalid("userId", "is not valid: %v", err)
	}
	if err := checkUser(&spec); err != nil {
		return nil, err
	}
	if spec.Disabled { // who is configured as the platform's admin needs no record until then
		if err := s.leavesSomebody(sc, h, loss{user: spec.ID, disabled: true}); err != nil {
			return nil, err
		}
	}
	if _, there := h.user(spec.ID); !there {
		if n := h.count(tenancystore.KindUser); n >= s.config.MaxUsers {
			return nil, fmt.Errorf("the tenant has %d users: %w", n, tenancy.ErrLimit)
		}
		// Bindings that are left of an earlier user of that name are not the new one's.
		if err := s.removeBindings(ctx, h, func(user, _ string) bool { return user == spec.ID }); err != nil {
			return nil, failed("creating user", spec.ID, err)
		}
	}
	now := s.moment()
	u := &o2.User{
		TenantID: tenant, ID: spec.ID, DisplayName: spec.DisplayName, Email: spec.Email, Disabled: spec.Disabled,
		CreatedBy: author(sc), CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	data, err := o2.EncodeUser(u)
	if err != nil {
		return nil, err
	}
	stored, err := s.create(ctx, userKey(tenant, u.ID), data, func(r tenancystore.Record) bool {
		there, err := o2.DecodeUser(r.Data)
		if err != nil {
			return false
		}
		again := *u
		again.CreatedAt, again.UpdatedAt, there.Version = there.CreatedAt, there.UpdatedAt, again.Version
		return again == *there
	})
	if err != nil {
		return nil, failed("creating user", u.ID, err)
	}
	return decodeUser(stored)
}

// ListUsers returns the users of a tenant.
func (s *Service) ListUsers(ctx context.Context, sc scope.Scope, tenant, after string, limit int) ([]*o2.User, bool, error) {
	sc, err := s.authorize(ctx, sc, authz.User, authz.ActionList)
	if err != nil {
		return nil, false, err
	}
	h, err := s.home(sc, tenant)
	if err != nil {
		return nil, false, err
	}
	list, more := page(h.users, after, limit, func(u *o2.User) string { return u.ID })
	return list, more, nil
}

// GetUser returns one user.
func (s *Service) GetUser(ctx context.Context, sc scope.Scope, tenant, id string) (*o2.User, error) {
	sc, err := s.authorize(ctx, sc, authz.User, authz.ActionRead)
	if err != nil {
		return nil, err
	}
	_, u, err := s.user(sc, tenant, id)
	return u, err
}

// user returns a user that the caller reaches, and its tenant.
func (s *Service) user(sc scope.Scope, tenant, id string) (*home, *o2.User, error) {
	h, err := s.home(sc, tenant)
	if err != nil {
		return nil, nil, err
	}
	u, ok := h.user(id)
	if !ok {
		return nil, nil, tenancy.ErrNotFound
	}
	return h, u, nil
}

// UpdateUser replaces all of a user but its id. To enable a disabled one is to give
// it its roles again, and takes what that takes.
func (s *Service) UpdateUser(ctx context.Context, sc scope.Scope, tenant, id string, spec tenancy.UserSpec) (*o2.User, error) {
	caller := sc
	sc, done, err := s.write(ctx, sc, authz.User, authz.ActionUpdate)
	if err != nil {
		return nil, err
	}
	defer done()
	h, u, err := s.user(sc, tenant, id)
	if err != nil {
		return nil, err
	}
	if err := checkUser(&spec); err != nil {
		return nil, err
	}
	if spec.Disabled {
		err = s.leavesSomebody(sc, h, loss{user: id, disabled: true})
	} else {
		err = s.mayEnable(ctx, caller, h, u, h.bound[id])
	}
	if err != nil {
		return nil, err
	}
	stored, err := s.change(ctx, userKey(tenant, id), func(r tenancystore.Record) ([]byte, error) {
		u, err := o2.DecodeUser(r.Data)
		if err != nil {
			return nil, err
		}
		u.DisplayName, u.Email, u.Disabled, u.UpdatedAt = spec.DisplayName, spec.Email, spec.Disabled, s.moment()
		return o2.EncodeUser(u)
	})
	if err != nil {
		return nil, failed("changing user", id, err)
	}
	return decodeUser(stored)
}

// mayEnable returns nil if the caller holds all that a user, if it is disabled, has
// again once it is not: the roles that are named, and what the configuration gives.
func (s *Service) mayEnable(ctx context.Context, caller scope.Scope, h *home, u *o2.User, roles []string) error {
	if !u.Disabled {
		return nil
	}
	if h.id == scope.PlatformTenant && s.dir.admins[u.ID] {
		roles = append(slices.Clip(roles), rolePlatformAdmin)
	}
	for _, name := range roles {
		r, ok := find(h.roles, name)
		if !ok {
			continue // of no effect
		}
		if err := s.holds(ctx, caller, h.id, r.Permissions); err != nil {
			return err
		}
	}
	return nil
}

// DeleteUser removes a user's bindings, and then the user.
func (s *Service) DeleteUser(ctx context.Context, sc scope.Scope, tenant, id string) error {
	caller := sc
	sc, done, err := s.write(ctx, sc, authz.User, authz.ActionDelete)
	if err != nil {
		return err
	}
	defer done()
	h, err := s.home(sc, tenant)
	if err != nil {
		return err
	}
	if o2.CheckUserID(id) != nil {
		return tenancy.ErrNotFound
	}
	if u, there := h.user(id); there {
		if err := s.leavesSomebody(sc, h, loss{user: id}); err != nil {
			return err
		}
		// Of whom nothing is known the configuration's word counts.
		if err := s.mayEnable(ctx, caller, h, u, nil); err != nil {
			return err
		}
	}
	if err := s.removeBindings(ctx, h, func(user, _ string) bool { return user == id }); err != nil {
		return failed("deleting user", id, err)
	}
	// One that is not known may have been deleted without confirmation: then this
	// confirms it.
	err = s.remove(ctx, userKey(tenant, id))
	if errors.Is(err, store.ErrNotFound) {
		return tenancy.ErrNotFound
	}
	return failed("deleting user", id, err)
}

func decodeUser(r tenancystore.Record) (*o2.User, error) {
	u, err := o2.DecodeUser(r.Data)
	if err != nil {
		return nil, fmt.Errorf("reading what was stored: %w", err)
	}
	u.Version = r.Version
	return u, nil
}
