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
		return nil, unknownReference(err, "resourcePoolId", "names no resource pool")
	}
	refs := backend.ResourceRefs{PoolID: pool.object.Head().NativeID}
	if refs.TypeID, err = r.reference(sc, v, o2.KindResourceType, spec.ResourceTypeID, "resourceTypeId", "names no resource type"); err != nil {
		return nil, err
	}
	if spec.ParentID != "" {
		if refs.ParentID, err = r.reference(sc, v, o2.KindResource, spec.ParentID, "parentId", "names no resource"); err != nil {
			return nil, err
		}
	}
	if err := able(v.feed.backend, backend.CapResourceCreate); err != nil {
		return nil, err
	}
	wanted := &o2.Resource{
		Header: o2.Header{
			Tenant: r.s.shelf.tenancy.stamp(sc, pool.object.Head().Tenant), Name: spec.Name, Description: spec.Description,
			Extensions: spec.Extensions,
		},
		ResourceTypeID: spec.ResourceTypeID, ResourcePoolID: spec.ResourcePoolID, ParentID: spec.ParentID,
		GlobalAssetID: spec.GlobalAssetID, Tags: spec.Tags,
	}
	return create(v, func() (*o2.Resource, error) { return v.feed.backend.CreateResource(ctx, wanted, refs) })
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
	if err := able(v.feed.backend, backend.CapResourceDelete); err != nil {
		return err
	}
	return remove(v, e, func(nativeID string) error { return v.feed.backend.DeleteResource(ctx, nativeID) })
}

// reference returns the native id of an object that a new resource in v's
// backend refers to.
func (r *resourceService) reference(sc scope.Scope, v *view, kind o2.Kind, id o2.ID, attribute, none string) (string, error) {
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
		return &o2.FieldError{Attribute: attribute, Reason: none + " that you can see"}
	}
	return err
}
