package sdktest

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

var poolChecks = []check{
	{name: "pools can be created", needs: []string{protocol.CapResourcePoolCreate}, writes: true, run: createPools},
	{name: "impossible pools are Invalid", needs: []string{protocol.CapResourcePoolCreate}, writes: true, run: refusePools},
	{name: "pools can be updated", needs: []string{protocol.CapResourcePoolCreate, protocol.CapResourcePoolUpdate}, writes: true, run: updatePools},
	{name: "updating an unknown pool is NotFound", needs: []string{protocol.CapResourcePoolUpdate}, writes: true, run: updateUnknownPool},
	{name: "pools can be deleted", needs: []string{protocol.CapResourcePoolCreate, protocol.CapResourcePoolDelete}, writes: true, run: deletePools},
	{name: "deleting an unknown pool is NotFound", needs: []string{protocol.CapResourcePoolDelete}, writes: true, run: deleteUnknownPool},
}

func (s *subject) pools() kindMethods {
	return methods(sdk.KindResourcePool, s.ListResourcePools, s.GetResourcePool)
}

func createPools(ctx context.Context, s *subject) (err error) {
	before, err := s.pools().byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	want, made, drop, err := s.createPool(ctx)
	if drop != nil {
		defer func() { err = errors.Join(err, drop()) }()
	}
	switch {
	case err != nil:
		return err
	case before[made.ID] != nil:
		return fmt.Errorf("CreateResourcePool returned the id %q, which another pool had already", made.ID)
	case made.Name != want.Name:
		return fmt.Errorf("CreateResourcePool was asked for the name %q and returned %q", want.Name, made.Name)
	case want.Tenant != "" && made.Tenant != want.Tenant:
		return fmt.Errorf("CreateResourcePool was asked for the tenant %q and returned %q: a pool must belong to whom it was created for", want.Tenant, made.Tenant)
	}
	return s.eventually(ctx, func() error { return shows(ctx, s.pools(), made, "CreateResourcePool") })
}

func refusePools(ctx context.Context, s *subject) error {
	wrong := s.options.InvalidResourcePool
	if wrong == nil {
		wrong = &sdk.ResourcePool{}
	}
	made, err := s.Backend.(sdk.ResourcePoolCreator).CreateResourcePool(ctx, clonePool(wrong))
	if err == nil && made != nil {
		err := s.dropper(protocol.CapResourcePoolDelete, func(ctx context.Context) error {
			return s.Backend.(sdk.ResourcePoolDeleter).DeleteResourcePool(ctx, made.ID)
		})()
		return errors.Join(wrongCode("CreateResourcePool of an impossible pool", nil, sdk.Invalid), err)
	}
	return wrongCode("CreateResourcePool of an impossible pool", err, sdk.Invalid)
}

func updatePools(ctx context.Context, s *subject) (err error) {
	_, made, drop, err := s.createPool(ctx)
	if drop != nil {
		defer func() { err = errors.Join(err, drop()) }()
	}
	if err != nil {
		return err
	}
	var current sdk.Object
	err = s.eventually(ctx, func() (err error) {
		current, err = s.pools().one(ctx, made.ID)
		return err
	})
	if err != nil {
		return err
	}
	updater := s.Backend.(sdk.ResourcePoolUpdater)
	if _, err := updater.UpdateResourcePool(ctx, clonePool(current.(*sdk.ResourcePool))); err != nil {
		return fmt.Errorf("UpdateResourcePool with exactly what GetResourcePool had returned failed: %w (what comes back unchanged must be accepted)", err)
	}
	next := clonePool(current.(*sdk.ResourcePool))
	s.change(next)
	updated, err := updater.UpdateResourcePool(ctx, clonePool(next))
	if err != nil {
		return fmt.Errorf("UpdateResourcePool of %q failed: %w (set Options.ChangeResourcePool if the change is not one that the backend can make)", made.ID, err)
	}
	if err := sound("UpdateResourcePool", updated); err != nil {
		return err
	}
	if updated.ID != made.ID {
		return fmt.Errorf("UpdateResourcePool of %q returned %s", made.ID, called(updated))
	}
	where, err := differs(next, updated)
	if err != nil {
		return err
	}
	if where != "" {
		return fmt.Errorf("UpdateResourcePool did not make the pool look as asked: %s", where)
	}
	return s.eventually(ctx, func() error { return shows(ctx, s.pools(), updated, "UpdateResourcePool") })
}

func updateUnknownPool(ctx context.Context, s *subject) error {
	pool, err := s.newPool(ctx)
	if err != nil {
		return err
	}
	pool.ID = "sdktest-no-such-id"
	_, err = s.Backend.(sdk.ResourcePoolUpdater).UpdateResourcePool(ctx, pool)
	return wrongCode("UpdateResourcePool of an id that does not exist", err, sdk.NotFound)
}

func deletePools(ctx context.Context, s *subject) error {
	_, made, drop, err := s.createPool(ctx)
	if err != nil {
		if drop != nil {
			err = errors.Join(err, drop())
		}
		return err
	}
	deleter := s.Backend.(sdk.ResourcePoolDeleter)
	if err := deleter.DeleteResourcePool(ctx, made.ID); err != nil {
		return fmt.Errorf("DeleteResourcePool of %q failed: %w", made.ID, err)
	}
	if err := s.eventually(ctx, func() error { return gone(ctx, s.pools(), made.ID, "DeleteResourcePool") }); err != nil {
		return err
	}
	return wrongCode("DeleteResourcePool of a pool that is deleted already", deleter.DeleteResourcePool(ctx, made.ID), sdk.NotFound)
}

func deleteUnknownPool(ctx context.Context, s *subject) error {
	return wrongCode("DeleteResourcePool of an id that does not exist",
		s.Backend.(sdk.ResourcePoolDeleter).DeleteResourcePool(ctx, "sdktest-no-such-id"), sdk.NotFound)
}

// sound checks an object that a method returned.
func sound(method string, o sdk.Object) error {
	if err := bridge.Check(o); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// shows complains unless Get and the list have o as a write returned it.
func shows(ctx context.Context, k kindMethods, o sdk.Object, method string) error {
	id := o.Common().ID
	got, err := k.one(ctx, id)
	if err != nil {
		return fmt.Errorf("%s returned %s, but %s of it failed: %w", method, called(o), k.getName(), err)
	}
	where, err := differs(o, got)
	if err != nil {
		return err
	}
	if where != "" {
		return fmt.Errorf("%s and %s do not agree on %s: %s", method, k.getName(), called(o), where)
	}
	listed, err := k.byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	if listed[id] == nil {
		return fmt.Errorf("%s returned %s, but %s does not yield it", method, called(o), k.listName())
	}
	return nil
}

// gone complains unless Get and the list have lost an id.
func gone(ctx context.Context, k kindMethods, id, method string) error {
	_, err := k.get(ctx, id)
	if err := wrongCode(fmt.Sprintf("%s(%q) after %s", k.getName(), id, method), err, sdk.NotFound); err != nil {
		return err
	}
	listed, err := k.byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	if listed[id] != nil {
		return fmt.Errorf("%s still yields %q after %s", k.listName(), id, method)
	}
	return nil
}
