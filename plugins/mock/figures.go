package main

import (
	"math"
	"time"

	"github.com/netweave/netweave/sdk"
)

// figuresInterval is how often a pool's figures move.
const figuresInterval = 15 * time.Second

// standing is a pool with what its figures are made of, at one moment.
type standing struct {
	*pool
	servers, ill int // compute servers, and those of them that are not in service
}

func (c *cloud) standingLocked(p *pool) standing {
	return standing{pool: p, servers: c.servers[p.id], ill: c.ill[p.id]}
}

// health follows from the servers and their use.
func (s standing) health(m *sdk.PoolMetrics) *sdk.PoolHealth {
	h := &sdk.PoolHealth{Status: sdk.HealthUnknown, AvailableCapacity: sdk.Unknown, Utilization: sdk.Unknown}
	if s.servers == 0 {
		return h
	}
	switch {
	case s.ill == 0:
		h.Status = sdk.HealthHealthy
	case s.ill < s.servers:
		h.Status = sdk.HealthDegraded
	default:
		h.Status = sdk.HealthUnhealthy
	}
	h.Utilization = tenth(100 * m.CPURequested / m.CPUCapacity)
	working := 100 * float64(s.servers-s.ill) / float64(s.servers)
	h.AvailableCapacity = tenth(max(0, working-h.Utilization))
	return h
}

// metrics are those of the interval that at is in: work comes and goes in waves of
// some minutes, in each pool another.
func (s standing) metrics(at time.Time) *sdk.PoolMetrics {
	at = at.Truncate(figuresInterval).UTC()
	facts := models[modelServer].facts
	const gib = 1 << 30
	cores := float64(s.servers * facts["mock.cpu.cores"].(int))
	bytes := float64(s.servers*facts["mock.memory.gib"].(int)) * gib
	requested := 0.5 + 0.15*wave(at, 20*time.Minute, hash(0, "requested", s.id))
	used := requested * (0.6 + 0.2*wave(at, 6*time.Minute, hash(0, "used", s.id)))
	return &sdk.PoolMetrics{
		At: at, CPUCapacity: cores, CPURequested: tenth(cores * requested), CPUUsed: tenth(cores * used),
		MemoryCapacity: bytes, MemoryRequested: math.Round(bytes * requested * 1.1), MemoryUsed: math.Round(bytes * used),
		Nodes: int64(s.servers), HealthyNodes: int64(s.servers - s.ill),
	}
}

// wave is a number from -1 to 1 that comes round once a period.
func wave(at time.Time, period time.Duration, phase uint64) float64 {
	turn := float64(at.UnixMilli())/float64(period.Milliseconds()) + float64(phase%1000)/1000
	return math.Sin(2 * math.Pi * turn)
}

func tenth(f float64) float64 { return math.Round(f*10) / 10 }
