package inventory

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

// worker is a Node with 4 cores and 1000 bytes.
func worker(uid, zone string, ready bool, version uint64) *Node {
	n := node(uid, zone, version)
	n.ready, n.capacity = ready, amounts{milliCPU: 4000, memoryBytes: 1000}
	return n
}

func poolAt(t *testing.T, m *Model, id string) *sdk.ResourcePool {
	t.Helper()
	p, ok := m.Get(Key{sdk.KindResourcePool, id}).(*sdk.ResourcePool)
	if !ok {
		t.Fatalf("there is no pool %s", id)
	}
	return p
}

func figuresText(p *sdk.ResourcePool) string {
	m := p.Metrics
	return fmt.Sprintf("%s %d/%d available %.1f taken %.1f cpu %v/%v/%v memory %v/%v/%v", p.Health.Status, m.HealthyNodes, m.Nodes,
		p.Health.AvailableCapacity, p.Health.Utilization, m.CPUUsed, m.CPURequested, m.CPUCapacity, m.MemoryUsed, m.MemoryRequested, m.MemoryCapacity)
}

func TestFiguresOfAPool(t *testing.T) {
	used := map[string]Amount{"n1": {1000, 500}, "n2": {500, 100}, "elsewhere": {9000, 9000}}
	requested := map[string]Amount{"n1": {2000, 100}, "n2": {2000, 100}}
	for name, tc := range map[string]struct {
		parts   []Part
		figures Figures
		want    string
	}{
		"nothing is measured": {
			[]Part{worker("n1", "z", true, 1), worker("n2", "z", true, 2)}, Figures{},
			"healthy 2/2 available -1.0 taken -1.0 cpu -1/-1/8 memory -1/-1/2000",
		},
		"usage alone": {
			[]Part{worker("n1", "z", true, 1), worker("n2", "z", false, 2)}, Figures{Used: used},
			"degraded 1/2 available 20.0 taken 30.0 cpu 1.5/-1/8 memory 600/-1/2000",
		},
		"usage and requests": {
			[]Part{worker("n1", "z", true, 1), worker("n2", "z", true, 2)}, Figures{Used: used, Requested: requested},
			"healthy 2/2 available 50.0 taken 50.0 cpu 1.5/4/8 memory 600/200/2000",
		},
		"no pods": {
			[]Part{worker("n1", "z", true, 1)}, Figures{Requested: map[string]Amount{}},
			"healthy 1/1 available 100.0 taken 0.0 cpu -1/0/4 memory -1/0/1000",
		},
		"more requested than there is": {
			[]Part{worker("n1", "z", false, 1)}, Figures{Requested: map[string]Amount{"n1": {9000, 10}}},
			"unhealthy 0/1 available 0.0 taken 100.0 cpu -1/4/4 memory -1/10/1000",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newModel(t)
			insert(m, tc.parts...)
			m.SetFigures(tc.figures, time.Unix(1_800_000_000, 0))
			p := poolAt(t, m, zoneGroup+"z")
			if got := figuresText(p); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if p.Metrics.At.Before(time.Unix(1_700_000_000, 0)) {
				t.Errorf("the figures are of %v", p.Metrics.At)
			}
		})
	}
}

func TestFiguresOfAMachineSet(t *testing.T) {
	m := newModel(t)
	pool := set("a", 1)
	pool.replicas, pool.ready, pool.created = 3, 2, 5000
	insert(m, pool)
	if got, want := figuresText(poolAt(t, m, "a-uid")), "degraded 2/3 available -1.0 taken -1.0 cpu -1/-1/-1 memory -1/-1/-1"; got != want {
		t.Errorf("without machines: got %s, want %s", got, want)
	}
	insert(m, machine("m1", "a", "n1", 2), machine("m2", "a", "", 3), worker("n1", "z", true, 4))
	p := poolAt(t, m, "a-uid")
	if got, want := figuresText(p), "degraded 1/2 available -1.0 taken -1.0 cpu -1/-1/4 memory -1/-1/1000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !p.CreatedAt.Equal(time.Unix(5, 0)) {
		t.Errorf("it was created at %v", p.CreatedAt)
	}
	pool = set("a", 9)
	pool.replicas = 0
	insert(m, pool)
	m.Remove(from(PartMachine), "m1")
	m.Remove(from(PartMachine), "m2")
	if got, want := figuresText(poolAt(t, m, "a-uid")), "unknown 0/0 available -1.0 taken -1.0 cpu -1/-1/-1 memory -1/-1/-1"; got != want {
		t.Errorf("empty: got %s, want %s", got, want)
	}
}

// What moves a pool's figures has the pool told again.
func TestMovedFiguresAreTold(t *testing.T) {
	m := newModel(t)
	insert(m, set("a", 1), machine("m1", "a", "n1", 2), worker("n1", "z", true, 3), worker("n2", "z", true, 4))
	changes, _ := m.Follow()
	told := func(id string) func() bool {
		return func() bool {
			put, _ := m.Drain(changes)
			for _, o := range put {
				if o.ObjectKind() == sdk.KindResourcePool && o.Common().ID == id {
					return true
				}
			}
			return false
		}
	}
	for name, tc := range map[string]struct {
		move func()
		pool string
	}{
		"a set's Node is ill":  {func() { insert(m, worker("n1", "z", false, 5)) }, "a-uid"},
		"a group's Node is":    {func() { insert(m, worker("n2", "z", false, 6)) }, zoneGroup + "z"},
		"figures are measured": {func() { m.SetFigures(Figures{Used: map[string]Amount{"n1": {1, 1}}}, time.Now()) }, "a-uid"},
	} {
		m.Drain(changes)
		tc.move()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := m.Await(ctx, told(tc.pool)); err != nil {
			t.Errorf("%s: %s was not told: %v", name, tc.pool, err)
		}
		cancel()
	}
}

func TestSitesOfZones(t *testing.T) {
	m := NewModel(Settings{GroupLabel: "topology.kubernetes.io/zone", CapacityDelay: 1})
	t.Cleanup(m.Close)
	in := func(n *Node, region string) *Node { n.region = region; return n }
	pool := set("a", 9)
	pool.zone = "z1"
	insert(m, pool, in(worker("n2", "z2", true, 2), ""), in(worker("n0", "", true, 3), "r9"))
	want := func(id, site string) {
		t.Helper()
		got := "none"
		if s := poolAt(t, m, id).Site; s != nil {
			got = s.ID + " in " + s.Location.GlobalID
		}
		if got != site {
			t.Errorf("%s is at %s, want %s", id, got, site)
		}
	}
	want("a-uid", "zone/z1 in z1")
	want(zoneGroup+"z2", "zone/z2 in z2")
	want(zoneGroup, "none")
	// A Node of the zone says which region it is in: all pools of the zone know.
	insert(m, in(worker("n1", "z1", true, 1), "r1"))
	want("a-uid", "zone/z1 in r1")
	want(zoneGroup+"z1", "zone/z1 in r1")
	m.Remove(from(PartNode), "n1")
	want("a-uid", "zone/z1 in z1")

	configured := newModel(t)
	insert(configured, in(worker("n1", "z1", true, 1), "r1"), worker("n0", "", true, 2))
	m = configured
	want(zoneGroup+"z1", "zone/z1 in loc-1")
	want(zoneGroup, "cluster in loc-1")
}
