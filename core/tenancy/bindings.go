package tenancy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// Bind gives a role to a user. It takes the permission to update users, and each
// permission of the role over the tenant.
func (s *Service) Bind(ctx context.Context, sc scope.Scope, tenant, user, role string) (*o2.RoleBinding, error) {
	caller := sc
	sc, done, err := s.write(ctx, sc, authz.User, authz.ActionUpdate)
	if err != nil {
		return nil, err
	}
	defer done()
	h, u, err := s.user(sc, tenant, user)
	if err != nil {
		return nil, err
	}
	r, err := s.appointable(h, role)
	if err != nil {
		return nil, err
	}
	if err := s.holds(ctx, caller, tenant, r.Permissions); err != nil {
		return nil, err
	}
	b := &o2.RoleBinding{
		TenantID: tenant, UserID: user, Role: role, CreatedBy: author(sc), Version: 1,
		// Not before the two, whatever clocks say: what is older was not meant for them.
		CreatedAt: latest(s.moment(), u.CreatedAt, r.CreatedAt),
	}
	data, err := o2.EncodeRoleBinding(b)
	if err != nil {
		return nil, err
	}
	key := bindingKey(tenant, user, role)
	if !slices.ContainsFunc(h.bindingsOf(user), func(b *o2.RoleBinding) bool { return b.Role == role }) {
		// One that is left of an earlier user or role, and not in force, makes room.
		err := s.removeBindings(ctx, h, func(u, r string) bool { return u == user && r == role })
		if err != nil {
			return nil, failed("giving the role", role, err)
		}
	}
	stored, err := s.create(ctx, key, data, func(r tenancystore.Record) bool {
		there, err := o2.DecodeRoleBinding(r.Data)
		return err == nil && there.CreatedBy == b.CreatedBy
	})
	if err != nil {
		return nil, failed("giving the role", role, err)
	}
	return decodeBinding(stored)
}

func latest(t time.Time, others ...time.Time) time.Time {
	for _, other := range others {
		if t.Before(other) {
			t = other
		}
	}
	return t
}

// appointable returns the role of a name that users of a tenant can be given.
func (s *Service) appointable(h *home, name string) (*o2.Role, error) {
	if err := o2.CheckRoleName(name); err != nil {
		return nil, invalid("role", "is not valid: %v", err)
	}
	r, ok := find(h.roles, name)
	switch {
	case !ok:
		return nil, invalid("role", "names no role that users of the tenant can have")
	case slices.Contains(h.lost, name), s.dir.now.Load().common.lost[name]:
		return nil, fmt.Errorf("the name %q is also that of a stored role that has no effect; delete that one first: it %w", name, tenancy.ErrInUse)
	case !bindable(h.id, r):
		return nil, invalid("role", "is for users of tenants: users of the platform have roles of the platform")
	}
	return r, nil
}

// Bindings returns the bindings in force of a user, by role.
func (s *Service) Bindings(ctx context.Context, sc scope.Scope, tenant, user string) ([]*o2.RoleBinding, error) {
	sc, err := s.authorize(ctx, sc, authz.User, authz.ActionRead)
	if err != nil {
		return nil, err
	}
	h, _, err := s.user(sc, tenant, user)
	if err != nil {
		return nil, err
	}
	return slices.Clone(h.bindingsOf(user)), nil
}

// Unbind takes a role from a user. A tenant's last owner keeps it unless the
// caller's permission extends to all tenants.
func (s *Service) Unbind(ctx context.Context, sc scope.Scope, tenant, user, role string) error {
	sc, done, err := s.write(ctx, sc, authz.User, authz.ActionUpdate)
	if err != nil {
		return err
	}
	defer done()
	h, err := s.home(sc, tenant)
	if err != nil {
		return err
	}
	if o2.CheckUserID(user) != nil || o2.CheckRoleName(role) != nil {
		return tenancy.ErrNotFound
	}
	if err := s.leavesSomebody(sc, h, loss{user: user, role: role}); err != nil {
		return err
	}
	err = s.remove(ctx, bindingKey(tenant, user, role))
	if errors.Is(err, store.ErrNotFound) {
		return tenancy.ErrNotFound
	}
	return failed("taking the role", role, err)
}

// loss is what a user is about to lose.
type loss struct {
	user string
	// role is the one that is taken, "" for all of them.
	role string
	// disabled: the user may do nothing any more, whatever roles it has.
	disabled bool
}

// leavesSomebody returns nil if a tenant has an owner left, and the platform an
// admin, when a user loses something.
func (s *Service) leavesSomebody(sc scope.Scope, h *home, l loss) error {
	last, whose, admins := roleOwner, "the tenant's last owner", map[string]bool(nil)
	if h.id == scope.PlatformTenant {
		last, whose, admins = rolePlatformAdmin, "the platform's last admin", s.dir.admins
	} else if everywhere(sc) {
		return nil // who can appoint the next
	}
	held := func(user string) bool { return slices.Contains(h.bound[user], last) }
	if l.role != "" && l.role != last || !held(l.user) && (!l.disabled || !admins[l.user]) {
		return nil
	}
	for _, b := range h.bindings {
		if b.Role == last && b.UserID != l.user && !h.disabled(b.UserID) {
			return nil
		}
	}
	for admin := range admins {
		if !h.disabled(admin) && (!l.disabled || admin != l.user) {
			return nil
		}
	}
	return fmt.Errorf("the user is %s, and the role %q %w: give it to somebody else first", whose, last, tenancy.ErrInUse)
}

// removeBindings removes the stored bindings of a tenant, in force or not, that
// are chosen by user and role.
func (s *Service) removeBindings(ctx context.Context, h *home, chosen func(user, role string) bool) error {
	for _, key := range h.keys(tenancystore.KindRoleBinding) {
		user, role, _ := strings.Cut(key.Name, "/")
		if !chosen(user, role) {
			continue
		}
		if err := s.remove(ctx, key); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("removing the binding of %q to %q: %w", user, role, err)
		}
	}
	return nil
}

func decodeBinding(r tenancystore.Record) (*o2.RoleBinding, error) {
	b, err := o2.DecodeRoleBinding(r.Data)
	if err != nil {
		return nil, fmt.Errorf("reading what was stored: %w", err)
	}
	b.Version = r.Version
	return b, nil
}
