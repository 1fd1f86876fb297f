package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

func newTestBackend(t *testing.T, cfg Config) *backend {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b := newBackend(cfg)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func pools(t *testing.T, b *backend, tenant string) []*sdk.ResourcePool {
	t.Helper()
	var all []*sdk.ResourcePool
	for p, err := range b.ListResourcePools(t.Context(), sdk.ListOptions{Tenant: tenant}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func resources(t *testing.T, b *backend) []*sdk.Resource {
	t.Helper()
	var all []*sdk.Resource
	for r, err := range b.ListResources(t.Context(), sdk.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func TestEqualSeedsGiveEqualClouds(t *testing.T) {
	one, same, other := newTestBackend(t, Config{}), newTestBackend(t, Config{Seed: number(uint64(1))}), newTestBackend(t, Config{Seed: number(uint64(2))})
	if !reflect.DeepEqual(timeless(resources(t, one)), timeless(resources(t, same))) ||
		!reflect.DeepEqual(timeless(pools(t, one, "")), timeless(pools(t, same, ""))) {
		t.Error("equal seeds gave different clouds")
	}
	ids := map[string]bool{}
	for _, r := range resources(t, one) {
		ids[r.ID] = true
	}
	for _, r := range resources(t, other) {
		if ids[r.ID] {
			t.Errorf("another seed gave the id %s again", r.ID)
		}
	}
	// Ids are a promise to those who stored them: they must not change with the code.
	if got := []string{pools(t, one, "")[0].ID, pools(t, one, "")[0].Name, resources(t, one)[0].ID}; !reflect.DeepEqual(got, []string{"pool-3a9e8109", "ams-1-edge-01", "srv-61b2db395c6f"}) {
		t.Errorf("the first pool and resource are %v", got)
	}
}

// timeless takes out what depends on when a cloud was made.
func timeless[T sdk.Object](objects []T) []T {
	for _, o := range objects {
		o.Common().Revision, o.Common().Volatile = 0, nil
		if p, ok := any(o).(*sdk.ResourcePool); ok {
			p.Health, p.Metrics = nil, nil
		}
	}
	return objects
}

// A plugin that was started anew must not pass for an older state of itself.
func TestRevisionsOutliveARestart(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	before := newCloud(1, "x", revisionBase(at))
	before.build(size{pools: 10, perPool: 1000}, nil)
	after := newCloud(1, "x", revisionBase(at.Add(time.Second)))
	after.build(size{pools: 1, perPool: 1}, nil)
	for id, p := range after.pools {
		if p.revision <= before.revision {
			t.Errorf("%s has the revision %d after a restart, and there was %d before", id, p.revision, before.revision)
		}
	}
}

func TestSizes(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg              Config
		pools, resources int
	}{
		"as it comes": {Config{}, 6, 240},
		"per pool":    {Config{Pools: number(3), ResourcesPerPool: number(7)}, 3, 21},
		"in all":      {Config{Pools: number(7), Resources: number(100)}, 7, 100},
		"empty pools": {Config{Pools: number(2), ResourcesPerPool: number(0)}, 2, 0},
		"nothing":     {Config{Pools: number(0)}, 0, 0},
		"many":        {Config{Pools: number(100), Resources: number(100_000)}, 100, 100_000},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTestBackend(t, tc.cfg)
			if p, r := len(pools(t, b, "")), len(resources(t, b)); p != tc.pools || r != tc.resources {
				t.Errorf("%d pools and %d resources, want %d and %d", p, r, tc.pools, tc.resources)
			}
		})
	}
}

func TestEveryPoolHasAServer(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(9), Resources: number(10)})
	with := map[string]bool{}
	for _, r := range resources(t, b) {
		if r.ResourceTypeID == "compute-server" {
			with[r.ResourcePoolID] = true
		}
	}
	if len(with) != 9 {
		t.Errorf("%d of 9 pools have a server", len(with))
	}
	rt, err := b.GetResourceType(t.Context(), "compute-server")
	if err != nil || rt.Name != "compute-server" || rt.ResourceClass != sdk.ResourceClassCompute {
		t.Errorf("got %+v, %v", rt, err)
	}
}

func TestTenantsTakeTurns(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(5), Tenants: []string{"north", "south"}})
	if n, s := len(pools(t, b, "north")), len(pools(t, b, "south")); n != 3 || s != 2 {
		t.Errorf("north has %d pools and south %d, want 3 and 2", n, s)
	}
	owner := map[string]string{}
	for _, p := range pools(t, b, "") {
		owner[p.ID] = p.Tenant
	}
	for _, r := range resources(t, b) {
		if r.Tenant != owner[r.ResourcePoolID] {
			t.Fatalf("%s belongs to %q and its pool to %q", r.ID, r.Tenant, owner[r.ResourcePoolID])
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		raw  string
		want []string
	}{
		"negative": {`{"pools": -1}`, []string{"pools is -1: it must be from 0 to 10000"}},
		"too many": {`{"pools": 10000, "resourcesPerPool": 101}`, []string{"pools times resourcesPerPool is 1010000: at most 1000000 resources can be made up"}},
		"both":     {`{"resources": 5, "resourcesPerPool": 5}`, []string{"resources and resourcesPerPool are both set: set one of them"}},
		"homeless": {`{"resources": 5, "pools": 0}`, []string{"resources is set and pools is 0: resources live in pools"}},
		"alarms": {`{"alarms": {"active": 10001, "clearing": "never"}}`, []string{
			"alarms.active is 10001: it must be from 0 to 10000",
			`alarms.clearing is "never": it must be mixed, automatic or manual`,
		}},
		"locations": {`{"locations": ["a", "", "a"]}`, []string{
			`locations holds "": each must be there once, with 1 to 256 bytes`,
			`locations holds "a": each must be there once, with 1 to 256 bytes`,
		}},
		"nameless tenant": {`{"tenants": ["a", ""]}`, []string{"tenants holds an empty name: remove it"}},
		"several": {`{"churn": -1, "faults": {"latency": "-1s", "failRate": 1.5}}`, []string{
			"churn is -1: it must be from 0 to 10000 changes a second",
			"faults.latency is -1s: it must not be negative",
			"faults.failRate is 1.5: it must be from 0 to 1",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var cfg Config
			if err := json.Unmarshal([]byte(tc.raw), &cfg); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(cfg.Validate()); got != strings.Join(tc.want, "\n") {
				t.Errorf("got  %s\nwant %s", got, strings.Join(tc.want, "\n"))
			}
		})
	}
}

// Whatever churns, what refers to something refers to something, numbers and
// sums agree, and each change is a change of one object that a user can see.
func TestChurnKeepsTheCloudWhole(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(4), ResourcesPerPool: number(22)})
	c := b.cloud
	before := map[string]string{}
	for _, r := range resources(t, b) {
		before[r.ID] = fmt.Sprint(r.Extensions)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	kinds := map[string]int{}
	for range 5000 {
		c.mu.Lock()
		revision := c.revision
		c.changeLocked(dice, 88)
		if c.revision != revision+1 {
			t.Errorf("one change took %d revisions", c.revision-revision)
		}
		c.mu.Unlock()
	}
	after := map[string]*sdk.Resource{}
	servers := map[string]int{}
	for _, r := range resources(t, b) {
		after[r.ID] = r
		if r.ResourceTypeID == "compute-server" {
			servers[r.ResourcePoolID]++
		}
	}
	for id, r := range after {
		if r.ParentID != "" && (after[r.ParentID] == nil || after[r.ParentID].ResourcePoolID != r.ResourcePoolID) {
			t.Errorf("%s has the parent %s, which is not in its pool", id, r.ParentID)
		}
		switch {
		case before[id] == "":
			kinds["added"]++
		case before[id] != fmt.Sprint(r.Extensions):
			kinds["changed"]++
		}
	}
	for id := range before {
		if after[id] == nil {
			kinds["removed"]++
		}
	}
	for _, p := range pools(t, b, "") {
		if servers[p.ID] == 0 || servers[p.ID] != c.servers[p.ID] {
			t.Errorf("%s has %d servers and counts %d", p.ID, servers[p.ID], c.servers[p.ID])
		}
	}
	if kinds["added"] == 0 || kinds["changed"] == 0 || kinds["removed"] == 0 {
		t.Errorf("after 5000 changes: %v", kinds)
	}
	if n := len(after); n < 80 || n > 90 {
		t.Errorf("there were 88 resources and there are %d", n)
	}
}

func TestFaults(t *testing.T) {
	b := newTestBackend(t, Config{Faults: Faults{FailRate: 0.5}})
	failed := 0
	for range 1000 {
		err := b.Health(t.Context())
		if e, ok := errors.AsType[*sdk.Error](err); ok && e.Code == sdk.Unavailable {
			failed++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if failed < 400 || failed > 600 {
		t.Errorf("%d of 1000 calls failed, half should have", failed)
	}

	slow := newTestBackend(t, Config{Faults: Faults{Latency: sdk.Duration(20 * time.Millisecond)}})
	start := time.Now()
	if err := slow.Health(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 20*time.Millisecond {
		t.Errorf("a call took %v and should have waited 20ms", took)
	}
}
