package sdktest

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

var poolChecks = []check{
	{name: "pools can be created", needs: []string{protocol.CapResourcePoolCreate}, writes: true, run: createPools},
	{name: "impossible pools are Invalid", needs: []string{protocol.CapResourcePoolCreate}, writes: true, run: refusePools},
	{name: "pools can be updated", needs: []string{protocol.CapResourcePoolCreate, protocol.CapResourcePoolUpdate}, writes: true, run: updatePools},
	{name: "a pool cannot be given to another tenant", needs: []string{protocol.CapResourcePoolCreate, protocol.CapResourcePoolUpdate}, writes: true, run: refuseOtherTenants},
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
	return s.eventually(ctx, func() error { return shows(ctx, s, made, nil, "CreateResourcePool") })
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
	updated, keys, err := s.updatePool(ctx, made.ID)
	if err != nil {
		return err
	}
	if updated.Tenant != made.Tenant {
		return fmt.Errorf("UpdateResourcePool of a pool of the tenant %q returned one of %q: a pool keeps its tenant", made.Tenant, updated.Tenant)
	}
	return s.eventually(ctx, func() error { return shows(ctx, s, updated, keys, "UpdateResourcePool") })
}

// updatePool updates a pool with what it is, and then with a change. It returns
// the changed pool and the extensions that the change was about.
func (s *subject) updatePool(ctx context.Context, id string) (updated *sdk.ResourcePool, keys []string, err error) {
	err = s.eventually(ctx, func() error {
		_, err := s.pools().one(ctx, id)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("GetResourcePool of the new pool failed: %w", err)
	}
	// The pool may change between reading and writing it.
	err = again(func() error {
		updated, keys, err = s.updatePoolOnce(ctx, id)
		return err
	})
	return updated, keys, err
}

func (s *subject) updatePoolOnce(ctx context.Context, id string) (*sdk.ResourcePool, []string, error) {
	current, err := s.pools().one(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	before := current.(*sdk.ResourcePool)
	updater := s.Backend.(sdk.ResourcePoolUpdater)
	unchanged, err := updater.UpdateResourcePool(ctx, clonePool(before))
	if err != nil {
		return nil, nil, fmt.Errorf("UpdateResourcePool with exactly what GetResourcePool had returned failed: %w (what comes back unchanged must be accepted)", err)
	}
	if err := sound("UpdateResourcePool", unchanged); err != nil {
		return nil, nil, err
	}
	next := clonePool(unchanged)
	next.Extensions = maps.Clone(unchanged.Extensions)
	s.change(next)
	updated, err := updater.UpdateResourcePool(ctx, clonePool(next))
	if err != nil {
		return nil, nil, fmt.Errorf("UpdateResourcePool of %q failed: %w (set Options.ChangeResourcePool if the change is not one that the backend can make)", id, err)
	}
	if err := sound("UpdateResourcePool", updated); err != nil {
		return nil, nil, err
	}
	if updated.ID != id {
		return nil, nil, fmt.Errorf("UpdateResourcePool of %q returned %s", id, called(updated))
	}
	keys := changedKeys(unchanged, next)
	where, err := looksLike(next, updated, keys)
	if err != nil {
		return nil, nil, err
	}
	if where != "" {
		return nil, nil, fmt.Errorf("UpdateResourcePool did not make the pool look as asked: %s", where)
	}
	return updated, keys, nil
}

// refuseOtherTenants has a pool updated for a tenant whose it is not.
func refuseOtherTenants(ctx context.Context, s *subject) (err error) {
	_, made, drop, err := s.createPool(ctx)
	if drop != nil {
		defer func() { err = errors.Join(err, drop()) }()
	}
	if err != nil || made.Tenant == "" {
		return err // without a tenant it is whose netweave says it is
	}
	var before sdk.Object
	err = s.eventually(ctx, func() error {
		before, err = s.pools().one(ctx, made.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("GetResourcePool of the new pool failed: %w", err)
	}
	theirs := clonePool(before.(*sdk.ResourcePool))
	theirs.Tenant = made.Tenant + "-another"
	_, err = s.Backend.(sdk.ResourcePoolUpdater).UpdateResourcePool(ctx, theirs)
	if err := wrongCode("UpdateResourcePool of another tenant's pool", err, sdk.Invalid, sdk.NotFound); err != nil {
		return err
	}
	after, err := s.pools().one(ctx, made.ID)
	if err == nil && after.(*sdk.ResourcePool).Tenant != made.Tenant {
		err = fmt.Errorf("UpdateResourcePool gave a pool of the tenant %q to %q", made.Tenant, after.(*sdk.ResourcePool).Tenant)
	}
	return err
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

// shows complains unless Get and the list have a pool as a write returned it.
func shows(ctx context.Context, s *subject, pool *sdk.ResourcePool, keys []string, method string) error {
	k := s.pools()
	got, err := k.one(ctx, pool.ID)
	if err != nil {
		return fmt.Errorf("%s returned %s, but %s of it failed: %w", method, called(pool), k.getName(), err)
	}
	where, err := looksLike(pool, got.(*sdk.ResourcePool), keys)
	if err != nil {
		return err
	}
	if where != "" {
		return fmt.Errorf("%s and %s do not agree on %s: %s", method, k.getName(), called(pool), where)
	}
	listed, err := k.byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	if listed[pool.ID] == nil {
		return fmt.Errorf("%s returned %s, but %s does not yield it", method, called(pool), k.listName())
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
		return fmt.Errorf("%s still yields %q after %s: a delete must show within Options.Settle", k.listName(), id, method)
	}
	return nil
}
