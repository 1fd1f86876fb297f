package inventoryv2

import (
	"net/http"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/ocloud"
)

// ListLocations answers with one page of locations.
func (a *API) ListLocations(w http.ResponseWriter, r *http.Request) {
	answerPlaces(a, w, r, locations, locationsOf)
}

// GetLocation answers with one location.
func (a *API) GetLocation(w http.ResponseWriter, r *http.Request, id string) {
	answerPlace(a, w, r, locations, locationsOf, func(l *location) bool { return l.GlobalID == id }, id)
}

// ListOCloudSites answers with one page of O-Cloud sites.
func (a *API) ListOCloudSites(w http.ResponseWriter, r *http.Request) {
	answerPlaces(a, w, r, sites, sitesOf)
}

// GetOCloudSite answers with one O-Cloud site.
func (a *API) GetOCloudSite(w http.ResponseWriter, r *http.Request, text string) {
	id, ok := o2.ParseID(text)
	answerPlace(a, w, r, sites, sitesOf, func(s *ocloud.Site) bool { return ok && s.ID == id }, text)
}

// answerPlaces answers with one page of what there is of the geography that the
// caller sees.
func answerPlaces[T any](a *API, w http.ResponseWriter, r *http.Request, c reading.Collection[T], of func(*ocloud.Geography) []T) {
	req, err := a.Reading.Parse(r, c.Schema, nil)
	if err != nil {
		a.Reading.Fail(w, r, err)
		return
	}
	g, err := a.clouds.Geography(r.Context(), exchange.ScopeOf(r.Context()))
	if err != nil {
		a.Reading.Fail(w, r, err)
		return
	}
	reading.SetFreshness(w.Header(), g.Freshness)
	reading.AnswerCollection(a.Reading, w, r, c, req, of(g))
}

// answerPlace answers with the one that is meant, which the caller calls id.
func answerPlace[T any](a *API, w http.ResponseWriter, r *http.Request, c reading.Collection[T], of func(*ocloud.Geography) []T, meant func(T) bool, id string) {
	selector, byDefault, err := a.Reading.ParseObject(r, c.Schema)
	if err != nil {
		a.Reading.Fail(w, r, err)
		return
	}
	g, err := a.clouds.Geography(r.Context(), exchange.ScopeOf(r.Context()))
	if err != nil {
		a.Reading.Fail(w, r, err)
		return
	}
	all := of(g)
	i := slices.IndexFunc(all, meant)
	if i < 0 {
		a.Reading.Fail(w, r, reading.UnknownID(c.Schema.Name(), id))
		return
	}
	reading.SetFreshness(w.Header(), g.Freshness)
	reading.AnswerOne(a.Reading, w, r, c, all[i], selector, byDefault)
}

// location is a location with the key that lists are ordered by: markers hold UUIDs,
// and a globalLocationId is a text.
type location struct {
	*ocloud.Location
	key string
}

func locationsOf(g *ocloud.Geography) []*location {
	list := make([]*location, len(g.Locations))
	for i := range g.Locations {
		l := &g.Locations[i]
		list[i] = &location{l, string(o2.DeriveID("location", l.GlobalID))}
	}
	slices.SortFunc(list, func(a, b *location) int { return strings.Compare(a.key, b.key) })
	return list
}

func sitesOf(g *ocloud.Geography) []*ocloud.Site {
	list := make([]*ocloud.Site, len(g.Sites))
	for i := range g.Sites {
		list[i] = &g.Sites[i]
	}
	return list
}
