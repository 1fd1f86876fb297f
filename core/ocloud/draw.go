package ocloud

import (
	"cmp"
	"maps"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
)

// drawing is a geography while it is drawn.
type drawing struct {
	atlas     *Atlas
	locations map[string]*location
	sites     map[o2.ID]*ocloud.Site
}

// location is a location with what it is named by where nothing else is known.
type location struct {
	ocloud.Location
	text string
}

// draw draws the sites of pools, which are in the order of their ids, and the
// locations. Where several pools tell of one site or location, the first to tell of
// a field has the word.
func (a *Atlas) draw(pages []inventory.Page) *ocloud.Geography {
	d := drawing{atlas: a, locations: map[string]*location{}, sites: map[o2.ID]*ocloud.Site{}}
	for _, page := range pages {
		for _, item := range page.Items {
			if p, ok := item.Object().(*o2.ResourcePool); ok {
				d.place(p)
			}
		}
	}
	for i := range a.config.Locations {
		complete(&d.location(a.config.Locations[i].GlobalID).Location.Location, &a.config.Locations[i])
	}
	for _, s := range d.sites {
		d.finish(s)
	}
	g := &ocloud.Geography{
		Locations: make([]ocloud.Location, 0, len(d.locations)), Sites: make([]ocloud.Site, 0, len(d.sites)),
	}
	for _, id := range slices.Sorted(maps.Keys(d.locations)) {
		l := d.locations[id]
		slices.Sort(l.Sites)
		named(&l.Location.Location, l.text)
		g.Locations = append(g.Locations, l.Location)
	}
	for _, id := range slices.Sorted(maps.Keys(d.sites)) {
		g.Sites = append(g.Sites, *d.sites[id])
	}
	g.Digest = digestOf(g)
	return g
}

// place enters one pool.
func (d *drawing) place(p *o2.ResourcePool) {
	stands := d.atlas.stand(p)
	s, known := d.sites[stands.site]
	if !known {
		s = &ocloud.Site{ID: stands.site, GlobalLocationID: stands.location}
		d.sites[s.ID] = s
	}
	at := d.location(s.GlobalLocationID)
	if !known {
		at.Sites = append(at.Sites, s.ID)
	}
	s.Pools = append(s.Pools, p.ID)
	if stands.place == s.GlobalLocationID {
		at.text = cmp.Or(at.text, d.text(p))
	}
	if p.Site == nil {
		return
	}
	s.Name, s.Description = cmp.Or(s.Name, p.Site.Name), cmp.Or(s.Description, p.Site.Description)
	if p.Site.Location.GlobalID == s.GlobalLocationID {
		complete(&at.Location.Location, &p.Site.Location)
	}
}

// text is what a pool calls its own place.
func (d *drawing) text(p *o2.ResourcePool) string {
	if p.GlobalLocationID == "" && p.Location == "" {
		return d.atlas.oCloudOf(p)
	}
	return p.Location
}

func (d *drawing) location(id string) *location {
	l, known := d.locations[id]
	if !known {
		l = &location{Location: ocloud.Location{Location: o2.Location{GlobalID: id}}}
		d.locations[id] = l
	}
	return l
}

// finish gives a site what is configured of it and nobody has told, and a name.
func (d *drawing) finish(s *ocloud.Site) {
	if c := d.atlas.sites[s.ID]; c != nil {
		s.Name, s.Description = cmp.Or(s.Name, c.Name), cmp.Or(s.Description, c.Description)
		s.Extensions = cmp.Or(s.Extensions, c.Extensions)
	}
	at := d.locations[s.GlobalLocationID]
	s.Name = cmp.Or(s.Name, at.Name, at.text, s.GlobalLocationID)
}

// complete fills what to lacks.
func complete(to, from *o2.Location) {
	to.Name, to.Description = cmp.Or(to.Name, from.Name), cmp.Or(to.Description, from.Description)
	to.Address = cmp.Or(to.Address, from.Address)
	to.Extensions = cmp.Or(to.Extensions, from.Extensions)
	if to.Coordinate == nil {
		to.Coordinate = from.Coordinate
	}
	if len(to.CivicAddress) == 0 {
		to.CivicAddress = from.CivicAddress
	}
}

// named gives a location a name, and an address if nothing else says where it is.
func named(l *o2.Location, text string) {
	l.Name = cmp.Or(l.Name, text, l.GlobalID)
	if l.Address == "" && l.Coordinate == nil && len(l.CivicAddress) == 0 {
		l.Address = cmp.Or(text, l.Name)
	}
}
