package sdk

import (
	"fmt"
	"math"
	"time"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

func encodePool(o *ResourcePool) (*pluginv1.ResourcePool, error) {
	p := &pluginv1.ResourcePool{
		OcloudId: o.OCloudID, Location: o.Location, GlobalLocationId: o.GlobalLocationID, Tags: o.Tags,
	}
	var err error
	if p.Site, err = encodeSite(o.Site); err != nil {
		return nil, err
	}
	if p.CreatedAtMs, err = encodeTime("CreatedAt", o.CreatedAt); err != nil {
		return nil, err
	}
	if p.UpdatedAtMs, err = encodeTime("UpdatedAt", o.UpdatedAt); err != nil {
		return nil, err
	}
	if p.Health, err = encodeHealth(o.Health); err != nil {
		return nil, err
	}
	p.Metrics, err = encodeMetrics(o.Metrics)
	return p, err
}

func encodeSite(s *Site) (*pluginv1.Site, error) {
	if s == nil {
		return nil, nil
	}
	if err := checkID("Site.ID", s.ID); err != nil {
		return nil, err
	}
	if err := checkID("Site.Location.GlobalID", s.Location.GlobalID); err != nil {
		return nil, err
	}
	l := &s.Location
	extensions, err := canonicalJSON("Site.Location.Extensions", l.Extensions)
	if err != nil {
		return nil, err
	}
	location := &pluginv1.Location{
		GlobalId: l.GlobalID, Name: l.Name, Description: l.Description, Address: l.Address, ExtensionsJson: extensions,
	}
	if location.Coordinate, err = encodeCoordinate(l.Coordinate); err != nil {
		return nil, err
	}
	for _, e := range l.CivicAddress {
		location.CivicAddress = append(location.CivicAddress, &pluginv1.CivicElement{Type: uint32(e.Type), Value: e.Value})
	}
	return &pluginv1.Site{Id: s.ID, Name: s.Name, Description: s.Description, Location: location}, nil
}

func encodeCoordinate(c *Coordinate) (*pluginv1.Coordinate, error) {
	if c == nil {
		return nil, nil
	}
	if !(c.Longitude >= -180 && c.Longitude <= 180) {
		return nil, fmt.Errorf("Site.Location.Coordinate.Longitude is %v: it must be from -180 to 180 degrees", c.Longitude)
	}
	if !(c.Latitude >= -90 && c.Latitude <= 90) {
		return nil, fmt.Errorf("Site.Location.Coordinate.Latitude is %v: it must be from -90 to 90 degrees", c.Latitude)
	}
	if c.Altitude != nil && (math.IsNaN(*c.Altitude) || math.IsInf(*c.Altitude, 0)) {
		return nil, fmt.Errorf("Site.Location.Coordinate.Altitude is %v: it must be in metres, or nil where it is not known", *c.Altitude)
	}
	return &pluginv1.Coordinate{Longitude: c.Longitude, Latitude: c.Latitude, Altitude: c.Altitude}, nil
}

func encodeHealth(h *PoolHealth) (*pluginv1.PoolHealth, error) {
	if h == nil {
		return nil, nil
	}
	if !h.Status.valid() {
		return nil, fmt.Errorf("Health.Status is %q: it must be healthy, degraded, unhealthy or unknown", h.Status)
	}
	p := &pluginv1.PoolHealth{Status: string(h.Status)}
	for _, figure := range []struct {
		name string
		f    float64
		to   **float64
	}{{"AvailableCapacity", h.AvailableCapacity, &p.AvailableCapacity}, {"Utilization", h.Utilization, &p.Utilization}} {
		if !(figure.f <= 100) {
			return nil, fmt.Errorf("its Health.%s is %v: it must be from 0 to 100 percent, or sdk.Unknown", figure.name, figure.f)
		}
		*figure.to = known(figure.f)
	}
	return p, nil
}

// maxFigure is far beyond every pool, and short of what floating point is exact for.
const maxFigure = 1e18

func encodeMetrics(m *PoolMetrics) (*pluginv1.PoolMetrics, error) {
	if m == nil {
		return nil, nil
	}
	at, err := encodeTime("Metrics.At", m.At)
	if err != nil {
		return nil, err
	}
	if at == 0 {
		return nil, fmt.Errorf("Metrics.At is not set: it is when the figures were taken")
	}
	p := &pluginv1.PoolMetrics{AtMs: at}
	for _, figure := range []struct {
		name string
		f    float64
		to   **float64
	}{
		{"CPUCapacity", m.CPUCapacity, &p.CpuCapacity}, {"CPURequested", m.CPURequested, &p.CpuRequested}, {"CPUUsed", m.CPUUsed, &p.CpuUsed},
		{"MemoryCapacity", m.MemoryCapacity, &p.MemoryCapacity}, {"MemoryRequested", m.MemoryRequested, &p.MemoryRequested},
		{"MemoryUsed", m.MemoryUsed, &p.MemoryUsed},
	} {
		if !(figure.f <= maxFigure) {
			return nil, fmt.Errorf("its Metrics.%s is %v: it must be an amount, or sdk.Unknown", figure.name, figure.f)
		}
		*figure.to = known(figure.f)
	}
	if m.Nodes >= 0 && m.HealthyNodes > m.Nodes {
		return nil, fmt.Errorf("Metrics.HealthyNodes is %d of %d Nodes: it must not be more", m.HealthyNodes, m.Nodes)
	}
	p.Nodes, p.HealthyNodes = known(m.Nodes), known(m.HealthyNodes)
	return p, nil
}

// known leaves out a figure that is not known.
func known[N int64 | float64](n N) *N {
	if n < 0 {
		return nil
	}
	return &n
}

// endOfTime is what RFC 3339 can still tell.
var endOfTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)

// encodeTime gives 0 for the zero time.
func encodeTime(field string, t time.Time) (int64, error) {
	if t.IsZero() {
		return 0, nil
	}
	if ms := t.UnixMilli(); ms > 0 && t.Before(endOfTime) {
		return ms, nil
	}
	return 0, fmt.Errorf("%s is %v: it must be after 1970 and before the year 10000, or the zero time where there is none", field, t)
}

func checkID(field, id string) error {
	switch n := len(id); {
	case n == 0:
		return fmt.Errorf("%s is empty: set it to the backend's own, stable id", field)
	case n > maxIDBytes:
		return fmt.Errorf("%s is %d bytes long: at most %d are allowed", field, n, maxIDBytes)
	default:
		return nil
	}
}

func (h HealthStatus) valid() bool {
	switch h {
	case "", HealthHealthy, HealthDegraded, HealthUnhealthy, HealthUnknown:
		return true
	default:
		return false
	}
}
