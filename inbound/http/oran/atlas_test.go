package oran_test

import "github.com/netweave/netweave/core/o2"

const (
	idA    = o2.ID("aaaaaaaa-0000-4000-8000-000000000001")
	idB    = o2.ID("bbbbbbbb-0000-4000-8000-000000000001")
	idC    = o2.ID("cccccccc-0000-4000-8000-000000000001")
	cloud  = o2.ID("262c8f17-52b5-4614-9e56-812ae21fa8a7")
	site   = o2.ID("7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e")
	eventA = o2.ID("eeeeeeee-0000-5000-8000-000000000001")
	subA   = o2.ID("55555555-0000-4000-8000-000000000001")
)

// atlas is an ocloud.Atlas of one place.
type atlas struct{}

func (atlas) SiteOf(*o2.ResourcePool) o2.ID      { return site }
func (atlas) LocationOf(*o2.ResourcePool) string { return "location-a" }
func (atlas) OCloudOf(string) o2.ID              { return cloud }
