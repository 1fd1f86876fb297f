package sdk

import (
	"fmt"
	"time"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

func decodePool(p *pluginv1.ResourcePool) (*ResourcePool, error) {
	site, err := decodeSite(p.GetSite())
	if err != nil {
		return nil, err
	}
	return &ResourcePool{
		OCloudID: p.GetOcloudId(), Location: p.GetLocation(), GlobalLocationID: p.GetGlobalLocationId(), Tags: p.GetTags(),
		Site: site, CreatedAt: decodeTime(p.GetCreatedAtMs()), UpdatedAt: decodeTime(p.GetUpdatedAtMs()),
		Health: decodeHealth(p.GetHealth()), Metrics: decodeMetrics(p.GetMetrics()),
	}, nil
}

func decodeSite(p *pluginv1.Site) (*Site, error) {
	if p == nil {
		return nil, nil
	}
	l := p.GetLocation()
	extensions, err := parseMap("site.location.extensions", l.GetExtensionsJson())
	if err != nil {
		return nil, err
	}
	s := &Site{ID: p.GetId(), Name: p.GetName(), Description: p.GetDescription(), Location: Location{
		GlobalID: l.GetGlobalId(), Name: l.GetName(), Description: l.GetDescription(), Address: l.GetAddress(), Extensions: extensions,
	}}
	if c := l.GetCoordinate(); c != nil {
		s.Location.Coordinate = &Coordinate{Longitude: c.GetLongitude(), Latitude: c.GetLatitude(), Altitude: c.Altitude}
	}
	for _, e := range l.GetCivicAddress() {
		if e.GetType() > 255 {
			return nil, fmt.Errorf("site.location.civicAddress: there is no CAtype %d", e.GetType())
		}
		s.Location.CivicAddress = append(s.Location.CivicAddress, CivicElement{Type: uint8(e.GetType()), Value: e.GetValue()})
	}
	return s, nil
}

func decodeHealth(p *pluginv1.PoolHealth) *PoolHealth {
	if p == nil {
		return nil
	}
	return &PoolHealth{
		Status:            HealthStatus(p.GetStatus()),
		AvailableCapacity: orUnknown(p.AvailableCapacity), Utilization: orUnknown(p.Utilization),
	}
}

func decodeMetrics(p *pluginv1.PoolMetrics) *PoolMetrics {
	if p == nil {
		return nil
	}
	return &PoolMetrics{
		At:          decodeTime(p.GetAtMs()),
		CPUCapacity: orUnknown(p.CpuCapacity), CPURequested: orUnknown(p.CpuRequested), CPUUsed: orUnknown(p.CpuUsed),
		MemoryCapacity: orUnknown(p.MemoryCapacity), MemoryRequested: orUnknown(p.MemoryRequested), MemoryUsed: orUnknown(p.MemoryUsed),
		Nodes: orUnknown(p.Nodes), HealthyNodes: orUnknown(p.HealthyNodes),
	}
}

func orUnknown[N int64 | float64](n *N) N {
	if n == nil {
		return Unknown
	}
	return *n
}

// decodeTime gives the zero time for 0.
func decodeTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
