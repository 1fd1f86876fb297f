package inventory

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/quota"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// poolService is the ResourcePools port over a Service.
type poolService struct{ s *Service }

// Create makes a pool in the backend that routing chooses.
func (p *poolService) Create(ctx context.Context, sc scope.Scope, spec inventory.ResourcePoolSpec) (inventory.Item, error) {
	sc, err := p.s.authorize(ctx, sc, o2.KindResourcePool, authz.ActionCreate)
	if err != nil {
		return nil, err
	}
	pool := &o2.ResourcePool{
		Header: o2.Header{
			Tenant: p.s.shelf.tenancy.stamp(sc, ""), Name: spec.Name, Description: spec.Description, Extensions: spec.Extensions,
		},
		OCloudID: spec.OCloudID, Location: spec.Location, GlobalLocationID: spec.GlobalLocationID,
	}
	owner := p.s.shelf.tenancy.ownerOf(pool)
	if err := covers(sc, owner, o2.KindResourcePool); err != nil {
		return nil, err
	}
	if err := validatePool(spec); err != nil {
		return nil, err
	}
	v := p.s.shelf.view(p.s.routes().ForCreate(pool, p.s.standing))
	if v == nil {
		return nil, inventory.ErrNoBackend
	}
	if err := able(v, backend.CapResourcePoolCreate); err != nil {
		return nil, err
	}
	charge, err := p.s.charge(ctx, owner, func() o2.Amounts { return v.newPoolAmounts(pool, owner) })
	if err != nil {
		return nil, err
	}
	item, err := create(v, pool.Tenant, func() (*o2.ResourcePool, error) { return v.feed.backend.CreateResourcePool(ctx, pool) })
	if err != nil {
		charge.fail(ctx, err)
		return nil, err
	}
	if made, ok := item.Object().(*o2.ResourcePool); ok {
		charge.settle(ctx, func() o2.Amounts { return v.poolAmounts(made, nil, owner) })
	}
	return item, nil
}

// Update replaces what may change of a pool. The name and the description
// become the spec's. A place or O-Cloud that the spec leaves empty stays.
// Extensions that the spec names replace those of the same key, and null takes
// a key away; the rest stay, most of them being the backend's own.
func (p *poolService) Update(ctx context.Context, sc scope.Scope, id o2.ID, spec inventory.ResourcePoolSpec) (inventory.Item, error) {
	sc, err := p.s.authorize(ctx, sc, o2.KindResourcePool, authz.ActionUpdate)
	if err != nil {
		return nil, err
	}
	if err := validatePool(spec); err != nil {
		return nil, err
	}
	e, v, err := p.s.find(sc, o2.KindResourcePool, id)
	if err != nil {
		return nil, err
	}
	if err := able(v, backend.CapResourcePoolUpdate); err != nil {
		return nil, err
	}
	current, ok := e.object.(*o2.ResourcePool)
	if !ok {
		return nil, fmt.Errorf("inventory: object %s is a %s among the resource pools", id, e.object.Kind())
	}
	wanted := *current
	wanted.Digest, wanted.StateDigest = o2.Digest{}, o2.Digest{}
	wanted.Name, wanted.Description = spec.Name, spec.Description
	replace(&wanted.Location, spec.Location)
	replace(&wanted.OCloudID, spec.OCloudID)
	replace(&wanted.GlobalLocationID, spec.GlobalLocationID)
	if wanted.Extensions, err = overlay(current.Extensions, spec.Extensions, current.Volatile); err != nil {
		return nil, &o2.FieldError{Attribute: "extensions", Reason: err.Error()}
	}
	var before o2.Amounts
	charge, err := p.s.charge(ctx, e.tenant, func() o2.Amounts {
		if quota.SameReplicas(wanted.Extensions, current.Extensions) {
			before = v.poolAmounts(current, current, e.tenant)
		} else {
			before = v.presentAmounts(current, e.tenant)
		}
		return v.poolAmounts(&wanted, current, e.tenant).Minus(before)
	})
	if err != nil {
		return nil, err
	}
	item, err := update(ctx, v, &wanted)
	if err != nil {
		charge.fail(ctx, err)
		return nil, err
	}
	if made, ok := item.Object().(*o2.ResourcePool); ok {
		charge.settle(ctx, func() o2.Amounts { return v.poolAmounts(made, current, e.tenant).Minus(before) })
	}
	return item, nil
}

// update makes a pool in v's backend and in the view look as wanted. Whose it is
// stays as it was.
func update(ctx context.Context, v *view, wanted *o2.ResourcePool) (inventory.Item, error) {
	made, err := v.feed.backend.UpdateResourcePool(ctx, wanted)
	if err != nil {
		return nil, err
	}
	return settle(v, made, wanted.Tenant, v.updated)
}

// Delete removes a pool.
func (p *poolService) Delete(ctx context.Context, sc scope.Scope, id o2.ID) error {
	sc, err := p.s.authorize(ctx, sc, o2.KindResourcePool, authz.ActionDelete)
	if err != nil {
		return err
	}
	e, v, err := p.s.find(sc, o2.KindResourcePool, id)
	if err != nil {
		return err
	}
	if err := able(v, backend.CapResourcePoolDelete); err != nil {
		return err
	}
	var had o2.Amounts
	charge, err := p.s.charge(ctx, e.tenant, func() o2.Amounts {
		had = quota.Sum(o2.Amounts{ResourcePools: 1}, v.membersAmounts(id, e.tenant)) // its resources go with it
		return o2.Amounts{}
	})
	if err != nil {
		return err
	}
	ours, err := remove(v, e, func(nativeID string) error { return v.feed.backend.DeleteResourcePool(ctx, nativeID) })
	if ours {
		charge.settle(ctx, func() o2.Amounts { return o2.Amounts{}.Minus(had) })
	}
	return err
}

func replace(to *string, s string) {
	if s != "" {
		*to = s
	}
}

// overlay returns base with the keys of over. Keys of volatile are the
// backend's to report: a caller who sends back what it read does not set them.
func overlay(base, over, volatile o2.JSON) (o2.JSON, error) {
	if over == "" {
		return base, nil
	}
	members := map[string]json.RawMessage{}
	reported := map[string]json.RawMessage{}
	wanted := map[string]json.RawMessage{}
	for _, part := range []struct {
		from o2.JSON
		to   *map[string]json.RawMessage
	}{{base, &members}, {volatile, &reported}, {over, &wanted}} {
		if part.from == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.from), part.to); err != nil {
			return "", fmt.Errorf("is not a JSON object: %w", err)
		}
	}
	for key, value := range wanted {
		switch _, theirs := reported[key]; {
		case theirs:
		case bytes.Equal(bytes.TrimSpace(value), []byte("null")):
			delete(members, key)
		default:
			members[key] = value
		}
	}
	raw, err := json.Marshal(members)
	if err != nil {
		return "", fmt.Errorf("cannot be written as JSON: %w", err)
	}
	return o2.ParseJSON(raw)
}
