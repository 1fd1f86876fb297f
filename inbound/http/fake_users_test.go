package httpserver_test

import (
	"cmp"
	"context"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

func (s *tenantry) CreateUser(ctx context.Context, sc scope.Scope, tenant string, spec tenancy.UserSpec) (*o2.User, error) {
	err := s.enter(ctx, sc, tenant)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := o2.CheckUserID(spec.ID); err != nil {
		return nil, &o2.FieldError{Attribute: "userId", Reason: "is not valid: " + err.Error()}
	}
	if _, ok := s.users[tenant+"/"+spec.ID]; ok {
		return nil, fmt.Errorf("creating a user: %w", tenancystore.ErrExists)
	}
	s.made++
	return s.putUser(tenant, spec.ID, spec), nil
}

func (s *tenantry) putUser(tenant, id string, spec tenancy.UserSpec) *o2.User {
	u := &o2.User{
		TenantID: tenant, ID: id, DisplayName: spec.DisplayName, Email: spec.Email, Disabled: spec.Disabled,
		CreatedBy: "root.platform", CreatedAt: s.now, UpdatedAt: s.now,
	}
	s.users[tenant+"/"+id] = u
	return u
}

func (s *tenantry) ListUsers(ctx context.Context, sc scope.Scope, tenant, after string, limit int) ([]*o2.User, bool, error) {
	err := s.enter(ctx, sc, tenant)
	defer s.mu.Unlock()
	if err != nil {
		return nil, false, err
	}
	list, more := pageOf(s.users, func(u *o2.User) (string, bool) { return u.ID, u.TenantID == tenant }, after, limit)
	return list, more, nil
}

// enterUser is enter for a call about a user.
func (s *tenantry) enterUser(ctx context.Context, sc scope.Scope, tenant, id string) error {
	err := s.enter(ctx, sc, tenant)
	if _, ok := s.users[tenant+"/"+id]; err == nil && !ok {
		err = fmt.Errorf("user: %w", tenancy.ErrNotFound)
	}
	return err
}

func (s *tenantry) GetUser(ctx context.Context, sc scope.Scope, tenant, id string) (*o2.User, error) {
	err := s.enterUser(ctx, sc, tenant, id)
	defer s.mu.Unlock()
	return s.users[tenant+"/"+id], err
}

func (s *tenantry) UpdateUser(ctx context.Context, sc scope.Scope, tenant, id string, spec tenancy.UserSpec) (*o2.User, error) {
	err := s.enterUser(ctx, sc, tenant, id)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s.made++
	return s.putUser(tenant, id, spec), nil
}

func (s *tenantry) DeleteUser(ctx context.Context, sc scope.Scope, tenant, id string) error {
	err := s.enterUser(ctx, sc, tenant, id)
	defer s.mu.Unlock()
	if err == nil {
		s.made++
		delete(s.users, tenant+"/"+id)
	}
	return err
}

func (s *tenantry) Bind(ctx context.Context, sc scope.Scope, tenant, user, role string) (*o2.RoleBinding, error) {
	err := s.enterUser(ctx, sc, tenant, user)
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	key := tenant + "/" + user + "/" + role
	_, own := s.roles[tenant+"/"+role]
	_, everyones := s.roles["/"+role]
	if !own && !everyones {
		return nil, &o2.FieldError{Attribute: "role", Reason: "names no role that users of this tenant can have"}
	}
	if _, ok := s.bindings[key]; ok {
		return nil, fmt.Errorf("binding a role: %w", tenancystore.ErrExists)
	}
	s.made++
	s.bindings[key] = &o2.RoleBinding{TenantID: tenant, UserID: user, Role: role, CreatedBy: "root.platform", CreatedAt: s.now}
	return s.bindings[key], nil
}

func (s *tenantry) Bindings(ctx context.Context, sc scope.Scope, tenant, user string) ([]*o2.RoleBinding, error) {
	err := s.enterUser(ctx, sc, tenant, user)
	defer s.mu.Unlock()
	if err = cmp.Or(err, s.unread); err != nil {
		return nil, err
	}
	list, _ := pageOf(s.bindings, func(b *o2.RoleBinding) (string, bool) {
		return b.Role, b.TenantID == tenant && b.UserID == user
	}, "", len(s.bindings))
	return list, nil
}

func (s *tenantry) Unbind(ctx context.Context, sc scope.Scope, tenant, user, role string) error {
	err := s.enterUser(ctx, sc, tenant, user)
	defer s.mu.Unlock()
	key := tenant + "/" + user + "/" + role
	if _, ok := s.bindings[key]; err == nil && !ok {
		err = tenancy.ErrNotFound
	}
	if err == nil {
		s.made++
		delete(s.bindings, key)
	}
	return err
}
