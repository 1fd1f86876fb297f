package inventory

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// TestWhatLeftDuringACallStaysAway has an object leave the view after the backend
// has carried a write out and before its result is back. Nothing would ever take
// it away again.
func TestWhatLeftDuringACallStaysAway(t *testing.T) {
	removeByFeed := func(t *testing.T, _ *Service, sink backend.Sink, id o2.ID) {
		must(t, sink.Delete(o2.KindResourcePool, []o2.ID{id}))
	}
	removeByUs := func(t *testing.T, s *Service, _ backend.Sink, id o2.ID) {
		must(t, s.ResourcePools().Delete(t.Context(), defaultScope, id))
	}
	removeBySnapshot := func(t *testing.T, _ *Service, sink backend.Sink, _ o2.ID) {
		must(t, sendSnapshot(sink))
	}
	made := pool(20, "b", func(p *o2.ResourcePool) { p.Revision = 10 })
	tests := map[string]struct {
		meanwhile func(t *testing.T, s *Service, sink backend.Sink, id o2.ID)
		// before are the pools that the feed puts while a create is under way.
		before *o2.ResourcePool
		update bool
		stays  bool
	}{
		"updated, then deleted by others":            {meanwhile: removeByFeed, update: true},
		"updated, then deleted through us":           {meanwhile: removeByUs, update: true},
		"updated, then absent from a snapshot":       {meanwhile: removeBySnapshot, update: true},
		"created, seen, then deleted by others":      {meanwhile: removeByFeed, before: made},
		"created, seen, then deleted through us":     {meanwhile: removeByUs, before: made},
		"created, seen, then absent from a snapshot": {meanwhile: removeBySnapshot, before: made},
		"created where an older one was deleted": {
			meanwhile: removeByFeed, stays: true,
			before: pool(20, "b", func(p *o2.ResourcePool) { p.Name, p.Revision = "older", 9 }),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := service()
				b, sinks := watching("b", pool(8, "b", func(p *o2.ResourcePool) { p.Revision = 5 }))
				attach(t, s, b, FeedConfig{})
				sink := <-sinks
				b.del = func(string) error { return nil }
				b.update = func(p *o2.ResourcePool) (*o2.ResourcePool, error) {
					changed := *p
					changed.Revision = 6
					o2.Seal(&changed)
					tt.meanwhile(t, s, sink, p.ID)
					return &changed, nil
				}
				b.create = func(o2.Object, backend.ResourceRefs) (o2.Object, error) {
					must(t, sink.Put([]o2.Object{tt.before}))
					tt.meanwhile(t, s, sink, tt.before.ID)
					return made, nil
				}
				id, want := rid(20), "p20"
				var item inventory.Item
				var err error
				if tt.update {
					id, want = rid(8), "new"
					item, err = s.ResourcePools().Update(t.Context(), defaultScope, id, inventory.ResourcePoolSpec{Name: "new"})
				} else {
					item, err = s.ResourcePools().Create(t.Context(), defaultScope, inventory.ResourcePoolSpec{Name: "new"})
				}
				if err != nil || string(item.Encoded(0)) != want {
					t.Fatalf("the write gives %v, %v", item, err)
				}
				_, _, err = s.Get(t.Context(), defaultScope, o2.KindResourcePool, id)
				if tt.stays && err != nil || !tt.stays && !errors.Is(err, inventory.ErrNotFound) {
					t.Errorf("then Get gives %v", err)
				}
				if v := s.shelf.view("b"); v.creates != 0 || len(v.departed) != 0 {
					t.Errorf("%d creates and %d departures are remembered after the last call", v.creates, len(v.departed))
				}
			})
		})
	}
}

// TestCreateInAPool has a resource get a tenant that its pool's backend takes.
func TestCreateInAPool(t *testing.T) {
	one, many := func(*Config) {}, multiTenant
	for name, tt := range map[string]struct {
		mode   func(*Config)
		caller scope.Scope
		pool   string
		want   string
	}{
		"one tenant, a pool of nobody's":             {one, defaultScope, "", scope.DefaultTenant},
		"one tenant, a pool that the backend labels": {one, defaultScope, "acme", "acme"},
		"many tenants, the caller's own":             {many, scope.New(scope.Identity{Tenant: "acme"}), "acme", "acme"},
		"many tenants, the platform in a tenant's":   {many, platform, "acme", "acme"},
		"many tenants, the platform in its own":      {many, platform, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := service(tt.mode)
				typ := resourceType(90, "b")
				typ.Tenant = tt.pool
				o2.Seal(typ)
				b, _ := watching("b", typ, pool(8, "b", func(p *o2.ResourcePool) { p.Tenant = tt.pool }))
				var got string
				b.create = func(o o2.Object, _ backend.ResourceRefs) (o2.Object, error) {
					got = o.Head().Tenant
					return resource(21, owned(got)), nil
				}
				attach(t, s, b, FeedConfig{})
				_, err := s.Resources().Create(t.Context(), tt.caller, inventory.ResourceSpec{ResourcePoolID: rid(8), ResourceTypeID: rid(90)})
				if err != nil || got != tt.want {
					t.Errorf("the backend was asked for one of %q (%v), want %q", got, err, tt.want)
				}
			})
		})
	}
}
