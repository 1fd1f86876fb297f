package adminv1

import (
	"context"
	"errors"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
)

// Where a tenant's quotas come from.
const (
	sourceDefault = "default"
	sourceTenant  = "tenant"
)

// GetQuotas answers with what bounds a tenant, and what it has.
func (a *API) GetQuotas(w http.ResponseWriter, r *http.Request, tenant string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		if err := checkTenant(tenant); err != nil {
			return err
		}
		limits, used, err := a.services.Tenants.Quotas(ctx, c.scope, tenant)
		if err != nil {
			return named(err, noTenant(tenant))
		}
		source, err := a.quotaSource(ctx, c, tenant)
		if err != nil {
			return named(err, noTenant(tenant))
		}
		c.answer(http.StatusOK, shownTenantQuotas(tenant, limits, used, source))
		return nil
	})
}

// quotaSource returns where a tenant's quotas come from, "" for a caller who may
// see those but not the tenant.
func (a *API) quotaSource(ctx context.Context, c *call, tenant string) (string, error) {
	t, err := a.services.Tenants.GetTenant(ctx, c.scope, tenant)
	switch {
	case errors.Is(err, authz.ErrDenied), errors.Is(err, tenancy.ErrNotFound):
		return "", nil // its permission to read tenants does not extend to this one
	case err != nil:
		return "", err
	case t.Quotas == nil:
		return sourceDefault, nil
	}
	return sourceTenant, nil
}

// SetQuotas replaces a tenant's quotas.
func (a *API) SetQuotas(w http.ResponseWriter, r *http.Request, tenant string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		in, err := read[Quotas](c, a.quotas)
		if err != nil {
			return err
		}
		q, err := quotasOf(&in, "")
		if err != nil {
			return err
		}
		if err := checkTenant(tenant); err != nil {
			return err
		}
		limits, used, err := a.services.Tenants.SetQuotas(ctx, c.scope, tenant, q)
		if err != nil {
			return named(err, noTenant(tenant))
		}
		c.answer(http.StatusOK, shownTenantQuotas(tenant, limits, used, sourceTenant))
		return nil
	})
}

// ResetQuotas returns a tenant to the default quotas.
func (a *API) ResetQuotas(w http.ResponseWriter, r *http.Request, tenant string) {
	a.serve(w, r, partTenancy, nil, func(ctx context.Context, c *call) error {
		if err := checkTenant(tenant); err != nil {
			return err
		}
		if _, _, err := a.services.Tenants.SetQuotas(ctx, c.scope, tenant, nil); err != nil {
			return named(err, noTenant(tenant))
		}
		c.done()
		return nil
	})
}

// attributeQuotas is the attribute of a tenant that its quotas are in.
const attributeQuotas = "quotas"

// shownTenantQuotas is what the quotas' resource shows.
func shownTenantQuotas(tenant string, limits o2.Quotas, used o2.Amounts, source string) TenantQuotas {
	return TenantQuotas{TenantId: tenant, Limits: *shownQuotas(&limits), Used: shownUse(used), Source: source}
}
