package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/netweave/netweave/sdk"
)

func node(uid, zone string, version uint64) *Node {
	return &Node{Base: Base{Kind: PartNode, UID: uid, Name: uid, Version: version}, nodeFacts: nodeFacts{zone: zone, group: zone, instanceType: "m5"}}
}

func machine(uid, set, nodeName string, version uint64) *Machine {
	return &Machine{
		Base:         Base{Kind: PartMachine, UID: uid, Namespace: "ns", Name: uid, Version: version},
		machineFacts: machineFacts{pool: poolKey(PartMachineSet, "ns", set), nodeName: nodeName, instanceType: "m5"},
	}
}

func set(name string, version uint64) *MachinePool {
	return &MachinePool{Base: Base{Kind: PartMachineSet, UID: name + "-uid", Namespace: "ns", Name: name, Version: version}, poolFacts: poolFacts{instanceType: "m5", replicas: 1}}
}

// inventoryOf lists every noun: kind, id, and what it refers to.
func inventoryOf(m *Model) string {
	var lines []string
	for _, kind := range kinds {
		for noun := range m.List(kind, "") {
			line := fmt.Sprintf("%s %s", kind, noun.Common().ID)
			if r, ok := noun.(*sdk.Resource); ok {
				line += fmt.Sprintf(" type=%s pool=%s", r.ResourceTypeID, r.ResourcePoolID)
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func wantInventory(t *testing.T, m *Model, lines ...string) {
	t.Helper()
	if got, want := inventoryOf(m), strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const zoneGroup = corev1.LabelTopologyZone + "="

// TestJoin follows a machine from its creation to its Node's end, whichever part
// comes first.
func TestJoin(t *testing.T) {
	m := newModel(t)
	insert(m, set("a", 1), machine("m1", "a", "", 2))
	joinless := []string{"ResourceType m5", "ResourcePool a-uid", "Resource m1 type=m5 pool=a-uid"}
	wantInventory(t, m, joinless...)

	insert(m, node("n1", "z1", 3))
	wantInventory(t, m, "ResourceType m5", "ResourcePool a-uid", "ResourcePool "+zoneGroup+"z1", "Resource m1 type=m5 pool=a-uid", "Resource n1 type=m5 pool="+zoneGroup+"z1")

	insert(m, machine("m1", "a", "n1", 4))
	wantInventory(t, m, joinless...)
	if got := m.Get(Key{sdk.KindResource, "m1"}).Common().Name; got != "n1" {
		t.Errorf("the joined resource is called %q, want the Node's name n1", got)
	}

	m.Remove(from(PartNode), "n1")
	wantInventory(t, m, joinless...)
	insert(m, node("n1b", "z1", 6))
	insert(m, machine("m1", "a", "n1b", 7))
	m.Remove(from(PartMachine), "m1")
	wantInventory(t, m, "ResourceType m5", "ResourcePool a-uid", "ResourcePool "+zoneGroup+"z1", "Resource n1b type=m5 pool="+zoneGroup+"z1")
}

// TestJoinEvidence joins by what a Machine and a Node say of each other.
func TestJoinEvidence(t *testing.T) {
	for name, test := range map[string]struct {
		machine func(*Machine)
		node    func(*Node)
		joined  bool
	}{
		"status names the node":           {func(m *Machine) { m.nodeName = "n1" }, func(*Node) {}, true},
		"the uid is another":              {func(m *Machine) { m.nodeName, m.nodeUID = "n1", "other" }, func(*Node) {}, false},
		"the uid is the same":             {func(m *Machine) { m.nodeName, m.nodeUID = "n1", "n1" }, func(*Node) {}, true},
		"the provider id is another":      {func(m *Machine) { m.nodeName, m.providerID = "n1", "p1" }, func(n *Node) { n.providerID = "p2" }, false},
		"the provider id is the same":     {func(m *Machine) { m.providerID = "p1" }, func(n *Node) { n.providerID = "p1" }, true},
		"the annotation names it":         {func(*Machine) {}, func(n *Node) { n.machine = "ns/m1" }, true},
		"the annotation names another":    {func(m *Machine) { m.nodeName = "n1" }, func(n *Node) { n.machine = "ns/m2" }, false},
		"status names another node":       {func(m *Machine) { m.nodeName = "n2" }, func(n *Node) { n.machine = "ns/m1" }, false},
		"nothing speaks for it":           {func(*Machine) {}, func(*Node) {}, false},
		"same provider id, no annotation": {func(m *Machine) { m.providerID = "p1" }, func(n *Node) { n.providerID, n.machine = "p1", "ns/m1" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, nodeFirst := range []bool{true, false} {
				m := newModel(t)
				mc, n := machine("m1", "a", "", 1), node("n1", "z1", 2)
				test.machine(mc)
				test.node(n)
				if nodeFirst {
					insert(m, n, mc)
				} else {
					insert(m, mc, n)
				}
				if joined := m.Get(Key{sdk.KindResource, "n1"}) == nil; joined != test.joined {
					t.Errorf("node first %v: joined is %v, want %v", nodeFirst, joined, test.joined)
				}
			}
		})
	}
}

// TestTwoClaims gives a Node that two Machines claim to one, and to the other
// when the first gives it up.
func TestTwoClaims(t *testing.T) {
	m := newModel(t)
	insert(m, node("n1", "z1", 1), machine("m1", "a", "n1", 2), machine("m2", "a", "n1", 3))
	if target, _ := m.Target("m1"); target.Node != "n1" {
		t.Errorf("m1 has the Node %q, want n1", target.Node)
	}
	m.Remove(from(PartMachine), "m1")
	if target, _ := m.Target("m2"); target.Node != "n1" {
		t.Errorf("m2 has the Node %q after m1 went, want n1", target.Node)
	}
	wantInventory(t, m, "ResourceType m5", "ResourcePool "+zoneGroup+"z1", "Resource m2 type=m5 pool="+zoneGroup+"z1")
}

// TestTerminating hides what is being deleted, and its Node with it.
func TestTerminating(t *testing.T) {
	m := newModel(t)
	insert(m, set("a", 1), node("n1", "z1", 2), machine("m1", "a", "n1", 3))
	going := machine("m1", "a", "n1", 4)
	going.terminating = true
	insert(m, going)
	wantInventory(t, m, "ResourceType m5", "ResourcePool a-uid")
	pool := set("a", 5)
	pool.terminating = true
	insert(m, pool)
	wantInventory(t, m, "ResourceType m5")
	if m.Pool("a-uid") != nil {
		t.Error("a pool that is being deleted can be written to")
	}
}

// TestBesidePool counts a Machine that netweave made as the pool's, though the
// pool's controller does not.
func TestBesidePool(t *testing.T) {
	m := newModel(t)
	own := machine("m1", "a", "", 1)
	own.pool, own.poolID = "", "a-uid"
	insert(m, own, set("a", 2), machine("m2", "a", "", 3))
	wantInventory(t, m, "ResourceType m5", "ResourcePool a-uid", "Resource m1 type=m5 pool=a-uid", "Resource m2 type=m5 pool=a-uid")
	for id, managed := range map[string]bool{"m1": false, "m2": true} {
		target, ok := m.Target(id)
		if !ok || target.Pool == nil || target.Pool.Managed(target.Machine) != managed {
			t.Errorf("%s: %+v, want it in the pool and managed to be %v", id, target, managed)
		}
	}
	if got := m.PoolMachines("a-uid"); len(got) != 2 {
		t.Errorf("the pool has the machines %v, want both", got)
	}
}

func TestTenants(t *testing.T) {
	m := newModel(t)
	mine, theirs, free := node("n1", "z1", 1), node("n2", "z1", 2), node("n3", "z2", 3)
	mine.tenant, theirs.tenant, free.tenant = "north", "south", "north"
	insert(m, mine, theirs, free)
	ids := func(kind sdk.Kind, tenant string) (out []string) {
		for noun := range m.List(kind, tenant) {
			out = append(out, noun.Common().ID)
		}
		return out
	}
	for _, test := range []struct {
		kind   sdk.Kind
		tenant string
		want   []string
	}{
		{sdk.KindResource, "north", []string{"n1", "n3"}},
		{sdk.KindResource, "south", []string{"n2"}},
		{sdk.KindResource, "", []string{"n1", "n2", "n3"}},
		{sdk.KindResource, "nobody", nil},
		// A group that tenants share belongs to none of them.
		{sdk.KindResourcePool, "north", []string{zoneGroup + "z2"}},
		{sdk.KindResourcePool, "south", nil},
	} {
		if got := ids(test.kind, test.tenant); !slices.Equal(got, test.want) {
			t.Errorf("%s of %q: %q, want %q", test.kind, test.tenant, got, test.want)
		}
	}
	// The Machine's label counts before the Node's.
	mc := machine("m1", "a", "n2", 4)
	mc.tenant = "north"
	insert(m, mc)
	if got, want := ids(sdk.KindResource, "north"), []string{"m1", "n1", "n3"}; !slices.Equal(got, want) {
		t.Errorf("resources of north: %q, want %q", got, want)
	}
	if got := ids(sdk.KindResource, "south"); got != nil {
		t.Errorf("resources of south: %q, want none", got)
	}
}

func drained(m *Model, c *Changes) string {
	put, gone := m.Drain(c)
	var out []string
	for _, o := range put {
		out = append(out, "put "+o.Common().ID)
	}
	for _, key := range gone {
		out = append(out, "gone "+key.ID)
	}
	return strings.Join(out, ", ")
}

// TestChanges tells of what changed, in an order in which references resolve,
// and of nothing else.
func TestChanges(t *testing.T) {
	m := newModel(t)
	insert(m, node("n0", "z1", 1))
	changes, keys := m.Follow()
	if len(keys) != 3 {
		t.Errorf("Follow returned %v, want the type, the group and the Node", keys)
	}
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"a heartbeat", func() { insert(m, node("n0", "z1", 2)) }, ""},
		{"a new node", func() { n := node("n1", "z2", 3); n.instanceType = "c5"; insert(m, n) }, "put c5, put " + zoneGroup + "z2, put n1"},
		{"its zone", func() { n := node("n1", "z3", 4); n.instanceType = "c5"; insert(m, n) }, "put " + zoneGroup + "z3, put n1, gone " + zoneGroup + "z2"},
		{"its end", func() { m.Remove(from(PartNode), "n1") }, "gone n1, gone " + zoneGroup + "z3, gone c5"},
		{"an unknown end", func() { m.Remove(from(PartNode), "n9") }, ""},
		{"a volume", func() { insert(m, mapper.Volume(testVolume("fast"))) }, "put " + VolumeType + ", put pv-fast"},
		{"its class", func() { insert(m, mapper.StorageClass(testClass())) }, "put class-uid, put pv-fast, gone " + VolumeType},
	}
	for _, step := range steps {
		step.do()
		if got := drained(m, changes); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	m.Unfollow(changes)
	insert(m, node("n0", "z2", 9))
	if got := drained(m, changes); got != "" {
		t.Errorf("after Unfollow: %q, want nothing", got)
	}
}

// TestRevisions rise with every change of a noun, also when a part goes away or
// has a smaller version than the one before.
func TestRevisions(t *testing.T) {
	m := newModel(t)
	last := uint64(0)
	rises := func(what string) {
		t.Helper()
		now := m.Get(Key{sdk.KindResource, "m1"}).Common().Revision
		if now <= last {
			t.Errorf("%s: revision %d after %d", what, now, last)
		}
		last = now
	}
	insert(m, machine("m1", "a", "n1", 5))
	rises("created")
	insert(m, node("n1", "z1", 900))
	rises("joined")
	m.Remove(from(PartNode), "n1")
	rises("left")
	insert(m, machine("m1", "b", "n1", 6))
	rises("changed")
	if again := m.Get(Key{sdk.KindResource, "m1"}).Common().Revision; again != last {
		t.Errorf("read twice: revisions %d and %d, want the same", last, again)
	}
}

// TestLateWords keeps what a write returned against watch events and lists that
// were under way.
func TestLateWords(t *testing.T) {
	m := newModel(t)
	o := from(PartMachineSet)
	replicas := func() int64 { return m.Pool("a-uid").Replicas() }
	scaled := set("a", 20)
	scaled.replicas = 5
	insert(m, set("a", 10))
	m.Upsert(o, scaled)
	m.Observe(o, set("a", 15))
	if replicas() != 5 {
		t.Error("an older watch event undid a write")
	}
	m.Replace(o, []Part{set("a", 12)}, 15)
	if replicas() != 5 {
		t.Error("an older list undid a write")
	}
	m.Upsert(o, set("new", 30))
	m.Replace(o, []Part{scaled}, 25)
	if m.Pool("new-uid") == nil {
		t.Error("a list that began before a creation took the new pool away")
	}
	m.Replace(o, []Part{scaled}, 40)
	if m.Pool("new-uid") != nil {
		t.Error("a pool is left that a later list did not have")
	}
	m.Remove(o, "a-uid")
	m.Observe(o, set("a", 50))
	if m.Pool("a-uid") != nil {
		t.Error("a watch event brought a deleted pool back")
	}
}

// TestRestoredStore believes a list of an older version: the cluster's store was
// restored, and versions began again.
func TestRestoredStore(t *testing.T) {
	m := newModel(t)
	o := from(PartMachineSet)
	m.Replace(o, []Part{set("a", 900), set("b", 950)}, 1000)
	m.Remove(o, "a-uid")
	old := set("a", 400)
	old.replicas = 7
	m.Replace(o, []Part{old}, 500)
	if p := m.Pool("a-uid"); p == nil || p.Replicas() != 7 {
		t.Errorf("pool a is %+v, want the restored one with 7 replicas", p)
	}
	if m.Pool("b-uid") != nil {
		t.Error("pool b is left, which the restored store does not have")
	}
}

func TestForget(t *testing.T) {
	m := newModel(t)
	insert(m, set("a", 1), node("n1", "z1", 2), machine("m1", "a", "n1", 3))
	m.Forget(from(PartMachine))
	m.Forget(from(PartMachineSet))
	wantInventory(t, m, "ResourceType m5", "ResourcePool "+zoneGroup+"z1", "Resource n1 type=m5 pool="+zoneGroup+"z1")
	insert(m, set("a", 1), machine("m1", "a", "n1", 3))
	wantInventory(t, m, "ResourceType m5", "ResourcePool a-uid", "Resource m1 type=m5 pool=a-uid")
}

// TestCapacity gathers changes of the sums.
func TestCapacity(t *testing.T) {
	m := newModel(t)
	m.SetCluster(Cluster{ID: "c1", Name: "prod", Endpoint: "https://user:secret@api.prod:6443/?token=x", Version: "v1.37.2", Platform: "linux/amd64"})
	changes, _ := m.Follow()
	insert(m, mapper.Node(testNode()))
	two := testNode()
	two.UID, two.Name = types.UID("node-2"), "worker-2"
	insert(m, mapper.Node(two))
	deadline := time.After(10 * time.Second)
	for {
		dm, ok := m.Get(Key{sdk.KindDeploymentManager, "c1"}).(*sdk.DeploymentManager)
		if ok && dm.Capacity["nodes"] == 2 {
			wantNoun(t, dm, `{
 "ID": "c1",
 "Tenant": "",
 "Revision": 0,
 "Name": "prod",
 "Description": "Kubernetes cluster prod",
 "Extensions": {
  "k8s.platform": "linux/amd64",
  "k8s.version": "v1.37.2"
 },
 "Volatile": {
  "k8s.nodes": 2
 },
 "OCloudID": "ocloud-1",
 "ServiceURI": "https://api.prod:6443",
 "SupportedLocations": [
  "z1"
 ],
 "Capabilities": {
  "kubernetes": "v1.37.2"
 },
 "Capacity": {
  "allocatableCpu": 7,
  "allocatableMemoryBytes": 32212254720,
  "allocatablePods": 220,
  "cpu": 8,
  "ephemeralStorageBytes": 0,
  "memoryBytes": 34359738368,
  "nodes": 2,
  "pods": 220
 }
}`)
			return
		}
		select {
		case <-changes.Ready():
		case <-deadline:
			t.Fatal("the capacity did not come to be 2 nodes")
		}
	}
}

// TestSlimPart satisfies the reflector, which finds objects by this metadata.
func TestSlimPart(t *testing.T) {
	p := mapper.MachineSet(testMachineSet())
	at := p.GetObjectMeta()
	if got, want := [...]string{at.GetNamespace(), at.GetName(), string(at.GetUID()), at.GetResourceVersion()}, [...]string{"machines", "workers", "set-uid", "50"}; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var _ metav1.ObjectMetaAccessor = p
}
