package inventory

import (
	"context"
	"errors"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// resourceService is the Resources port over a Service.
type resourceService struct{ s *Service }

// Create makes a resource in its pool's backend.
func (r *resourceService) Create(ctx context.Context, sc scope.Scope, spec inventory.ResourceSpec) (inventory.Item, error) {
	sc, err := r.s.authorize(ctx, sc, o2.KindResource, authz.ActionCreate)
	if err != nil {
		return nil, err
	}
	if err := validateResource(spec); err != nil {
		return nil, err
	}
	pool, v, err := r.s.find(sc, o2.KindResourcePool, spec.ResourcePoolID)
	if err != nil {
		return nil, unknownReference(err, "resourcePoolId", "names no resource pool that you can create resources in")
	}
	refs := backend.ResourceRefs{PoolID: pool.object.Head().NativeID}
	if refs.TypeID, err = r.reference(ctx, sc, v, o2.KindResourceType, spec.ResourceTypeID, "resourceTypeId", "names no resource type that you can see"); err != nil {
		return nil, err
	}
	if spec.ParentID != "" {
		if refs.ParentID, err = r.reference(ctx, sc, v, o2.KindResource, spec.ParentID, "parentId", "names no resource that you can see"); err != nil {
			return nil, err
		}
	}
	wanted := &o2.Resource{
		Header: o2.Header{
			Tenant: r.s.shelf.tenancy.stamp(sc, pool.object.Head().Tenant), Name: spec.Name, Description: spec.Description,
			Extensions: spec.Extensions,
		},
		ResourceTypeID: spec.ResourceTypeID, ResourcePoolID: spec.ResourcePoolID, ParentID: spec.ParentID,
		GlobalAssetID: spec.GlobalAssetID, Tags: spec.Tags,
	}
	owner := r.s.shelf.tenancy.ownerOf(wanted)
	if err := covers(sc, owner, o2.KindResource); err != nil {
		return nil, err
	}
	if err := able(v, backend.CapResourceCreate); err != nil {
		return nil, err
	}
	charge, err := r.s.charge(ctx, owner, func() o2.Amounts { return v.wantedAmounts(wanted, owner) })
	if err != nil {
		return nil, err
	}
	item, err := create(v, wanted.Tenant, func() (*o2.Resource, error) { return v.feed.backend.CreateResource(ctx, wanted, refs) })
	if err != nil {
		charge.fail(ctx, err)
		return nil, err
	}
	if made, ok := item.Object().(*o2.Resource); ok {
		charge.settle(ctx, func() o2.Amounts { return v.resourceAmounts(made, owner) })
	}
	return item, nil
}

// Delete removes a resource.
func (r *resourceService) Delete(ctx context.Context, sc scope.Scope, id o2.ID) error {
	sc, err := r.s.authorize(ctx, sc, o2.KindResource, authz.ActionDelete)
	if err != nil {
		return err
	}
	e, v, err := r.s.find(sc, o2.KindResource, id)
	if err != nil {
		return err
	}
	if err := able(v, backend.CapResourceDelete); err != nil {
		return err
	}
	charge, err := r.s.charge(ctx, e.tenant, func() o2.Amounts { return o2.Amounts{} })
	if err != nil {
		return err
	}
	ours, err := remove(v, e, func(nativeID string) error { return v.feed.backend.DeleteResource(ctx, nativeID) })
	if gone, ok := e.object.(*o2.Resource); ok && ours {
		charge.settle(ctx, func() o2.Amounts { return o2.Amounts{}.Minus(v.resourceAmounts(gone, e.tenant)) })
	}
	return err
}

// reference returns the native id of an object that a new resource in v's
// backend refers to. The caller is to be one who may read it.
func (r *resourceService) reference(ctx context.Context, sc scope.Scope, v *view, kind o2.Kind, id o2.ID, attribute, none string) (string, error) {
	sc, err := r.s.authorize(ctx, sc, kind, authz.ActionRead)
	if errors.Is(err, authz.ErrDenied) {
		return "", unknownReference(inventory.ErrNotFound, attribute, none)
	}
	if err != nil {
		return "", err
	}
	e, holder, err := r.s.find(sc, kind, id)
	if err != nil {
		return "", unknownReference(err, attribute, none)
	}
	if holder != v {
		return "", &o2.FieldError{Attribute: attribute, Reason: "belongs to another backend than the resource pool"}
	}
	return e.object.Head().NativeID, nil
}

// unknownReference turns "not found" into the caller's mistake that it is when
// the id stands in a body.
func unknownReference(err error, attribute, none string) error {
	if errors.Is(err, inventory.ErrNotFound) {
		return &o2.FieldError{Attribute: attribute, Reason: none}
	}
	return err
}
