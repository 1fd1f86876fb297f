package backendtest

import (
	"context"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

// unknown is a native id that no backend is expected to hold.
const unknown = "netweave-conformance-no-such-object"

// expect waits until a watch, or else a snapshot, shows what holds says.
func (c *checker) expect(r *recorder, what string, holds func(map[key]o2.Object) bool) {
	c.t.Helper()
	if c.can(backend.CapRealTimeEvents) {
		c.until(r, "the watch to show "+what, func(objects map[key]o2.Object, synced int) bool { return synced > 0 && holds(objects) })
	}
	if !holds(c.snapshot()) {
		c.t.Errorf("a snapshot does not show %s", what)
	}
}

// observe starts a watch where the backend can.
func (c *checker) observe() *recorder {
	r := newRecorder()
	if c.can(backend.CapRealTimeEvents) {
		stop := c.watching(r)
		c.t.Cleanup(func() { c.wantCode("Watch after its context was cancelled", stop(), context.Canceled) })
		c.until(r, "the watch's first snapshot", func(_ map[key]o2.Object, synced int) bool { return synced > 0 })
	}
	return r
}

func checkUnsupported(_ *testing.T, c *checker) {
	pool := &o2.ResourcePool{Header: o2.Header{NativeID: unknown, Name: "n"}}
	for capability, do := range map[string]func() error{
		backend.CapResourcePoolCreate: func() error { _, err := c.Backend.CreateResourcePool(c.ctx(), pool); return err },
		backend.CapResourcePoolUpdate: func() error { _, err := c.Backend.UpdateResourcePool(c.ctx(), pool); return err },
		backend.CapResourcePoolDelete: func() error { return c.Backend.DeleteResourcePool(c.ctx(), unknown) },
		backend.CapResourceCreate: func() error {
			_, err := c.Backend.CreateResource(c.ctx(), &o2.Resource{Header: o2.Header{Name: "n"}}, backend.ResourceRefs{})
			return err
		},
		backend.CapResourceDelete: func() error { return c.Backend.DeleteResource(c.ctx(), unknown) },
	} {
		if !c.can(capability) {
			c.wantCode("without the capability "+capability, do(), backend.ErrUnsupported)
		}
	}
}

func checkNotFound(_ *testing.T, c *checker) {
	if c.can(backend.CapResourcePoolUpdate) {
		_, err := c.Backend.UpdateResourcePool(c.ctx(), &o2.ResourcePool{Header: o2.Header{NativeID: unknown, Name: "n"}})
		c.wantCode("UpdateResourcePool of a pool that does not exist", err, backend.ErrNotFound)
	}
	if c.can(backend.CapResourcePoolDelete) {
		c.wantCode("DeleteResourcePool of a pool that does not exist", c.Backend.DeleteResourcePool(c.ctx(), unknown), backend.ErrNotFound)
	}
	if c.can(backend.CapResourceDelete) {
		c.wantCode("DeleteResource of a resource that does not exist", c.Backend.DeleteResource(c.ctx(), unknown), backend.ErrNotFound)
	}
}

func checkCancelledCall(_ *testing.T, c *checker) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.wantCode("Health with a cancelled context", c.Backend.Health(ctx), context.Canceled)
}

func checkPools(t *testing.T, c *checker) {
	if !c.can(backend.CapResourcePoolCreate) {
		t.Logf("%s cannot create pools", c.name)
		return
	}
	r := c.observe()
	spec := c.NewPool()
	asked := *spec
	made, err := c.Backend.CreateResourcePool(c.ctx(), spec)
	if err != nil {
		t.Fatalf("CreateResourcePool: %v", err)
	}
	if spec.ID != "" || spec.NativeID != "" || spec.Name != asked.Name || spec.Extensions != asked.Extensions {
		t.Error("CreateResourcePool changed the pool that it was given")
	}
	checkObject(t, c.name, made)
	if made.Name != spec.Name || made.Tenant != spec.Tenant {
		t.Errorf("the new pool is named %q of tenant %q, want %q of %q", made.Name, made.Tenant, spec.Name, spec.Tenant)
	}
	k := key{o2.KindResourcePool, made.ID}
	c.expect(r, "the new pool", func(objects map[key]o2.Object) bool { return objects[k] != nil })

	if c.can(backend.CapResourcePoolUpdate) {
		changed := *made
		changed.Description = "changed by the conformance suite"
		now, err := c.Backend.UpdateResourcePool(c.ctx(), &changed)
		if err != nil {
			t.Fatalf("UpdateResourcePool of what CreateResourcePool returned, with another description: %v", err)
		}
		checkObject(t, c.name, now)
		if now.ID != made.ID || now.Description != changed.Description {
			t.Errorf("the changed pool is %s with description %q, want %s with %q", now.ID, now.Description, made.ID, changed.Description)
		}
		c.expect(r, "the changed pool", func(objects map[key]o2.Object) bool {
			return objects[k] != nil && objects[k].Head().Description == changed.Description
		})
	}
	if c.can(backend.CapResourcePoolDelete) {
		if err := c.Backend.DeleteResourcePool(c.ctx(), made.NativeID); err != nil {
			t.Fatalf("DeleteResourcePool: %v", err)
		}
		c.expect(r, "that the pool is gone", func(objects map[key]o2.Object) bool { return objects[k] == nil })
		c.wantCode("DeleteResourcePool again", c.Backend.DeleteResourcePool(c.ctx(), made.NativeID), backend.ErrNotFound)
	}
}

func checkResources(t *testing.T, c *checker) {
	if !c.can(backend.CapResourceCreate) {
		t.Logf("%s cannot create resources", c.name)
		return
	}
	r := c.observe()
	spec, refs := c.NewResource()
	made, err := c.Backend.CreateResource(c.ctx(), spec, refs)
	if err != nil {
		t.Fatalf("CreateResource: %v", err)
	}
	checkObject(t, c.name, made)
	if want := o2.DeriveID(c.name, refs.TypeID); made.ResourceTypeID != want {
		t.Errorf("the new resource has type %q, want %q", made.ResourceTypeID, want)
	}
	if want := o2.DeriveID(c.name, refs.PoolID); refs.PoolID != "" && made.ResourcePoolID != want {
		t.Errorf("the new resource is in pool %q, want %q", made.ResourcePoolID, want)
	}
	k := key{o2.KindResource, made.ID}
	c.expect(r, "the new resource", func(objects map[key]o2.Object) bool { return objects[k] != nil })
	if c.can(backend.CapResourceDelete) {
		if err := c.Backend.DeleteResource(c.ctx(), made.NativeID); err != nil {
			t.Fatalf("DeleteResource: %v", err)
		}
		c.expect(r, "that the resource is gone", func(objects map[key]o2.Object) bool { return objects[k] == nil })
		c.wantCode("DeleteResource again", c.Backend.DeleteResource(c.ctx(), made.NativeID), backend.ErrNotFound)
	}
}
