// Package ocloud is the driving port of what describes the O-Cloud as a whole: its
// identity, which the operator configures, and the locations and sites that its
// pools stand at.
//
// A location or site is seen by who sees one of its pools, and a configured location
// by everyone who may list pools; the pools and sites that it names are those that the
// caller sees. All methods are safe for concurrent use.
package ocloud

import (
	"context"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

// Info is the O-Cloud's identity (O2-IMS OCloudInfo).
type Info struct {
	// ID is the oCloudId, GlobalID the globalCloudId.
	ID, GlobalID      o2.ID
	Name, Description string
	// ServiceURI is scheme://host[:port]; "" if it is to be the request's own.
	ServiceURI string
	// Extensions is a JSON object in canonical form, "" for none.
	Extensions o2.JSON
}

// Location is a location with the sites there.
type Location struct {
	o2.Location
	Sites []o2.ID // sorted
}

// Site is an O-Cloud site with the pools there.
type Site struct {
	ID                o2.ID
	GlobalLocationID  string
	Name, Description string
	Extensions        o2.JSON
	Pools             []o2.ID // sorted
}

// Geography is all that a caller sees of locations and sites. It is immutable.
type Geography struct {
	Locations []Location // by GlobalID
	Sites     []Site     // by ID
	inventory.Freshness
	// Digest is a function of the content alone, equal in every process.
	Digest o2.Digest
}

// Atlas tells where pools stand. What it tells depends on the pool and on the
// configuration alone, so that a projection may ask it: the configuration of sites
// needs a restart, therefore.
type Atlas interface {
	// SiteOf returns the id of the site that a pool stands at. Every pool has one:
	// what its backend or the configuration says, or else one made for its
	// globalLocationId, or for its location, or for its O-Cloud.
	SiteOf(p *o2.ResourcePool) o2.ID
	// LocationOf returns the globalLocationId of that site.
	LocationOf(p *o2.ResourcePool) string
	// OCloudOf returns the id of the O-Cloud that a backend calls so: the O-Cloud's own
	// where the backend does not say.
	OCloudOf(text string) o2.ID
}

// Clouds answers for the O-Cloud.
type Clouds interface {
	Atlas
	Info() Info
	// Geography returns the locations and sites that the caller sees; errors as
	// inventory.Reader's List of pools.
	Geography(ctx context.Context, sc scope.Scope) (*Geography, error)
}
