package adminv1

import (
	"context"
	"net/http"

	"github.com/netweave/netweave/core/o2"
)

// ListRoleBindings answers with a user's roles.
func (a *API) ListRoleBindings(w http.ResponseWriter, r *http.Request, tenant, user string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		if err := checkUser(tenant, user); err != nil {
			return err
		}
		list, err := a.services.Users.Bindings(ctx, c.scope, tenant, user)
		if err != nil {
			return named(err, noUser(tenant, user))
		}
		c.answer(http.StatusOK, RoleBindingList{Items: showAll(list, shownBinding)})
		return nil
	})
}

// CreateRoleBinding gives a role to a user: 201 with the binding's location.
func (a *API) CreateRoleBinding(w http.ResponseWriter, r *http.Request, tenant, user string) {
	a.serveOnce(w, r, func(ctx context.Context, c *call) error {
		in, err := read[RoleBindingCreate](c, a.bindingCreate)
		if err != nil {
			return err
		}
		if err := o2.CheckRoleName(in.Role); err != nil {
			return &o2.FieldError{Attribute: "role", Reason: "cannot be a role's name: " + err.Error()}
		}
		if err := checkUser(tenant, user); err != nil {
			return err
		}
		b, err := a.services.Users.Bind(ctx, c.scope, tenant, user, in.Role)
		if err != nil {
			return named(err, noUser(tenant, user))
		}
		c.created(a.userPath(b.TenantID, b.UserID)+"/roleBindings/"+b.Role, shownBinding(b))
		return nil
	})
}

// DeleteRoleBinding takes a role from a user.
func (a *API) DeleteRoleBinding(w http.ResponseWriter, r *http.Request, tenant, user, role string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		gone := noBinding(tenant, user, role)
		if checkUser(tenant, user) != nil || checkRole(role) != nil {
			return gone
		}
		if err := a.services.Users.Unbind(ctx, c.scope, tenant, user, role); err != nil {
			return named(err, gone)
		}
		c.done()
		return nil
	})
}
