package pluginhost

import (
	"time"

	"github.com/netweave/netweave/core/o2"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

func siteToWire(s *o2.Site) *pluginv1.Site {
	if s == nil {
		return nil
	}
	l := &s.Location
	location := &pluginv1.Location{
		GlobalId: l.GlobalID, Name: l.Name, Description: l.Description, Address: l.Address, ExtensionsJson: []byte(l.Extensions),
	}
	if c := l.Coordinate; c != nil {
		location.Coordinate = &pluginv1.Coordinate{Longitude: c.Longitude, Latitude: c.Latitude, Altitude: c.Altitude}
	}
	for _, e := range l.CivicAddress {
		location.CivicAddress = append(location.CivicAddress, &pluginv1.CivicElement{Type: uint32(e.Type), Value: e.Value})
	}
	return &pluginv1.Site{Id: s.NativeID, Name: s.Name, Description: s.Description, Location: location}
}

func healthToWire(h *o2.PoolHealth) *pluginv1.PoolHealth {
	if h == nil {
		return nil
	}
	return &pluginv1.PoolHealth{
		Status: string(h.Status), AvailableCapacity: known(h.AvailableCapacity), Utilization: known(h.Utilization),
	}
}

func metricsToWire(m *o2.PoolMetrics) *pluginv1.PoolMetrics {
	if m == nil {
		return nil
	}
	return &pluginv1.PoolMetrics{
		AtMs:        timeToWire(m.At),
		CpuCapacity: known(m.CPUCapacity), CpuRequested: known(m.CPURequested), CpuUsed: known(m.CPUUsed),
		MemoryCapacity: known(m.MemoryCapacity), MemoryRequested: known(m.MemoryRequested), MemoryUsed: known(m.MemoryUsed),
		Nodes: known(m.Nodes), HealthyNodes: known(m.HealthyNodes),
	}
}

// known leaves out a figure that is not known.
func known[N int64 | float64](n N) *N {
	if n < 0 {
		return nil
	}
	return &n
}

func timeToWire(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
