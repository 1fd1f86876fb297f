package pluginhost

import (
	"math"
	"time"

	"github.com/netweave/netweave/core/o2"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// unknownFigure is the core's figure for one that a plugin does not know.
const unknownFigure = -1

// maxFigure is more than any pool has, and what a float tells exactly enough.
const maxFigure = 1e18

// maxTimeMs is the last millisecond of the year 9999, the last that RFC 3339 can tell.
const maxTimeMs = 253_402_300_799_999

func pool(p *pluginv1.ResourcePool, head o2.Header) (o2.Object, *refusedObject) {
	made := &o2.ResourcePool{
		Header: head, OCloudID: p.GetOcloudId(), Location: p.GetLocation(), GlobalLocationID: p.GetGlobalLocationId(), Tags: p.GetTags(),
	}
	var refused *refusedObject
	if made.Site, refused = site(p.GetSite()); refused != nil {
		return nil, refused
	}
	if made.CreatedAt, refused = timeOf("creation time", p.GetCreatedAtMs()); refused != nil {
		return nil, refused
	}
	if made.UpdatedAt, refused = timeOf("update time", p.GetUpdatedAtMs()); refused != nil {
		return nil, refused
	}
	if made.Health, refused = poolHealth(p.GetHealth()); refused != nil {
		return nil, refused
	}
	if made.Metrics, refused = poolMetrics(p.GetMetrics()); refused != nil {
		return nil, refused
	}
	return made, nil
}

func site(s *pluginv1.Site) (*o2.Site, *refusedObject) {
	if s == nil {
		return nil, nil
	}
	l := s.GetLocation()
	if n := len(s.GetId()); n == 0 || n > maxNativeID {
		return nil, refuseObject(becauseID, "its site's id has %d bytes: want 1 to %d", n, maxNativeID)
	}
	if n := len(l.GetGlobalId()); n == 0 || n > maxNativeID {
		return nil, refuseObject(becauseID, "its site's global location id has %d bytes: want 1 to %d", n, maxNativeID)
	}
	extensions, refused := object("site's location's extensions", l.GetExtensionsJson())
	if refused != nil {
		return nil, refused
	}
	point, refused := coordinate(l.GetCoordinate())
	if refused != nil {
		return nil, refused
	}
	location := o2.Location{
		GlobalID: l.GetGlobalId(), Name: l.GetName(), Description: l.GetDescription(), Address: l.GetAddress(),
		Coordinate: point, Extensions: extensions,
	}
	for _, e := range l.GetCivicAddress() {
		if e.GetType() > math.MaxUint8 {
			return nil, refuseObject(becauseValue, "its site's civic address has the CAtype %d: want 0 to 255", e.GetType())
		}
		location.CivicAddress = append(location.CivicAddress, o2.CivicElement{Type: uint8(e.GetType()), Value: e.GetValue()})
	}
	return &o2.Site{NativeID: s.GetId(), Name: s.GetName(), Description: s.GetDescription(), Location: location}, nil
}

func coordinate(c *pluginv1.Coordinate) (*o2.Coordinate, *refusedObject) {
	if c == nil {
		return nil, nil
	}
	if !(c.GetLongitude() >= -180 && c.GetLongitude() <= 180) {
		return nil, refuseObject(becauseValue, "its site's longitude is %v: want -180 to 180", c.GetLongitude())
	}
	if !(c.GetLatitude() >= -90 && c.GetLatitude() <= 90) {
		return nil, refuseObject(becauseValue, "its site's latitude is %v: want -90 to 90", c.GetLatitude())
	}
	made := &o2.Coordinate{Longitude: c.GetLongitude(), Latitude: c.GetLatitude()}
	if c.Altitude != nil {
		altitude := c.GetAltitude()
		if !(math.Abs(altitude) <= maxFigure) {
			return nil, refuseObject(becauseValue, "its site's altitude is %v: want metres", altitude)
		}
		made.Altitude = &altitude
	}
	return made, nil
}

func poolHealth(h *pluginv1.PoolHealth) (*o2.PoolHealth, *refusedObject) {
	if h == nil {
		return nil, nil
	}
	status := o2.HealthStatus(h.GetStatus())
	switch status {
	case "":
		status = o2.HealthUnknown
	case o2.HealthHealthy, o2.HealthDegraded, o2.HealthUnhealthy, o2.HealthUnknown:
	default:
		return nil, refuseObject(becauseValue, "its health is %.40q: want healthy, degraded, unhealthy or unknown", string(status))
	}
	made := &o2.PoolHealth{Status: status}
	return made, figures("percent", 100, []figure{
		{"available capacity", h.AvailableCapacity, &made.AvailableCapacity}, {"utilization", h.Utilization, &made.Utilization},
	})
}

func poolMetrics(m *pluginv1.PoolMetrics) (*o2.PoolMetrics, *refusedObject) {
	if m == nil {
		return nil, nil
	}
	at, refused := timeOf("metrics' time", m.GetAtMs())
	if refused != nil {
		return nil, refused
	}
	if at.IsZero() {
		return nil, refuseObject(becauseValue, "its metrics have no time")
	}
	made := &o2.PoolMetrics{At: at, Nodes: count(m.Nodes), HealthyNodes: count(m.HealthyNodes)}
	if made.Nodes > maxFigure || made.HealthyNodes > maxFigure || made.Nodes >= 0 && made.HealthyNodes > made.Nodes {
		return nil, refuseObject(becauseValue, "its metrics have %d healthy nodes of %d", made.HealthyNodes, made.Nodes)
	}
	return made, figures("an amount", maxFigure, []figure{
		{"CPU capacity", m.CpuCapacity, &made.CPUCapacity}, {"requested CPU", m.CpuRequested, &made.CPURequested},
		{"used CPU", m.CpuUsed, &made.CPUUsed}, {"memory capacity", m.MemoryCapacity, &made.MemoryCapacity},
		{"requested memory", m.MemoryRequested, &made.MemoryRequested}, {"used memory", m.MemoryUsed, &made.MemoryUsed},
	})
}

// figure is a number of a plugin and where it goes.
type figure struct {
	name string
	sent *float64
	to   *float64
}

// figures takes over what is there and makes -1 of what is not known.
func figures(unit string, most float64, list []figure) *refusedObject {
	for _, f := range list {
		switch {
		case f.sent == nil || *f.sent < 0:
			*f.to = unknownFigure
		case !(*f.sent <= most):
			return refuseObject(becauseValue, "its %s is %v: want %s up to %v", f.name, *f.sent, unit, most)
		default:
			*f.to = *f.sent
		}
	}
	return nil
}

func count(n *int64) int64 {
	if n == nil || *n < 0 {
		return unknownFigure
	}
	return *n
}

// timeOf makes a time of milliseconds since 1970; 0 is none.
func timeOf(what string, ms int64) (time.Time, *refusedObject) {
	if ms == 0 {
		return time.Time{}, nil
	}
	if ms < 0 || ms > maxTimeMs {
		return time.Time{}, refuseObject(becauseValue, "its %s is %d ms from 1970: want one before the year 10000, or 0 for none", what, ms)
	}
	return time.UnixMilli(ms).UTC(), nil
}
