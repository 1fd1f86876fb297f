package tenancy

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// DeleteTenant marks a tenant as deleted, which takes effect at once and for good,
// and then removes what it had here. It takes a permission over all tenants.
//
// Whatever part failed, the same call again completes it: deleting a deleted
// tenant is no error to whom it is shown, and there is nothing then but to remove
// what may be left.
func (s *Service) DeleteTenant(ctx context.Context, sc scope.Scope, id string) error {
	sc, done, err := s.write(ctx, sc, authz.Tenant, authz.ActionDelete)
	if err != nil {
		return err
	}
	defer done()
	if _, err := s.tenant(sc, id); err != nil {
		return err
	}
	if !everywhere(sc) {
		return takesAll("deleting tenants")
	}
	_, err = s.change(ctx, tenantKey(id), func(r tenancystore.Record) ([]byte, error) {
		t, err := o2.DecodeTenant(r.Data)
		if err != nil {
			return nil, err
		}
		if t.Status != o2.TenantDeleted {
			t.Status, t.UpdatedAt = o2.TenantDeleted, s.moment()
		}
		return o2.EncodeTenant(t)
	})
	if err != nil {
		return failed("deleting tenant", id, err)
	}
	// What other processes have written until now is to go as well.
	if err := s.dir.Reload(ctx); err != nil {
		return failed("deleting tenant", id, err)
	}
	return failed("deleting what was the tenant's", id, s.clear(ctx, id))
}

// clear removes what a deleted tenant had: bindings first, so that none is ever
// without its user.
func (s *Service) clear(ctx context.Context, id string) error {
	h := s.dir.home(id)
	if h == nil || h.tenant == nil || h.tenant.Status != o2.TenantDeleted {
		return tenancy.ErrNotFound
	}
	removed := false
	for _, kind := range []tenancystore.Kind{tenancystore.KindRoleBinding, tenancystore.KindUser, tenancystore.KindRole} {
		for _, key := range h.keys(kind) {
			if err := s.config.Store.Delete(ctx, key); err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("removing its %s %q: %w", kind, key.Name, err)
			}
			removed = true
		}
	}
	if removed {
		// Nobody hurries to know it: nothing of a deleted tenant is in force.
		if err := s.dir.Reload(ctx); err != nil {
			return err
		}
	}
	return s.unsubscribe(ctx, id)
}

// unsubscribe removes a tenant's subscriptions.
func (s *Service) unsubscribe(ctx context.Context, tenant string) error {
	list, err := s.config.Subscriptions.ListTenant(ctx, tenant)
	if err != nil {
		return fmt.Errorf("listing its subscriptions: %w", err)
	}
	for _, sub := range list {
		err := s.config.Subscriptions.Delete(ctx, sub.ID)
		if err == nil || errors.Is(err, store.ErrUnconfirmed) {
			s.publish(context.WithoutCancel(ctx), bus.Message{Topic: bus.Subscriptions, Key: "deleted", Body: []byte(sub.ID)})
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("removing its subscription %s: %w", sub.ID, err)
		}
	}
	return nil
}
