package main

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/netweave/netweave/sdk"
)

func wantError(t *testing.T, err error, code sdk.Code, text string) {
	t.Helper()
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok || e.Code != code || e.Message != text {
		t.Errorf("got %v, want %s: %s", err, code, text)
	}
}

// count tells how many resources of a type a pool has.
func count(t *testing.T, b *backend, pool, typeID string) int {
	t.Helper()
	n := 0
	for _, r := range resources(t, b) {
		if r.ResourcePoolID == pool && r.ResourceTypeID == typeID {
			n++
		}
	}
	return n
}

func TestReplicasScaleAPool(t *testing.T) {
	b := newTestBackend(t, Config{})
	pool, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{
		Meta: sdk.Meta{Name: "mine", Extensions: map[string]any{"replicas": json.Number("3"), "owner": "me"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, b, pool.ID, "compute-server"); n != 3 {
		t.Fatalf("%d servers, want 3", n)
	}
	card, err := b.CreateResource(t.Context(), &sdk.Resource{
		ResourcePoolID: pool.ID, ResourceTypeID: "accelerator-card", ParentID: lastServer(t, b, pool.ID),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		replicas      any
		servers, card int
	}{
		{json.Number("3"), 3, 1}, // unchanged
		{json.Number("1"), 1, 0}, // the youngest go, and the card with its server
		{5, 5, 0},
		{0.0, 0, 0},
	} {
		pool.Extensions["replicas"] = step.replicas
		updated, err := b.UpdateResourcePool(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		if s, c := count(t, b, pool.ID, "compute-server"), count(t, b, pool.ID, card.ResourceTypeID); s != step.servers || c != step.card {
			t.Errorf("replicas %v: %d servers and %d cards, want %d and %d", step.replicas, s, c, step.servers, step.card)
		}
		if updated.Extensions["owner"] != "me" {
			t.Errorf("the extensions are %v", updated.Extensions)
		}
	}
}

func lastServer(t *testing.T, b *backend, pool string) string {
	t.Helper()
	last := ""
	for _, r := range resources(t, b) {
		if r.ResourcePoolID == pool && r.ResourceTypeID == "compute-server" {
			last = r.ID
		}
	}
	return last
}

func TestWritesRefuse(t *testing.T) {
	b := newTestBackend(t, Config{Tenants: []string{"north", "south"}})
	first := pools(t, b, "north")[0]
	meta := func(name string, ext map[string]any) *sdk.ResourcePool {
		return &sdk.ResourcePool{Meta: sdk.Meta{Name: name, Tenant: "north", Extensions: ext}}
	}
	create := func(p *sdk.ResourcePool) error { _, err := b.CreateResourcePool(t.Context(), p); return err }
	update := func(change func(*sdk.ResourcePool)) error {
		p, err := b.GetResourcePool(t.Context(), first.ID)
		if err != nil {
			t.Fatal(err)
		}
		change(p)
		_, err = b.UpdateResourcePool(t.Context(), p)
		return err
	}
	add := func(r *sdk.Resource) error { _, err := b.CreateResource(t.Context(), r); return err }
	server := lastServer(t, b, first.ID)
	other := lastServer(t, b, pools(t, b, "south")[0].ID)

	wantError(t, create(meta("", nil)), sdk.Invalid, "a resource pool needs a name")
	wantError(t, create(meta(first.Name, nil)), sdk.Conflict, `there is a resource pool named "ams-1-edge-01" already`)
	wantError(t, create(&sdk.ResourcePool{Meta: sdk.Meta{Name: "x"}, OCloudID: "theirs"}), sdk.Invalid, `oCloudId is "theirs": leave it out or set it to "mock-ocloud"`)
	wantError(t, create(meta("x", map[string]any{"replicas": "3"})), sdk.Invalid, "extensions.replicas is 3: it must be a whole number from 0 to 10000")
	wantError(t, create(meta("x", map[string]any{"replicas": json.Number("1.5")})), sdk.Invalid, "extensions.replicas is 1.5: it must be a whole number from 0 to 10000")
	wantError(t, create(meta("x", map[string]any{"mock.site": "ams-1"})), sdk.Invalid, `extensions.mock.site cannot be set: keys that start with "mock." are what the cloud reports`)
	wantError(t, update(func(p *sdk.ResourcePool) { p.Extensions["mock.site"] = "ham-1" }), sdk.Invalid, `extensions.mock.site cannot be set: keys that start with "mock." are what the cloud reports`)
	wantError(t, update(func(p *sdk.ResourcePool) { p.Tenant = "south" }), sdk.Invalid, "the tenant of a pool cannot be changed")
	wantError(t, update(func(p *sdk.ResourcePool) { p.Name = pools(t, b, "north")[1].Name }), sdk.Conflict, `there is a resource pool named "lyo-1-edge-01" already`)
	wantError(t, add(&sdk.Resource{ResourcePoolID: first.ID, ResourceTypeID: "toaster"}), sdk.Invalid, `there is no resource type "toaster": "compute-server" is one`)
	wantError(t, add(&sdk.Resource{ResourcePoolID: "nowhere", ResourceTypeID: "compute-server"}), sdk.Invalid, `there is no resource pool "nowhere" to create the resource in`)
	wantError(t, add(&sdk.Resource{Meta: sdk.Meta{Tenant: "south"}, ResourcePoolID: first.ID, ResourceTypeID: "compute-server"}), sdk.Invalid, "a resource belongs to the tenant of its pool")
	const parent = " cannot be the parent: only a compute-server carries others, of types accelerator-card and smart-nic, in its own pool"
	wantError(t, add(&sdk.Resource{ResourcePoolID: first.ID, ResourceTypeID: "smart-nic", ParentID: other}), sdk.Invalid, `"`+other+`"`+parent)
	wantError(t, add(&sdk.Resource{ResourcePoolID: first.ID, ResourceTypeID: "compute-server", ParentID: server}), sdk.Invalid, `"`+server+`"`+parent)

	// Another tenant may use the name, and a pool keeps its own.
	if err := create(&sdk.ResourcePool{Meta: sdk.Meta{Name: first.Name, Tenant: "south"}}); err != nil {
		t.Error(err)
	}
	if err := update(func(*sdk.ResourcePool) {}); err != nil {
		t.Error(err)
	}
	// What was read before the cloud locked the pool may be sent back.
	if err := update(func(p *sdk.ResourcePool) { p.Extensions["mock.adminState"] = "locked" }); err != nil {
		t.Error(err)
	}
	if p, err := b.GetResourcePool(t.Context(), first.ID); err != nil || p.Extensions["mock.adminState"] != "unlocked" {
		t.Errorf("the pool is %+v, %v: an update must not lock it", p, err)
	}
}

func TestANewResourceInAPoolOfNobodys(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(1), ResourcesPerPool: number(3)})
	made, err := b.CreateResource(t.Context(), &sdk.Resource{
		Meta: sdk.Meta{Tenant: "default"}, ResourcePoolID: pools(t, b, "")[0].ID, ResourceTypeID: "compute-server",
	})
	if err != nil || made.Tenant != "default" {
		t.Errorf("made %+v, %v", made, err)
	}
}

func TestAPoolGoesWithItsResources(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(2), ResourcesPerPool: number(10)})
	doomed := pools(t, b, "")[0]
	if err := b.DeleteResourcePool(t.Context(), doomed.ID); err != nil {
		t.Fatal(err)
	}
	left := resources(t, b)
	if len(left) != 10 {
		t.Errorf("%d resources are left, want 10", len(left))
	}
	for _, r := range left {
		if r.ResourcePoolID == doomed.ID {
			t.Errorf("%s is still there", r.ID)
		}
	}
	dm, err := b.GetDeploymentManager(t.Context(), "manager-mock-ocloud")
	if err != nil || dm.Capacity["pools"] != 1 || dm.Capacity["resources"] != 10 || dm.Capacity["servers"] != 7 {
		t.Errorf("the sums are %v, %v", dm.Capacity, err)
	}
}

func TestAServerGoesWithItsCards(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(1), ResourcesPerPool: number(5)})
	all := resources(t, b)
	card := all[4]
	if card.ResourceTypeID != "accelerator-card" || card.ParentID != all[3].ID {
		t.Fatalf("the fifth resource is %+v", card)
	}
	if err := b.DeleteResource(t.Context(), card.ParentID); err != nil {
		t.Fatal(err)
	}
	_, err := b.GetResource(t.Context(), card.ID)
	wantError(t, err, sdk.NotFound, `there is no resource "`+card.ID+`"`)
	if n := len(resources(t, b)); n != 3 {
		t.Errorf("%d resources are left, want 3", n)
	}
}
