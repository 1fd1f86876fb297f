package inventory

import (
	"maps"
	"slices"

	"github.com/netweave/netweave/sdk"
)

// siteOf is the site of a zone, or of a region where there is no zone; nil where
// neither is known and nobody has said where the cluster is.
func (m *Model) siteOf(zone, region string) *sdk.Site {
	if zone != "" {
		region = m.regionOf(zone)
	}
	location := firstOf(m.settings.GlobalLocationID, region, zone)
	if location == "" {
		return nil
	}
	s := &sdk.Site{Location: sdk.Location{GlobalID: location, Name: location}}
	switch {
	case zone != "":
		s.ID, s.Name, s.Description = "zone/"+zone, zone, "Zone "+zone
	case region != "":
		s.ID, s.Name, s.Description = "region/"+region, region, "Region "+region
	default:
		s.ID, s.Name, s.Description = "cluster", location, "The cluster as a whole"
	}
	return s
}

// regionOf is the region that a zone is in, by the labels of the zone's Nodes and
// what is said of pools; the first by name if they do not agree.
func (m *Model) regionOf(zone string) string {
	if len(m.regions[zone]) == 0 {
		return ""
	}
	return slices.Min(slices.Collect(maps.Keys(m.regions[zone])))
}

// countRegion notes that one thing more, or less, says that zone is in region.
func (m *Model) countRegion(zone, region string, sign int) {
	if zone == "" || region == "" {
		return
	}
	before := m.regionOf(zone)
	if m.regions[zone] == nil {
		m.regions[zone] = map[string]int{}
	}
	if m.regions[zone][region] += sign; m.regions[zone][region] == 0 {
		delete(m.regions[zone], region)
	}
	if len(m.regions[zone]) == 0 {
		delete(m.regions, zone)
	}
	if m.regionOf(zone) != before {
		m.moveAll()
	}
}
