package inventory

import (
	"maps"
	"time"

	"github.com/netweave/netweave/sdk"
)

// Figures are what is measured of a cluster now and then, by the names of its
// Nodes.
type Figures struct {
	// Used is what Nodes use, Requested what their pods ask for; nil where the
	// cluster does not say.
	Used, Requested map[string]Amount
}

// Amount is one Node's share.
type Amount struct{ MilliCPU, MemoryBytes int64 }

// SetFigures takes over what was measured at a time.
func (m *Model) SetFigures(f Figures, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.announce()
	if same(m.figures.Used, f.Used) && same(m.figures.Requested, f.Requested) {
		return
	}
	m.figures, m.figuresAt = f, at
	m.moveAll()
}

// same tells what is not known from what is nothing.
func same(a, b map[string]Amount) bool { return (a == nil) == (b == nil) && maps.Equal(a, b) }

// standing is what a pool's figures are made of.
type standing struct {
	nodes, healthy          int64
	all, working            Amount // capacity of the Nodes, and of those of them that are ready
	used, requested         Amount
	knowsUse, knowsRequests bool
}

func (s *standing) add(m *Model, id string) {
	switch p := m.parts[id].(type) {
	case *Node:
		s.nodes++
		s.addNode(m, p)
	case *Machine:
		s.nodes++
		if node, joined := m.parts[m.nodeOf[id]].(*Node); joined {
			s.addNode(m, node)
		}
	}
}

func (s *standing) addNode(m *Model, n *Node) {
	capacity := Amount{n.capacity.milliCPU, n.capacity.memoryBytes}
	s.all = s.all.plus(capacity)
	if n.ready {
		s.healthy++
		s.working = s.working.plus(capacity)
	}
	if used, ok := m.figures.Used[n.Name]; ok {
		s.used, s.knowsUse = s.used.plus(used), true
	}
	s.requested = s.requested.plus(m.figures.Requested[n.Name])
	s.knowsRequests = m.figures.Requested != nil
}

func (a Amount) plus(b Amount) Amount {
	return Amount{a.MilliCPU + b.MilliCPU, a.MemoryBytes + b.MemoryBytes}
}

// of is the greater share that a has of b, in percent.
func (a Amount) of(b Amount) float64 {
	share := 0.0
	if b.MilliCPU > 0 {
		share = float64(a.MilliCPU) / float64(b.MilliCPU)
	}
	if b.MemoryBytes > 0 {
		share = max(share, float64(a.MemoryBytes)/float64(b.MemoryBytes))
	}
	return min(100*share, 100)
}

// fill gives the pool its health and metrics.
func (m *Model) fill(pool *sdk.ResourcePool, key Key, s standing) {
	pool.Metrics = &sdk.PoolMetrics{
		At: m.measured(key), CPUCapacity: sdk.Unknown, CPURequested: sdk.Unknown, CPUUsed: sdk.Unknown,
		MemoryCapacity: sdk.Unknown, MemoryRequested: sdk.Unknown, MemoryUsed: sdk.Unknown, Nodes: s.nodes, HealthyNodes: s.healthy,
	}
	pool.Health = &sdk.PoolHealth{Status: s.status(), AvailableCapacity: sdk.Unknown, Utilization: sdk.Unknown}
	if s.all == (Amount{}) {
		return
	}
	metrics, taken := pool.Metrics, s.used
	metrics.CPUCapacity, metrics.MemoryCapacity = cores(s.all.MilliCPU), float64(s.all.MemoryBytes)
	if s.knowsUse {
		metrics.CPUUsed, metrics.MemoryUsed = cores(s.used.MilliCPU), float64(s.used.MemoryBytes)
	}
	if s.knowsRequests {
		// Pods that were admitted before a Node shrank can ask for more than it has.
		taken = Amount{min(s.requested.MilliCPU, s.all.MilliCPU), min(s.requested.MemoryBytes, s.all.MemoryBytes)}
		metrics.CPURequested, metrics.MemoryRequested = cores(taken.MilliCPU), float64(taken.MemoryBytes)
	}
	if s.knowsUse || s.knowsRequests {
		pool.Health.Utilization = taken.of(s.all)
		pool.Health.AvailableCapacity = max(0, s.working.of(s.all)-pool.Health.Utilization)
	}
}

func (s standing) status() sdk.HealthStatus {
	switch {
	case s.nodes == 0:
		return sdk.HealthUnknown
	case s.healthy == s.nodes:
		return sdk.HealthHealthy
	case s.healthy > 0:
		return sdk.HealthDegraded
	default:
		return sdk.HealthUnhealthy
	}
}

// measured is when a pool's figures are from: the last measurement, or the last
// change of the pool, whose revision is a time.
func (m *Model) measured(key Key) time.Time {
	at := time.UnixMicro(int64(m.version[key]))
	if at.Before(m.figuresAt) {
		at = m.figuresAt
	}
	return at.UTC()
}

// move lets changes of a pool's figures gather before the pool counts as changed:
// ten thousand Nodes that join are not ten thousand changes of it.
func (m *Model) move(pool string) {
	if pool == "" || m.closed {
		return
	}
	m.moved[pool] = struct{}{}
	if m.moving != nil {
		return
	}
	m.moving = time.AfterFunc(m.settings.CapacityDelay, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		defer m.announce()
		m.moving = nil
		for id := range m.moved {
			if _, group := m.groupOf(id); group || m.isPool(id) {
				m.touch(Key{sdk.KindResourcePool, id})
			}
		}
		clear(m.moved)
	})
}

// moveAll is move of every pool.
func (m *Model) moveAll() {
	for _, key := range m.keys(sdk.KindResourcePool, "") {
		m.move(key.ID)
	}
}

func (m *Model) isPool(id string) bool {
	p, ok := m.parts[id].(*MachinePool)
	return ok && !p.terminating
}
