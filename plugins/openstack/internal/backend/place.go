package backend

import (
	"cmp"
	"time"

	"github.com/netweave/netweave/sdk"
)

// ReportsSites says that pools have a site, their availability zone.
func (b *Backend) ReportsSites() {}

// siteOf is an availability zone, at the place that an aggregate names, else in
// itself; nil where neither is known.
func siteOf(zone, globalLocation string) *sdk.Site {
	global := cmp.Or(globalLocation, zone)
	if global == "" {
		return nil
	}
	s := &sdk.Site{ID: global, Name: global, Location: sdk.Location{GlobalID: global, Name: global}}
	if zone != "" {
		s.ID, s.Name, s.Description = zone+"/"+global, zone, "Availability zone "+zone
	}
	return s
}

// timeOf reads Nova's times, which are in UTC and do not say so; the zero time for
// what is none.
func timeOf(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05.999999", time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil && t.UnixMilli() > 0 {
			return t.UTC().Truncate(time.Millisecond)
		}
	}
	return time.Time{}
}
