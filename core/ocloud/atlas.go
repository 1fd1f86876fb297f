package ocloud

import (
	"cmp"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/ocloud"
)

// Config is what is configured of the O-Cloud. It is taken to be valid: ids differ,
// and sites are at locations that are there.
type Config struct {
	// Info is the identity. ID and Name are mandatory.
	Info ocloud.Info
	// Text is the O-Cloud's id as it was configured, which may be no UUID.
	Text      string
	Locations []o2.Location
	Sites     []Site
}

// Site is a configured site.
type Site struct {
	// ID and GlobalLocationID are mandatory.
	ID                o2.ID
	GlobalLocationID  string
	Name, Description string
	Extensions        o2.JSON
	// Pools are the ids or names of the pools there. A site without any takes all
	// pools of its location that no site names.
	Pools []string
}

// Atlas tells where a pool stands. It is immutable.
type Atlas struct {
	config    Config
	locations map[string]*o2.Location
	sites     map[o2.ID]*Site
	// named finds sites by their pools' ids and names, placed those that name none by
	// their locations.
	named, placed map[string]*Site
}

// NewAtlas makes the Atlas of what is configured.
func NewAtlas(c Config) *Atlas {
	a := &Atlas{
		config: c, locations: map[string]*o2.Location{}, sites: map[o2.ID]*Site{},
		named: map[string]*Site{}, placed: map[string]*Site{},
	}
	for i := range c.Locations {
		a.locations[c.Locations[i].GlobalID] = &c.Locations[i]
	}
	for i := range c.Sites {
		s := &c.Sites[i]
		a.sites[s.ID] = s
		if len(s.Pools) == 0 {
			a.placed[s.GlobalLocationID] = s
		}
		for _, pool := range s.Pools {
			a.named[pool] = s
		}
	}
	return a
}

// SiteOf returns the id of the site that a pool stands at.
func (a *Atlas) SiteOf(p *o2.ResourcePool) o2.ID { return a.stand(p).site }

// LocationOf returns the globalLocationId of that site.
func (a *Atlas) LocationOf(p *o2.ResourcePool) string { return a.stand(p).location }

// OCloudOf returns the id of the O-Cloud that a backend calls so, the configured one
// where it does not say.
func (a *Atlas) OCloudOf(text string) o2.ID {
	if text == "" {
		return a.config.Info.ID
	}
	return o2.OCloudID(text)
}

// stand is where a pool stands.
type stand struct {
	site o2.ID
	// location is the site's globalLocationId, place the pool's own.
	location, place string
}

func (a *Atlas) stand(p *o2.ResourcePool) stand {
	s := stand{place: a.placeOf(p)}
	configured := a.configuredFor(p, s.place)
	switch {
	case p.Site != nil:
		s.site, s.location = o2.SiteID(p.Backend, p.Site.NativeID), cmp.Or(p.Site.Location.GlobalID, s.place)
	case configured != nil:
		s.site, s.location = configured.ID, configured.GlobalLocationID
	default:
		s.site, s.location = madeSite(s.place), s.place
	}
	return s
}

// configuredFor returns the configured site for a pool whose backend tells of none,
// nil if there is none.
func (a *Atlas) configuredFor(p *o2.ResourcePool, place string) *Site {
	if s := a.named[string(p.ID)]; s != nil {
		return s
	}
	if s := a.named[p.Name]; s != nil {
		return s
	}
	return a.placed[place]
}

// placeOf returns a pool's own place as a globalLocationId.
func (a *Atlas) placeOf(p *o2.ResourcePool) string {
	switch {
	case p.GlobalLocationID != "":
		return p.GlobalLocationID
	case p.Location == "":
		return string(o2.OCloudID(a.oCloudOf(p)))
	case inPath(p.Location):
		return p.Location
	default:
		return string(o2.SiteID(noBackend, "location "+p.Location))
	}
}

func (a *Atlas) oCloudOf(p *o2.ResourcePool) string {
	return cmp.Or(p.OCloudID, a.config.Text, string(a.config.Info.ID))
}

// noBackend is no backend's name.
const noBackend = ""

// madeSite returns the id of the site made for a place.
func madeSite(place string) o2.ID { return o2.SiteID(noBackend, "site "+place) }

// inPath reports whether a text can stand in a path as it is: it has characters
// alone that RFC 3986 does not reserve, and is no step of its own.
func inPath(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '~':
		case c == '.' && i > 0:
		default:
			return false
		}
	}
	return text != ""
}
