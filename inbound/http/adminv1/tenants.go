package adminv1

import (
	"context"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/tenancy"
)

// ListTenants answers with one page of the tenants that the caller may see.
func (a *API) ListTenants(w http.ResponseWriter, r *http.Request) {
	a.serve(w, r, partTenancy, paged, func(ctx context.Context, c *call) error {
		after, limit, err := a.page(c, o2.CheckTenantID)
		if err != nil {
			return err
		}
		list, more, err := a.services.Tenants.ListTenants(ctx, c.scope, after, limit)
		if err != nil {
			return err
		}
		if more {
			a.linkNext(c, list[len(list)-1].ID)
		}
		c.answer(http.StatusOK, TenantList{Items: showAll(list, shownTenant)})
		return nil
	})
}

// CreateTenant makes a tenant: 201 with its location.
func (a *API) CreateTenant(w http.ResponseWriter, r *http.Request) {
	a.serveOnce(w, r, func(ctx context.Context, c *call) error {
		in, err := read[TenantCreate](c, a.tenantCreate)
		if err != nil {
			return err
		}
		spec := tenancy.TenantSpec{
			ID: in.TenantId, Name: in.Name, DisplayName: in.DisplayName, Organization: in.Organization,
			ContactEmail: in.ContactEmail, Settings: in.Settings,
		}
		if spec.Quotas, err = quotasOf(in.Quotas, attributeQuotas); err != nil {
			return err
		}
		t, err := a.services.Tenants.CreateTenant(ctx, c.scope, spec)
		if err != nil {
			return err
		}
		c.created(a.tenantPath(t.ID), shownTenant(t))
		return nil
	})
}

// GetTenant answers with one tenant.
func (a *API) GetTenant(w http.ResponseWriter, r *http.Request, id string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		if err := checkTenant(id); err != nil {
			return err
		}
		t, err := a.services.Tenants.GetTenant(ctx, c.scope, id)
		if err != nil {
			return named(err, noTenant(id))
		}
		c.answer(http.StatusOK, shownTenant(t))
		return nil
	})
}

// UpdateTenant replaces what may change of a tenant.
func (a *API) UpdateTenant(w http.ResponseWriter, r *http.Request, id string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		in, err := read[TenantUpdate](c, a.tenantPut)
		if err != nil {
			return err
		}
		spec := tenancy.TenantSpec{
			Name: in.Name, DisplayName: in.DisplayName, Organization: in.Organization, ContactEmail: in.ContactEmail,
			Status: o2.TenantStatus(in.Status), Settings: in.Settings,
		}
		if spec.Quotas, err = quotasOf(in.Quotas, attributeQuotas); err != nil {
			return err
		}
		if err := checkSame("tenantId", in.TenantId, id); err != nil {
			return err
		}
		if err := checkTenant(id); err != nil {
			return err
		}
		t, err := a.services.Tenants.UpdateTenant(ctx, c.scope, id, spec)
		if err != nil {
			return named(err, noTenant(id))
		}
		c.answer(http.StatusOK, shownTenant(t))
		return nil
	})
}

// DeleteTenant marks a tenant as deleted, and removes what it has here.
func (a *API) DeleteTenant(w http.ResponseWriter, r *http.Request, id string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		if err := checkTenant(id); err != nil {
			return err
		}
		if err := a.services.Tenants.DeleteTenant(ctx, c.scope, id); err != nil {
			return named(err, noTenant(id))
		}
		c.done()
		return nil
	})
}

// tenantPath returns where a tenant is. Its id needs no escapes.
func (a *API) tenantPath(id string) string { return a.config.ExternalURL + Base + "/tenants/" + id }
