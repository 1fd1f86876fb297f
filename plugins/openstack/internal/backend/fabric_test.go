package backend

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/sdk"
)

// TestEachHostHasOnePool orders aggregates in both ways.
func TestEachHostHasOnePool(t *testing.T) {
	zone := "z1"
	aggregates := []api.Aggregate{
		{ID: 1, UUID: "old", Hosts: []string{"a", "b"}},
		{ID: 2, UUID: "zoned", Zone: &zone, Hosts: []string{"b", "c"}},
		{ID: 3, UUID: "zoned-later", Zone: &zone, Hosts: []string{"c"}},
	}
	services := []api.Service{{Host: "a", Zone: "nova"}, {Host: "b", Zone: "z1"}, {Host: "c", Zone: "z1"}, {Host: "d", Zone: "nova"}}
	want := map[string]string{"a": "old", "b": "zoned", "c": "zoned", "d": "zone:nova"}
	for range 2 {
		f := newFabric(aggregates, services)
		if !reflect.DeepEqual(f.homes, want) {
			t.Errorf("hosts belong to %v, want %v", f.homes, want)
		}
		aggregates[0], aggregates[2] = aggregates[2], aggregates[0]
	}
}

func TestServersArePlacedByWhereTheyAre(t *testing.T) {
	zone := "z1"
	f := newFabric([]api.Aggregate{
		{ID: 1, UUID: "one", Zone: &zone, Hosts: []string{"a", "b"}},
		{ID: 2, UUID: "two", Hosts: []string{"b"}},
	}, []api.Service{{Host: "a", Zone: "z1"}, {Host: "b", Zone: "z1"}, {Host: "c", Zone: "nova"}})
	for _, c := range []struct{ host, noted, want string }{
		{"a", "", "one"},
		{"b", "", "one"},
		{"b", "two", "two"}, // created there
		{"a", "two", "one"}, // moved since
		{"", "two", "two"},  // not placed yet
		{"", "gone", ""},    // nor will it be
		{"c", "one", "zone:nova"},
		{"", "zone:nova", "zone:nova"},
		{"nowhere", "", ""},
	} {
		s := api.Server{Metadata: map[string]string{poolKey: c.noted}}
		s.Host.Value = c.host
		if got := f.serverPool(&s); got != c.want {
			t.Errorf("on %q, made in %q: %q, want %q", c.host, c.noted, got, c.want)
		}
	}
}

// TestFewCalls counts what two readings of a cloud take.
func TestFewCalls(t *testing.T) {
	const hosts = 50
	cloud := newCloud(t, hosts, 500)
	b, _ := cloud.backend(t)
	read := func() int {
		t.Helper()
		before := cloud.total()
		if got, err := ids(b.ListResources(t.Context(), sdk.ListOptions{})); len(got) != hosts+500 || err != nil {
			t.Fatalf("%d resources, %v", len(got), err)
		}
		return cloud.total() - before
	}
	// Aggregates, services, hypervisors, flavors, servers and providers; servers
	// fill a page, so that another is asked for.
	const lists = 7
	if n := read(); n != lists+2*hosts {
		t.Errorf("%d requests at first, want %d", n, lists+2*hosts)
	}
	if n := read(); n != lists+2*rolling {
		t.Errorf("%d requests when nothing changed, want %d", n, lists+2*rolling)
	}
	cloud.mu.Lock()
	for i := range 20 {
		cloud.providers[i]["generation"] = 2
	}
	cloud.mu.Unlock()
	if n := read(); n != lists+2*(20+rolling) {
		t.Errorf("%d requests when 20 changed, want %d", n, lists+2*(20+rolling))
	}
	before := cloud.total()
	if _, err := ids(b.ListResourcePools(t.Context(), sdk.ListOptions{})); err != nil || cloud.total()-before != 2 {
		t.Errorf("%v, %d requests for pools, want 2", err, cloud.total()-before)
	}
}

func TestCapacity(t *testing.T) {
	cloud := newCloud(t, 3, 1)
	// A provider of its own below a hypervisor counts as the hypervisor's.
	cloud.providers = append(cloud.providers, map[string]any{"uuid": uuid('d', 1), "name": "numa", "generation": 1, "root_provider_uuid": uuid('a', 0)})
	b, _ := cloud.backend(t)
	h, err := b.GetResource(t.Context(), uuid('a', 0))
	if err != nil {
		t.Fatal(err)
	}
	want := `map[MEMORY_MB:map[allocationRatio:1 capacity:32000 reserved:768 total:32768] VCPU:map[allocationRatio:4 capacity:56 reserved:2 total:16]]`
	if got := fmt.Sprint(h.Extensions["openstack.inventory"]); got != want {
		t.Errorf("inventory %s, want %s", got, want)
	}
	if got := fmt.Sprint(h.Volatile["openstack.usage"]); got != "map[MEMORY_MB:2048 VCPU:4]" {
		t.Errorf("usage %s", got)
	}
	m, err := b.GetDeploymentManager(t.Context(), "region:R1")
	if err != nil || fmt.Sprint(m.Capacity) != "map[hypervisors:3 memoryMb:64000 vcpus:112]" || m.ServiceURI != cloud.URL+"/compute/v2.1/" {
		t.Errorf("capacity %v of %s, %v", m.Capacity, m.ServiceURI, err)
	}
	if h.Tenant != "north" || h.ResourcePoolID != uuid('b', 1) {
		t.Errorf("the hypervisor is %q's, in %q", h.Tenant, h.ResourcePoolID)
	}
}

func TestServersOfFlavorsThatAreGone(t *testing.T) {
	cloud := newCloud(t, 3, 3)
	cloud.servers[0]["flavor"] = map[string]any{"original_name": "gone", "vcpus": 1}
	cloud.servers[1]["flavor"] = map[string]any{"original_name": "small", "vcpus": 2, "ram": 512, "disk": 1} // made anew since, of another size
	cloud.servers[2]["metadata"] = map[string]string{"o2ims.oran.org:extensions": `{"a": 1, "openstack.host": "lie"}`, "db_password": "x", "role": "db"}
	b, _ := cloud.backend(t)
	for i, want := range []string{serverType, serverType, "f-small"} {
		r, err := b.GetResource(t.Context(), uuid('c', i))
		if err != nil || r.ResourceTypeID != want || r.ParentID != uuid('a', i) {
			t.Errorf("server %d: %+v, %v", i, r, err)
		}
		if i == 2 && (r.Extensions[hostExt] != host(2) || fmt.Sprint(r.Extensions["a"]) != "1" || fmt.Sprint(r.Extensions[metadataExt]) != "map[role:db]") {
			t.Errorf("extensions %v", r.Extensions)
		}
	}
}
