package tenancy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// CreateTenant makes a tenant, which is active at once. Without an ID its name is
// the id; without a name its id is the name.
func (s *Service) CreateTenant(ctx context.Context, sc scope.Scope, spec tenancy.TenantSpec) (*o2.Tenant, error) {
	sc, done, err := s.write(ctx, sc, authz.Tenant, authz.ActionCreate)
	if err != nil {
		return nil, err
	}
	defer done()
	if !everywhere(sc) {
		return nil, takesAll("creating tenants")
	}
	if err := identify(&spec); err != nil {
		return nil, err
	}
	if err := checkTenant(&spec); err != nil {
		return nil, err
	}
	if h := s.dir.home(spec.ID); h != nil && h.tenant == nil && len(h.entries) > 0 {
		return nil, fmt.Errorf("users or roles of a tenant %q are in the store, which would be the new one's: the id %w", spec.ID, tenancy.ErrInUse)
	}
	if err := s.countBefore(ctx, spec.ID); err != nil {
		return nil, err
	}
	now := s.moment()
	t := &o2.Tenant{
		ID: spec.ID, Name: spec.Name, DisplayName: spec.DisplayName, Organization: spec.Organization, ContactEmail: spec.ContactEmail,
		Status: o2.TenantActive, Settings: spec.Settings, Quotas: spec.Quotas,
		CreatedBy: author(sc), CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	data, err := o2.EncodeTenant(t)
	if err != nil {
		return nil, err
	}
	stored, err := s.create(ctx, tenantKey(t.ID), data, func(r tenancystore.Record) bool {
		there, err := o2.DecodeTenant(r.Data)
		if err != nil {
			return false
		}
		again := *t
		again.CreatedAt, again.UpdatedAt = there.CreatedAt, there.UpdatedAt
		encoded, err := o2.EncodeTenant(&again)
		return err == nil && slices.Equal(encoded, r.Data)
	})
	if err != nil {
		return nil, failed("creating tenant", t.ID, err)
	}
	return decodeTenant(stored)
}

// identify finds the id and the name of a tenant that is to be made.
func identify(spec *tenancy.TenantSpec) error {
	switch {
	case spec.ID == "" && spec.Name == "":
		return invalid("name", "is mandatory")
	case spec.Name == "":
		spec.Name = spec.ID
	case spec.ID == "":
		if err := o2.CheckTenantID(spec.Name); err != nil {
			return invalid("tenantId", "is mandatory: the name cannot serve as the id, for which %v", err)
		}
		spec.ID = spec.Name
	}
	if err := checkTenantID(spec.ID); err != nil {
		return invalid("tenantId", "%v", err)
	}
	if spec.Status != "" && spec.Status != o2.TenantActive {
		return invalid("status", "cannot be %q at first: a new tenant is active", spec.Status)
	}
	return nil
}

// ListTenants returns the tenants that the caller's permission extends to. Deleted
// ones are shown to whose permission extends to all.
func (s *Service) ListTenants(ctx context.Context, sc scope.Scope, after string, limit int) ([]*o2.Tenant, bool, error) {
	sc, err := s.authorize(ctx, sc, authz.Tenant, authz.ActionList)
	if err != nil {
		return nil, false, err
	}
	if everywhere(sc) {
		list, more := page(s.dir.now.Load().tenants, after, limit, func(t *o2.Tenant) string { return t.ID })
		return list, more, nil
	}
	if t, err := s.tenant(sc, sc.Tenant()); err == nil && t.ID > after {
		return []*o2.Tenant{t}, false, nil
	}
	return []*o2.Tenant{}, false, nil
}

// page returns at most limit items behind after, of a list by id.
func page[T any](list []T, after string, limit int, id func(T) string) (part []T, more bool) {
	first, found := slices.BinarySearchFunc(list, after, func(item T, after string) int { return strings.Compare(id(item), after) })
	if found {
		first++
	}
	rest := list[first:]
	n := min(len(rest), max(limit, 1))
	return slices.Clone(rest[:n]), len(rest) > n
}

// GetTenant returns one tenant; a deleted one to whose permission extends to all.
func (s *Service) GetTenant(ctx context.Context, sc scope.Scope, id string) (*o2.Tenant, error) {
	sc, err := s.authorize(ctx, sc, authz.Tenant, authz.ActionRead)
	if err != nil {
		return nil, err
	}
	return s.tenant(sc, id)
}

// tenant returns a tenant that the caller sees.
func (s *Service) tenant(sc scope.Scope, id string) (*o2.Tenant, error) {
	t, ok := s.dir.Tenant(id)
	if !ok || !reaches(sc, id) || t.Status == o2.TenantDeleted && !everywhere(sc) {
		return nil, tenancy.ErrNotFound
	}
	return t, nil
}

// UpdateTenant replaces displayName, organization, contactEmail and settings.
// Status, name and quotas stay as they are unless they are given; to change them
// takes a permission over all tenants.
func (s *Service) UpdateTenant(ctx context.Context, sc scope.Scope, id string, spec tenancy.TenantSpec) (*o2.Tenant, error) {
	sc, done, err := s.write(ctx, sc, authz.Tenant, authz.ActionUpdate)
	if err != nil {
		return nil, err
	}
	defer done()
	if _, err := s.tenant(sc, id); err != nil {
		return nil, err
	}
	if err := checkTenant(&spec); err != nil {
		return nil, err
	}
	switch spec.Status {
	case "", o2.TenantActive, o2.TenantSuspended:
	case o2.TenantDeleted:
		return nil, invalid("status", "cannot be set to %q: delete the tenant instead", spec.Status)
	default:
		return nil, invalid("status", "is unknown: want %q or %q", o2.TenantActive, o2.TenantSuspended)
	}
	return s.changeTenant(ctx, id, func(t *o2.Tenant) error {
		if !everywhere(sc) {
			if err := ownersOwn(t, &spec); err != nil {
				return err
			}
		}
		if spec.Name != "" {
			t.Name = spec.Name
		}
		if spec.Status != "" {
			t.Status = spec.Status
		}
		if spec.Quotas != nil {
			t.Quotas = spec.Quotas
		}
		t.DisplayName, t.Organization, t.ContactEmail = spec.DisplayName, spec.Organization, spec.ContactEmail
		t.Settings = maps.Clone(spec.Settings)
		return nil
	})
}

// ownersOwn returns nil if spec changes nothing but what is the tenant's own affair.
func ownersOwn(t *o2.Tenant, spec *tenancy.TenantSpec) error {
	switch {
	case spec.Status != "" && spec.Status != t.Status:
		return takesAll("changing a tenant's status")
	case spec.Name != "" && spec.Name != t.Name:
		return takesAll("changing a tenant's name")
	case spec.Quotas != nil && (t.Quotas == nil || *spec.Quotas != *t.Quotas):
		return takesAll("changing a tenant's quotas")
	}
	return nil
}

// changeTenant changes a tenant that is not deleted.
func (s *Service) changeTenant(ctx context.Context, id string, edit func(*o2.Tenant) error) (*o2.Tenant, error) {
	stored, err := s.change(ctx, tenantKey(id), func(r tenancystore.Record) ([]byte, error) {
		t, err := o2.DecodeTenant(r.Data)
		if err != nil {
			return nil, err
		}
		if t.Status == o2.TenantDeleted {
			return nil, tenancy.ErrNotFound
		}
		if err := edit(t); err != nil {
			return nil, err
		}
		t.UpdatedAt = s.moment()
		return o2.EncodeTenant(t)
	})
	if err != nil {
		return nil, failed("changing tenant", id, err)
	}
	return decodeTenant(stored)
}

func decodeTenant(r tenancystore.Record) (*o2.Tenant, error) {
	t, err := o2.DecodeTenant(r.Data)
	if err != nil {
		return nil, fmt.Errorf("reading what was stored: %w", err)
	}
	t.Version = r.Version
	return t, nil
}
