package sdktest

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

var resourceChecks = []check{
	{name: "resources can be created", needs: []string{protocol.CapResourceCreate}, writes: true, run: createResources},
	{name: "impossible resources are Invalid", needs: []string{protocol.CapResourceCreate}, writes: true, run: refuseResources},
	{name: "resources can be deleted", needs: []string{protocol.CapResourceCreate, protocol.CapResourceDelete}, writes: true, run: deleteResources},
	{name: "deleting an unknown resource is NotFound", needs: []string{protocol.CapResourceDelete}, writes: true, run: deleteUnknownResource},
}

func (s *subject) resources() kindMethods {
	return methods(sdk.KindResource, s.ListResources, s.GetResource)
}

func createResources(ctx context.Context, s *subject) (err error) {
	before, err := s.resources().byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	want, made, drop, err := s.createResource(ctx)
	if drop != nil {
		defer func() { err = errors.Join(err, drop()) }()
	}
	switch {
	case err != nil:
		return err
	case before[made.ID] != nil:
		return fmt.Errorf("CreateResource returned the id %q, which another resource had already", made.ID)
	case made.ResourcePoolID != want.ResourcePoolID:
		return fmt.Errorf("CreateResource was asked for a resource in pool %q and returned one in %q", want.ResourcePoolID, made.ResourcePoolID)
	case made.ResourceTypeID != want.ResourceTypeID:
		return fmt.Errorf("CreateResource was asked for a resource of type %q and returned one of %q", want.ResourceTypeID, made.ResourceTypeID)
	case want.Tenant != "" && made.Tenant != want.Tenant:
		return fmt.Errorf("CreateResource was asked for the tenant %q and returned %q: a resource must belong to whom it was created for", want.Tenant, made.Tenant)
	}
	return s.eventually(ctx, func() error { return listedResource(ctx, s, made) })
}

// listedResource complains unless a new resource can be read. Unlike a pool it
// may have changed already: what was asked for is being built.
func listedResource(ctx context.Context, s *subject, made *sdk.Resource) error {
	k := s.resources()
	got, err := k.one(ctx, made.ID)
	if err != nil {
		return fmt.Errorf("CreateResource returned %s, but GetResource of it failed: %w", called(made), err)
	}
	if r := got.(*sdk.Resource); r.ResourcePoolID != made.ResourcePoolID || r.ResourceTypeID != made.ResourceTypeID {
		return fmt.Errorf("CreateResource and GetResource do not agree on %s: pool %q and type %q against pool %q and type %q",
			called(made), made.ResourcePoolID, made.ResourceTypeID, r.ResourcePoolID, r.ResourceTypeID)
	}
	listed, err := k.byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	if listed[made.ID] == nil {
		return fmt.Errorf("CreateResource returned %s, but ListResources does not yield it", called(made))
	}
	return nil
}

func refuseResources(ctx context.Context, s *subject) error {
	good, err := s.newResource(ctx)
	if err != nil {
		return err
	}
	noPool, noType := *good, *good
	noPool.ResourcePoolID = "sdktest-no-such-id"
	noType.ResourceTypeID = "sdktest-no-such-id"
	for what, wrong := range map[string]*sdk.Resource{
		"CreateResource in a pool that does not exist": &noPool,
		"CreateResource of a type that does not exist": &noType,
	} {
		made, err := s.Backend.(sdk.ResourceCreator).CreateResource(ctx, wrong)
		var cleanup error
		if err == nil && made != nil {
			cleanup = s.dropper(protocol.CapResourceDelete, func(ctx context.Context) error {
				return s.Backend.(sdk.ResourceDeleter).DeleteResource(ctx, made.ID)
			})()
		}
		if err := errors.Join(wrongCode(what, err, sdk.Invalid), cleanup); err != nil {
			return err
		}
	}
	return nil
}

func deleteResources(ctx context.Context, s *subject) error {
	_, made, drop, err := s.createResource(ctx)
	if err != nil {
		if drop != nil {
			err = errors.Join(err, drop())
		}
		return err
	}
	deleter := s.Backend.(sdk.ResourceDeleter)
	if err := deleter.DeleteResource(ctx, made.ID); err != nil {
		return fmt.Errorf("DeleteResource of %q failed: %w", made.ID, err)
	}
	if err := s.eventually(ctx, func() error { return gone(ctx, s.resources(), made.ID, "DeleteResource") }); err != nil {
		return err
	}
	return wrongCode("DeleteResource of a resource that is deleted already", deleter.DeleteResource(ctx, made.ID), sdk.NotFound)
}

func deleteUnknownResource(ctx context.Context, s *subject) error {
	return wrongCode("DeleteResource of an id that does not exist",
		s.Backend.(sdk.ResourceDeleter).DeleteResource(ctx, "sdktest-no-such-id"), sdk.NotFound)
}
