package ocloud

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
)

const (
	oCloud   = o2.ID("18f2dc90-b375-47dd-b8dc-ae80072e6cdb")
	hallID   = o2.ID("aaaaaaaa-0000-4000-8000-000000000000")
	wholeID  = o2.ID("bbbbbbbb-0000-4000-8000-000000000000")
	eastCity = "1 Main Street, Springfield"
)

// configured has two locations with a site each: one names pools, the other takes
// all of its location.
func configured() Config {
	return Config{
		Info: ocloud.Info{ID: oCloud, GlobalID: oCloud, Name: "netweave"}, Text: string(oCloud),
		Locations: []o2.Location{
			{GlobalID: "east", Name: "East", Address: eastCity, Extensions: `{"Tier":3}`},
			{GlobalID: "west", Coordinate: &o2.Coordinate{Longitude: -120, Latitude: 45}},
		},
		Sites: []Site{
			{ID: hallID, GlobalLocationID: "east", Name: "Hall", Extensions: `{"Rows":4}`, Pools: []string{"p1", string(pid(2))}},
			{ID: wholeID, GlobalLocationID: "west", Description: "all of it"},
		},
	}
}

func service(t testing.TB, c Config, pools *shelf) *Service {
	t.Helper()
	s, err := New(NewAtlas(c), pools)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func geography(t testing.TB, s *Service, sc scope.Scope) *ocloud.Geography {
	t.Helper()
	g, err := s.Geography(t.Context(), sc)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// lines shows a geography, a line for each location and site.
func lines(g *ocloud.Geography) []string {
	var list []string
	for _, l := range g.Locations {
		where := l.Address
		if l.Coordinate != nil {
			where += fmt.Sprintf("(%g %g)", l.Coordinate.Longitude, l.Coordinate.Latitude)
		}
		for _, e := range l.CivicAddress {
			where += fmt.Sprintf("[%d %s]", e.Type, e.Value)
		}
		list = append(list, fmt.Sprintf("%s: %s, %s, at %s %s %s", l.GlobalID, l.Name, l.Description, where, l.Extensions, l.Sites))
	}
	for _, s := range g.Sites {
		var pools []string
		for _, p := range s.Pools {
			pools = append(pools, string(p[7:8]))
		}
		list = append(list, fmt.Sprintf("%s at %s: %s, %s %s has %s", s.ID, s.GlobalLocationID, s.Name, s.Description, s.Extensions, pools))
	}
	return list
}

func TestWherePoolsStand(t *testing.T) {
	rack := o2.Site{NativeID: "r1", Name: "Rack", Location: o2.Location{GlobalID: "roof", Address: "Roof", CivicAddress: []o2.CivicElement{{Type: 3, Value: "Bonn"}}}}
	rackID := o2.SiteID("b", "r1")
	inEast := o2.Site{NativeID: "r2", Location: o2.Location{GlobalID: "east", Name: "Backend's East", Coordinate: &o2.Coordinate{Longitude: 1, Latitude: 2}}}
	const unused = "east: East, , at " + eastCity + ` {"Tier":3} []`
	const unusedWest = "west: west, , at (-120 45)  []"
	for name, tt := range map[string]struct {
		pool *o2.ResourcePool
		want []string
	}{
		"a backend's site": {pool(1, told(rack)), []string{
			unused, fmt.Sprintf("roof: roof, , at Roof[3 Bonn]  [%s]", rackID), unusedWest, fmt.Sprintf("%s at roof: Rack,   has [1]", rackID)}},
		"a backend's site, completed by configuration": {pool(1, told(inEast)), []string{
			fmt.Sprintf("east: Backend's East, , at %s(1 2) {\"Tier\":3} [%s]", eastCity, o2.SiteID("b", "r2")), unusedWest,
			fmt.Sprintf("%s at east: Backend's East,   has [1]", o2.SiteID("b", "r2"))}},
		"named by its name": {pool(1, inPlace("west", "")), []string{
			strings.Replace(unused, "[]", "["+string(hallID)+"]", 1), unusedWest, string(hallID) + ` at east: Hall,  {"Rows":4} has [1]`}},
		"named by its id": {pool(2), []string{
			strings.Replace(unused, "[]", "["+string(hallID)+"]", 1), unusedWest, string(hallID) + ` at east: Hall,  {"Rows":4} has [2]`}},
		"the site that takes all of its location": {pool(3, inPlace("west", "Portland")), []string{
			unused, fmt.Sprintf("west: Portland, , at (-120 45)  [%s]", wholeID), string(wholeID) + " at west: Portland, all of it  has [3]"}},
		"and of its text": {pool(3, inPlace("", "west")), []string{
			unused, fmt.Sprintf("west: west, , at (-120 45)  [%s]", wholeID), string(wholeID) + " at west: west, all of it  has [3]"}},
		"made for a configured location": {pool(3, inPlace("east", "")), []string{
			strings.Replace(unused, "[]", "["+string(madeSite("east"))+"]", 1), unusedWest, string(madeSite("east")) + " at east: East,   has [3]"}},
		"made for its location": {pool(3, inPlace("dc-9", "Oslo")), []string{
			"dc-9: Oslo, , at Oslo  [" + string(madeSite("dc-9")) + "]", unused, unusedWest, string(madeSite("dc-9")) + " at dc-9: Oslo,   has [3]"}},
		"made for its location's text": {pool(3, inPlace("", "Hall 1/North")), []string{
			// These ids are for ever: whoever stored one would lose it.
			"c2041a0e-5bf0-5ff1-94e3-b64ea78d68f6: Hall 1/North, , at Hall 1/North  [6f0ad479-e013-5757-94c1-61b6f476d316]", unused, unusedWest,
			"6f0ad479-e013-5757-94c1-61b6f476d316 at c2041a0e-5bf0-5ff1-94e3-b64ea78d68f6: Hall 1/North,   has [3]"}},
		"made for its O-Cloud": {pool(3, func(p *o2.ResourcePool) { p.OCloudID = "lab" }), []string{
			"22e42d08-359d-5dba-90c1-ca94473706e4: lab, , at lab  [05312645-480e-5fd8-a877-9f2b0651d322]", unused, unusedWest,
			"05312645-480e-5fd8-a877-9f2b0651d322 at 22e42d08-359d-5dba-90c1-ca94473706e4: lab,   has [3]"}},
		"made for ours": {pool(3), []string{
			string(oCloud) + ": " + string(oCloud) + ", , at " + string(oCloud) + "  [" + string(madeSite(string(oCloud))) + "]", unused, unusedWest,
			string(madeSite(string(oCloud))) + " at " + string(oCloud) + ": " + string(oCloud) + ",   has [3]"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := service(t, configured(), shelved(tt.pool))
			if got := lines(geography(t, s, platform)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestNobodyAndErrors(t *testing.T) {
	down := shelved()
	down.err = inventory.ErrNotSynced
	if _, err := service(t, configured(), down).Geography(t.Context(), platform); !errors.Is(err, inventory.ErrNotSynced) {
		t.Errorf("before anything is read: %v", err)
	}
	if _, err := service(t, configured(), shelved()).Geography(t.Context(), scope.Scope{}); !errors.Is(err, authz.ErrDenied) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := New(nil, shelved()); err == nil {
		t.Error("made without an atlas")
	}
}

func TestTheFirstToTellHasTheWord(t *testing.T) {
	site := func(name, address string) o2.Site {
		return o2.Site{NativeID: "r", Name: name, Location: o2.Location{GlobalID: "l", Address: address}}
	}
	g := geography(t, service(t, Config{Info: ocloud.Info{ID: oCloud}}, shelved(
		pool(1, told(site("", "first"))), pool(2, told(site("second", "other"))), pool(3, told(site("third", ""))),
	)), platform)
	want := []string{
		"l: l, , at first  [" + string(o2.SiteID("b", "r")) + "]",
		string(o2.SiteID("b", "r")) + " at l: second,   has [1 2 3]",
	}
	if got := lines(g); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestADrawingIsKept counts drawings by whether a geography's slices are others.
func TestADrawingIsKept(t *testing.T) {
	pools := shelved(pool(1), pool(2), pool(3))
	pools.largest, pools.freshness = 2, inventory.Freshness{Age: time.Second}
	s := service(t, configured(), pools)
	first := geography(t, s, platform)
	pools.freshness = inventory.Freshness{Age: 2 * time.Second, Stale: []string{"b"}}
	again := geography(t, s, platform)
	if &first.Sites[0] != &again.Sites[0] || pools.lists != 4 {
		t.Errorf("drawn again although nothing changed, in %d lists", pools.lists)
	}
	if first.Age != time.Second || again.Age != 2*time.Second || len(again.Stale) != 1 {
		t.Errorf("freshness is not that of now: %+v, %+v", first.Freshness, again.Freshness)
	}
	pools.pools[2] = pool(3, inPlace("west", ""))
	if changed := geography(t, s, platform); changed.Digest == first.Digest || len(changed.Sites) != 2 {
		t.Errorf("not drawn again: %v", lines(changed))
	}
}

// TestAnotherBackendIsAnotherSite: the digest of a pool whose native id is a UUID
// does not tell of its backend, on which the site's id depends.
func TestAnotherBackendIsAnotherSite(t *testing.T) {
	site := told(o2.Site{NativeID: "r", Location: o2.Location{GlobalID: "l"}})
	pools := shelved(pool(1, by("one"), site))
	s := service(t, configured(), pools)
	geography(t, s, platform)
	pools.pools[0] = pool(1, by("two"), site)
	if got := geography(t, s, platform).Sites[0].ID; got != o2.SiteID("two", "r") || got != s.SiteOf(pools.pools[0]) {
		t.Errorf("the site is %s still", got)
	}
}
