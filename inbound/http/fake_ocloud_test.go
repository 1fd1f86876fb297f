package httpserver_test

import (
	"context"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/ocloud"
)

const (
	cloudID       = o2.ID("262c8f17-52b5-4614-9e56-812ae21fa8a7")
	globalCloudID = o2.ID("18f2dc90-b375-47dd-b8dc-ae80072e6cdb")
	siteB         = o2.ID("8fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e")
	siteA         = o2.ID("7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e")
)

// sky is an ocloud.Clouds.
type sky struct {
	info      ocloud.Info
	geography ocloud.Geography
	// err, if set, is Geography's answer.
	err error
}

func newSky() *sky {
	altitude := 35.5
	return &sky{
		info: ocloud.Info{
			ID: cloudID, GlobalID: globalCloudID, Name: "edge-cloud", Description: "the edge cloud", Extensions: `{"country":"FR","hub":{"id":1,"name":"h"}}`,
		},
		geography: ocloud.Geography{
			Locations: []ocloud.Location{
				{Location: o2.Location{GlobalID: "location-a", Name: "Site A", Address: "1 Example Street"}, Sites: []o2.ID{siteA}},
				{Location: o2.Location{
					GlobalID: "location-b", Name: "Site B", Description: "the hall by the river",
					Coordinate:   &o2.Coordinate{Longitude: 2.35, Latitude: -48.5, Altitude: &altitude},
					CivicAddress: []o2.CivicElement{{Type: 3, Value: "Exampletown"}, {Type: 6, Value: `"The" Street`}}, Extensions: `{"tier":2}`,
				}},
			},
			Sites: []ocloud.Site{
				{ID: siteA, GlobalLocationID: "location-a", Name: "site-a", Description: "the edge", Extensions: `{"rack":{"rows":4}}`, Pools: []o2.ID{poolA, poolB}},
				{ID: siteB, GlobalLocationID: "location-b", Name: "site-b"},
			},
		},
	}
}

func (s *sky) Info() ocloud.Info { return s.info }

func (s *sky) Geography(context.Context, scope.Scope) (*ocloud.Geography, error) {
	return &s.geography, s.err
}

func (s *sky) SiteOf(*o2.ResourcePool) o2.ID { return siteA }

func (s *sky) OCloudOf(text string) o2.ID {
	if text == "" {
		return s.info.ID
	}
	return o2.OCloudID(text)
}

func (s *sky) LocationOf(*o2.ResourcePool) string { return "location-a" }
