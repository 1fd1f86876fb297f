package tenancy

import (
	"context"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
)

// Quotas returns what bounds a tenant, and what it has of it: what is reserved by
// requests under way is counted as had.
func (s *Service) Quotas(ctx context.Context, sc scope.Scope, tenant string) (o2.Quotas, o2.Amounts, error) {
	sc, err := s.authorize(ctx, sc, authz.Quota, authz.ActionRead)
	if err != nil {
		return o2.Quotas{}, o2.Amounts{}, err
	}
	if _, err := s.tenant(sc, tenant); err != nil {
		return o2.Quotas{}, o2.Amounts{}, err
	}
	return s.standing(ctx, tenant)
}

// SetQuotas replaces what bounds a tenant; nil returns to the default. It takes a
// permission over all tenants.
func (s *Service) SetQuotas(ctx context.Context, sc scope.Scope, tenant string, q *o2.Quotas) (o2.Quotas, o2.Amounts, error) {
	sc, done, err := s.write(ctx, sc, authz.Quota, authz.ActionUpdate)
	if err != nil {
		return o2.Quotas{}, o2.Amounts{}, err
	}
	defer done()
	if _, err := s.tenant(sc, tenant); err != nil {
		return o2.Quotas{}, o2.Amounts{}, err
	}
	if !everywhere(sc) {
		return o2.Quotas{}, o2.Amounts{}, takesAll("changing a tenant's quotas")
	}
	if err := checkQuotas("", q); err != nil {
		return o2.Quotas{}, o2.Amounts{}, err
	}
	if _, err := s.changeTenant(ctx, tenant, func(t *o2.Tenant) error { t.Quotas = q; return nil }); err != nil {
		return o2.Quotas{}, o2.Amounts{}, err
	}
	return s.standing(ctx, tenant)
}

// standing is what bounds a tenant and what it has.
func (s *Service) standing(ctx context.Context, tenant string) (o2.Quotas, o2.Amounts, error) {
	usage, err := s.config.Quotas.Usage(ctx, tenant)
	if err != nil {
		return o2.Quotas{}, o2.Amounts{}, fmt.Errorf("reading what tenant %q has: %w", tenant, err)
	}
	subscriptions, err := s.config.Subscriptions.ListTenant(ctx, tenant)
	if err != nil {
		return o2.Quotas{}, o2.Amounts{}, fmt.Errorf("counting the subscriptions of tenant %q: %w", tenant, err)
	}
	used := usage.Used.Plus(usage.Reserved)
	used.Subscriptions = int64(len(subscriptions))
	return s.dir.Limits(tenant), used, nil
}
