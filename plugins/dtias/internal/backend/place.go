package backend

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/netweave/netweave/sdk"
)

// ReportsSites says that pools have sites.
func (b *Backend) ReportsSites() {}

// ReportsPoolMetrics says that pools have a health.
func (b *Backend) ReportsPoolMetrics() {}

// siteOf is a datacenter at a place, nil where neither is known. What it tells
// follows from its id alone, so that all pools there tell the same: of a location
// that is where it is on the globe, as far as its id says so.
func siteOf(p placed, globalLocation string) *sdk.Site {
	datacenter := cmp.Or(p.Datacenter, p.Location.Datacenter)
	siteID, siteName, description := "", "", ""
	if p.site != nil {
		siteID, siteName, description = p.site.ID, cmp.Or(p.site.Name, p.site.ID), joined(p.site.City, p.site.Country)
	}
	global := cmp.Or(globalLocation, siteID, datacenter)
	if global == "" {
		return nil
	}
	return &sdk.Site{
		ID: strings.Trim(strings.Join([]string{siteID, datacenter, global}, "/"), "/"), Name: cmp.Or(joined(siteName, datacenter), global), Description: description,
		Location: sdk.Location{GlobalID: global, Name: global, Coordinate: pointOf(global)},
	}
}

// pointOf reads what geo wrote, nil for any other id.
func pointOf(globalLocation string) *sdk.Coordinate {
	text, ok := strings.CutPrefix(globalLocation, "geo:")
	if !ok {
		return nil
	}
	a, b, _ := strings.Cut(text, ";")
	latitude, err := strconv.ParseFloat(a, 64)
	longitude, err2 := strconv.ParseFloat(b, 64)
	if err != nil || err2 != nil || !(latitude >= -90 && latitude <= 90) || !(longitude >= -180 && longitude <= 180) {
		return nil
	}
	return &sdk.Coordinate{Longitude: longitude, Latitude: latitude}
}

// healthOf follows from a pool's state, and from how many of its servers are
// allocated and how many could be.
func healthOf(p placed) *sdk.PoolHealth {
	h := &sdk.PoolHealth{Status: sdk.HealthUnknown, AvailableCapacity: sdk.Unknown, Utilization: sdk.Unknown}
	switch strings.ToLower(p.State) {
	case "active", "ready", "available", "healthy", "ok":
		h.Status = sdk.HealthHealthy
	case "degraded", "warning":
		h.Status = sdk.HealthDegraded
	case "failed", "error", "critical", "unhealthy", "offline", "unavailable":
		h.Status = sdk.HealthUnhealthy
	}
	taken, err := p.ServerCount.Float64()
	free, err2 := p.AvailableServers.Float64()
	if err == nil && err2 == nil && taken >= 0 && free >= 0 && taken+free > 0 {
		h.Utilization = 100 * taken / (taken + free)
		h.AvailableCapacity = 100 - h.Utilization
	}
	return h
}

// timeOf is the zero time for what is none.
func timeOf(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.UnixMilli() <= 0 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}
