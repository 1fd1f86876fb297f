package o2

import (
	"encoding/binary"
	"time"
)

// Site is an O-Cloud site (O2-IMS OCloudSiteInfo), as a backend tells of it.
type Site struct {
	// NativeID is the backend's own name of it. Mandatory.
	NativeID          string
	Name, Description string
	Location          Location
}

// Location is where a site is (O2-IMS LocationInfo).
type Location struct {
	// GlobalID is the globalLocationId. Mandatory.
	GlobalID          string
	Name, Description string
	// Address is a postal address in one text, "" for none.
	Address string
	// Coordinate is nil for none.
	Coordinate *Coordinate
	// CivicAddress is in the terms of RFC 4776.
	CivicAddress []CivicElement
	// Extensions is a JSON object in canonical form, "" for none.
	Extensions JSON
}

// Coordinate is a point of WGS 84, in degrees and metres.
type Coordinate struct {
	Longitude, Latitude float64
	// Altitude is nil where it is not known.
	Altitude *float64
}

// CivicElement is one element of a civic address (RFC 4776, 3.3).
type CivicElement struct {
	// Type is the CAtype, 0 to 255.
	Type  uint8
	Value string
}

// SiteID derives the id of a site from the backend that tells of it and its name
// there.
func SiteID(backend, native string) ID { return derived("site", backend, native) }

func (s *Site) state(dst []byte) []byte {
	if s == nil {
		return append(dst, 0)
	}
	l := &s.Location
	dst = append(dst, 1)
	for _, text := range [...]string{
		s.NativeID, s.Name, s.Description, l.GlobalID, l.Name, l.Description, l.Address, string(l.Extensions),
	} {
		dst = appendText(dst, text)
	}
	switch c := l.Coordinate; {
	case c == nil:
		dst = append(dst, 0)
	case c.Altitude == nil:
		dst = appendFloat(appendFloat(append(dst, 1), c.Longitude), c.Latitude)
	default:
		dst = appendFloat(appendFloat(appendFloat(append(dst, 2), c.Longitude), c.Latitude), *c.Altitude)
	}
	dst = binary.AppendUvarint(dst, uint64(len(l.CivicAddress)))
	for _, e := range l.CivicAddress {
		dst = appendText(append(dst, e.Type), e.Value)
	}
	return dst
}

func (r *recordReader) octet() byte {
	if r.rest == "" {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *recordReader) site() *Site {
	if r.octet() == 0 {
		return nil
	}
	s := &Site{NativeID: r.text(), Name: r.text(), Description: r.text()}
	l := &s.Location
	l.GlobalID, l.Name, l.Description, l.Address, l.Extensions = r.text(), r.text(), r.text(), r.text(), JSON(r.text())
	if points := r.octet(); points > 0 {
		l.Coordinate = &Coordinate{Longitude: r.float(), Latitude: r.float()}
		if points > 1 {
			altitude := r.float()
			l.Coordinate.Altitude = &altitude
		}
	}
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.fail()
		return s
	}
	for range n {
		l.CivicAddress = append(l.CivicAddress, CivicElement{Type: r.octet(), Value: r.text()})
	}
	return s
}

// HealthStatus is how well a pool is.
type HealthStatus string

// The statuses of a pool's health.
const (
	HealthHealthy   HealthStatus = "healthy"
	HealthDegraded  HealthStatus = "degraded"
	HealthUnhealthy HealthStatus = "unhealthy"
	HealthUnknown   HealthStatus = "unknown"
)

// PoolHealth is how well a pool is, and how full.
type PoolHealth struct {
	Status HealthStatus
	// AvailableCapacity is the share of the capacity that is not taken and that is on
	// resources that can take work, Utilization the share that is taken; both in
	// percent, negative where it is not known.
	AvailableCapacity, Utilization float64
}

func (h *PoolHealth) shown(dst []byte) []byte {
	if h == nil {
		return append(dst, 0)
	}
	dst = appendText(append(dst, 1), string(h.Status))
	return appendFloat(appendFloat(dst, h.AvailableCapacity), h.Utilization)
}

func (r *recordReader) poolHealth() *PoolHealth {
	if r.octet() == 0 {
		return nil
	}
	return &PoolHealth{Status: HealthStatus(r.text()), AvailableCapacity: r.float(), Utilization: r.float()}
}

// PoolMetrics are a pool's figures at a time. Amounts of CPU are in cores, of
// memory in bytes; a negative figure is not known.
type PoolMetrics struct {
	At                                          time.Time
	CPUCapacity, CPURequested, CPUUsed          float64
	MemoryCapacity, MemoryRequested, MemoryUsed float64
	Nodes, HealthyNodes                         int64
}

func (m *PoolMetrics) shown(dst []byte) []byte {
	if m == nil {
		return append(dst, 0)
	}
	dst = appendTime(append(dst, 1), m.At)
	for _, f := range [...]float64{
		m.CPUCapacity, m.CPURequested, m.CPUUsed, m.MemoryCapacity, m.MemoryRequested, m.MemoryUsed,
	} {
		dst = appendFloat(dst, f)
	}
	return binary.AppendVarint(binary.AppendVarint(dst, m.Nodes), m.HealthyNodes)
}

func (r *recordReader) poolMetrics() *PoolMetrics {
	if r.octet() == 0 {
		return nil
	}
	return &PoolMetrics{
		At:          r.time(),
		CPUCapacity: r.float(), CPURequested: r.float(), CPUUsed: r.float(),
		MemoryCapacity: r.float(), MemoryRequested: r.float(), MemoryUsed: r.float(),
		Nodes: r.signed(), HealthyNodes: r.signed(),
	}
}

// signed reads what binary.AppendVarint wrote.
func (r *recordReader) signed() int64 {
	n := r.number()
	return int64(n>>1) ^ -int64(n&1)
}
