package adminv1

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
)

// ListUsers answers with one page of a tenant's users.
func (a *API) ListUsers(w http.ResponseWriter, r *http.Request, tenant string) {
	a.serve(w, r, partTenancy, paged, func(ctx context.Context, c *call) error {
		after, limit, err := a.page(c, o2.CheckUserID)
		if err != nil {
			return err
		}
		if err := checkTenant(tenant); err != nil {
			return err
		}
		list, more, err := a.services.Users.ListUsers(ctx, c.scope, tenant, after, limit)
		if err != nil {
			return named(err, noTenant(tenant))
		}
		shown := UserList{Items: make([]User, len(list))}
		for i, u := range list {
			roles, err := a.rolesOf(ctx, c, u)
			if err != nil {
				return err
			}
			shown.Items[i] = shownUser(u, roles)
		}
		if more {
			a.linkNext(c, list[len(list)-1].ID)
		}
		c.answer(http.StatusOK, shown)
		return nil
	})
}

// CreateUser makes a user, who holds no role: 201 with its location.
func (a *API) CreateUser(w http.ResponseWriter, r *http.Request, tenant string) {
	a.serveOnce(w, r, func(ctx context.Context, c *call) error {
		in, err := read[UserCreate](c, a.userCreate)
		if err != nil {
			return err
		}
		if err := checkTenant(tenant); err != nil {
			return err
		}
		u, err := a.services.Users.CreateUser(ctx, c.scope, tenant, tenancy.UserSpec{
			ID: in.UserId, DisplayName: in.DisplayName, Email: in.Email, Disabled: in.Disabled,
		})
		if err != nil {
			return named(err, noTenant(tenant))
		}
		c.created(a.userPath(u.TenantID, u.ID), shownUser(u, []string{}))
		return nil
	})
}

// GetUser answers with one user.
func (a *API) GetUser(w http.ResponseWriter, r *http.Request, tenant, id string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		if err := checkUser(tenant, id); err != nil {
			return err
		}
		u, err := a.services.Users.GetUser(ctx, c.scope, tenant, id)
		if err != nil {
			return named(err, noUser(tenant, id))
		}
		return a.answerUser(ctx, c, u)
	})
}

// UpdateUser replaces what may change of a user.
func (a *API) UpdateUser(w http.ResponseWriter, r *http.Request, tenant, id string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		in, err := read[UserUpdate](c, a.userPut)
		if err != nil {
			return err
		}
		if err := errors.Join(checkSame("userId", in.UserId, id), checkSame("tenantId", in.TenantId, tenant)); err != nil {
			return err
		}
		if err := checkUser(tenant, id); err != nil {
			return err
		}
		u, err := a.services.Users.UpdateUser(ctx, c.scope, tenant, id, tenancy.UserSpec{
			DisplayName: in.DisplayName, Email: in.Email, Disabled: in.Disabled,
		})
		if err != nil {
			return named(err, noUser(tenant, id))
		}
		return a.answerUser(ctx, c, u)
	})
}

// DeleteUser removes a user and its role bindings.
func (a *API) DeleteUser(w http.ResponseWriter, r *http.Request, tenant, id string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		if err := checkUser(tenant, id); err != nil {
			return err
		}
		if err := a.services.Users.DeleteUser(ctx, c.scope, tenant, id); err != nil {
			return named(err, noUser(tenant, id))
		}
		c.done()
		return nil
	})
}

func (a *API) answerUser(ctx context.Context, c *call, u *o2.User) error {
	roles, err := a.rolesOf(ctx, c, u)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, shownUser(u, roles))
	return nil
}

// rolesOf returns the names of a user's roles, nil for a caller who may not read
// them. A user who is gone meanwhile has none.
func (a *API) rolesOf(ctx context.Context, c *call, u *o2.User) ([]string, error) {
	bindings, err := a.services.Users.Bindings(ctx, c.scope, u.TenantID, u.ID)
	if errors.Is(err, authz.ErrDenied) {
		return nil, nil
	}
	if err != nil && !errors.Is(err, tenancy.ErrNotFound) {
		return nil, err
	}
	return showAll(bindings, func(b *o2.RoleBinding) string { return b.Role }), nil
}

func (a *API) userPath(tenant, id string) string {
	return a.tenantPath(tenant) + "/users/" + url.PathEscape(id)
}
