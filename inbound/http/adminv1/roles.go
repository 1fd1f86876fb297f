package adminv1

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/tenancy"
)

const paramTenant = "tenantId"

// What requests about one role, and about a list of them, take.
var (
	ofTenant  = []string{paramTenant}
	ofTenants = []string{paramTenant, paramAfter, paramLimit}
)

// ListRoles answers with one page of the roles that apply to a tenant.
func (a *API) ListRoles(w http.ResponseWriter, r *http.Request) {
	a.serve(w, r, partTenancy, ofTenants, func(ctx context.Context, c *call) error {
		after, limit, err := a.page(c, o2.CheckRoleName)
		if err != nil {
			return err
		}
		tenant, err := roleTenant(c)
		if err != nil {
			return err
		}
		list, more, err := a.services.Roles.ListRoles(ctx, c.scope, tenant, after, limit)
		if err != nil {
			return named(err, noTenant(cmp.Or(tenant, c.scope.Home())))
		}
		if more {
			a.linkNext(c, list[len(list)-1].Name)
		}
		c.answer(http.StatusOK, RoleList{Items: showAll(list, shownRole)})
		return nil
	})
}

// CreateRole makes a role: 201 with its location.
func (a *API) CreateRole(w http.ResponseWriter, r *http.Request) {
	a.serveOnce(w, r, func(ctx context.Context, c *call) error {
		in, err := read[RoleCreate](c, a.roleCreate)
		if err != nil {
			return err
		}
		if err := checkRoleTenant(in.TenantId); in.TenantId != "" && err != nil {
			return &o2.FieldError{Attribute: paramTenant, Reason: err.Error()}
		}
		c.about(in.TenantId)
		role, err := a.services.Roles.CreateRole(ctx, c.scope, tenancy.RoleSpec{
			Tenant: in.TenantId, Name: in.Name, Description: in.Description, Permissions: showAll(in.Permissions, permissionOf),
		})
		if err != nil {
			return named(err, noTenant(cmp.Or(in.TenantId, c.scope.Home())))
		}
		c.created(a.rolePath(role), shownRole(role))
		return nil
	})
}

// GetRole answers with one role.
func (a *API) GetRole(w http.ResponseWriter, r *http.Request, name string) {
	a.serve(w, r, partTenancy, ofTenant, func(ctx context.Context, c *call) error {
		tenant, err := roleTenant(c)
		if err != nil {
			return err
		}
		if err := checkRole(name); err != nil {
			return err
		}
		role, err := a.services.Roles.GetRole(ctx, c.scope, tenant, name)
		if err != nil {
			return named(err, noRole(name))
		}
		c.answer(http.StatusOK, shownRole(role))
		return nil
	})
}

// UpdateRole replaces what may change of a role.
func (a *API) UpdateRole(w http.ResponseWriter, r *http.Request, name string) {
	a.serve(w, r, partTenancy, ofTenant, func(ctx context.Context, c *call) error {
		tenant, err := roleTenant(c)
		if err != nil {
			return err
		}
		in, err := read[RoleUpdate](c, a.rolePut)
		if err != nil {
			return err
		}
		err = errors.Join(checkSame("name", in.Name, name), checkSame(paramTenant, in.TenantId, cmp.Or(tenant, c.scope.Home())))
		if err != nil {
			return err
		}
		if err := checkRole(name); err != nil {
			return err
		}
		role, err := a.services.Roles.UpdateRole(ctx, c.scope, tenant, name, tenancy.RoleSpec{
			Description: in.Description, Permissions: showAll(in.Permissions, permissionOf),
		})
		if err != nil {
			return named(err, noRole(name))
		}
		c.answer(http.StatusOK, shownRole(role))
		return nil
	})
}

// DeleteRole removes a role that nobody has.
func (a *API) DeleteRole(w http.ResponseWriter, r *http.Request, name string) {
	a.serve(w, r, partTenancy, ofTenant, func(ctx context.Context, c *call) error {
		tenant, err := roleTenant(c)
		if err != nil {
			return err
		}
		if err := checkRole(name); err != nil {
			return err
		}
		if err := a.services.Roles.DeleteRole(ctx, c.scope, tenant, name); err != nil {
			return named(err, noRole(name))
		}
		c.done()
		return nil
	})
}

// roleTenant returns whose role the request is about, "" for the caller's own
// tenant.
func roleTenant(c *call) (string, error) {
	sent := c.query[paramTenant]
	if len(sent) == 0 {
		return "", nil
	}
	if err := checkRoleTenant(sent[0]); err != nil {
		return "", &query.Error{Parameter: paramTenant, Reason: err.Error()}
	}
	c.about(sent[0])
	return sent[0], nil
}

func checkRoleTenant(id string) error {
	if id == scope.SharedOwner || o2.CheckTenantID(id) == nil {
		return nil
	}
	return errors.New(`want a tenant's id, "*" for every tenant's, or "platform"`)
}

// rolePath returns where a role is, whoever asks.
func (a *API) rolePath(role *o2.Role) string {
	tenant := cmp.Or(role.TenantID, scope.SharedOwner)
	return a.config.ExternalURL + Base + "/roles/" + role.Name + "?" + paramTenant + "=" + url.QueryEscape(tenant)
}

func permissionOf(p Permission) o2.Permission {
	return o2.Permission{Resource: p.Resource, Action: p.Action, Scope: p.Scope}
}
