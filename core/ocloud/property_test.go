package ocloud

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/ocloud"
)

// places are what configurations and pools are drawn from: few, so that they meet.
var places = []string{"", "east", "west", "north wing", "a/b"}

func drawConfig(t *rapid.T) Config {
	c := Config{Info: ocloud.Info{ID: oCloud, GlobalID: oCloud, Name: "netweave"}, Text: rapid.SampledFrom(places).Draw(t, "text")}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(places[1:]), 0, 4, rapid.ID).Draw(t, "locations") {
		c.Locations = append(c.Locations, o2.Location{GlobalID: id, Address: rapid.SampledFrom(places).Draw(t, "address")})
	}
	if len(c.Locations) == 0 {
		return c
	}
	ids := []o2.ID{hallID, wholeID, o2.SiteID("b1", "s1")}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 3, rapid.ID).Draw(t, "sites") {
		c.Sites = append(c.Sites, Site{
			ID: id, GlobalLocationID: rapid.SampledFrom(c.Locations).Draw(t, "at").GlobalID, Name: rapid.SampledFrom(places).Draw(t, "name"),
			Pools: rapid.SliceOfN(rapid.SampledFrom([]string{"p1", "p2", string(pid(2)), string(pid(3)), "nobody's"}), 0, 3).Draw(t, "pools"),
		})
	}
	return c
}

// drawPools gives each pool and site of a backend a name with the tenant's in it,
// by which a leak is found.
func drawPools(t *rapid.T) []*o2.ResourcePool {
	var pools []*o2.ResourcePool
	for n := range rapid.IntRange(0, 9).Draw(t, "pools") {
		tenant := rapid.SampledFrom([]string{"", "secret-a", "secret-b"}).Draw(t, "tenant")
		place := func(label string) string {
			at := rapid.SampledFrom(places).Draw(t, label)
			if at != "" && rapid.Bool().Draw(t, label+" of their own") {
				at += tenant
			}
			return at
		}
		p := pool(n, of(tenant), by(rapid.SampledFrom([]string{"b1", "b2"}).Draw(t, "backend")), inPlace(place("global"), place("location")))
		p.OCloudID = rapid.SampledFrom([]string{"", "lab", string(oCloud)}).Draw(t, "oCloud")
		if rapid.Bool().Draw(t, "told") {
			p.Site = &o2.Site{
				NativeID: rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "native"), Name: place("site"), Description: tenant,
				Location: o2.Location{GlobalID: place("at"), Name: tenant, Address: place("address")},
			}
		}
		o2.Seal(p)
		pools = append(pools, p)
	}
	return pools
}

// TestEveryPoolStandsAtOneSite: SiteOf and Geography agree, of each pool that a
// caller sees and of no other.
func TestEveryPoolStandsAtOneSite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, pools := drawConfig(t), shelved(drawPools(t)...)
		pools.largest = rapid.IntRange(1, 9).Draw(t, "page")
		s, err := New(NewAtlas(c), pools)
		if err != nil {
			t.Fatal(err)
		}
		for _, tenant := range []string{"", "secret-a", "secret-b", "nobody"} {
			caller := platform
			if tenant != "" {
				caller = member(tenant)
			}
			g, err := s.Geography(t.Context(), caller)
			if err != nil {
				t.Fatal(err)
			}
			var visible []*o2.ResourcePool
			for _, p := range pools.pools {
				if tenant == "" || p.Tenant == tenant {
					visible = append(visible, p)
				}
			}
			checkWhole(t, s, g, visible)
			if tenant != "" {
				checkNothingElses(t, c, g, visible, tenant)
			}
			again, err := New(NewAtlas(c), shelved(visible...))
			if err != nil {
				t.Fatal(err)
			}
			alone, err := again.Geography(t.Context(), caller)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(alone, g) {
				t.Fatalf("%s sees\n%s\nand without the others' pools\n%s", tenant, strings.Join(lines(g), "\n"), strings.Join(lines(alone), "\n"))
			}
		}
	})
}

func checkWhole(t *rapid.T, s *Service, g *ocloud.Geography, visible []*o2.ResourcePool) {
	sites := map[o2.ID]ocloud.Site{}
	locations := map[string]ocloud.Location{}
	for _, site := range g.Sites {
		sites[site.ID] = site
	}
	for _, l := range g.Locations {
		locations[l.GlobalID] = l
		if l.GlobalID == "" || l.Name == "" || l.Address == "" && l.Coordinate == nil && len(l.CivicAddress) == 0 {
			t.Fatalf("the location %+v lacks what is mandatory", l)
		}
		for _, id := range l.Sites {
			if sites[id].GlobalLocationID != l.GlobalID {
				t.Fatalf("%s has the site %s, which is %+v", l.GlobalID, id, sites[id])
			}
		}
	}
	if len(sites) != len(g.Sites) || len(locations) != len(g.Locations) {
		t.Fatal("an id is there twice")
	}
	var listed []o2.ID
	for _, site := range g.Sites {
		if !slices.Contains(locations[site.GlobalLocationID].Sites, site.ID) {
			t.Fatalf("the location %q does not have the site %s", site.GlobalLocationID, site.ID)
		}
		if site.Name == "" || len(site.Pools) == 0 || !slices.IsSorted(site.Pools) {
			t.Fatalf("the site %+v", site)
		}
		listed = append(listed, site.Pools...)
	}
	for _, p := range visible {
		if !slices.Contains(sites[s.SiteOf(p)].Pools, p.ID) {
			t.Fatalf("SiteOf(%s) is %s, which has %v", p.Name, s.SiteOf(p), sites[s.SiteOf(p)].Pools)
		}
	}
	if len(listed) != len(visible) {
		t.Fatalf("sites have the pools %v, of %d", listed, len(visible))
	}
	if !slices.IsSortedFunc(g.Sites, func(a, b ocloud.Site) int { return strings.Compare(string(a.ID), string(b.ID)) }) ||
		!slices.IsSortedFunc(g.Locations, func(a, b ocloud.Location) int { return strings.Compare(a.GlobalID, b.GlobalID) }) {
		t.Fatal("not sorted")
	}
}

// checkNothingElses: what a tenant is shown has nobody else's secret in it, no site
// without a pool of theirs, and no location beyond those sites' and the configured.
func checkNothingElses(t *rapid.T, c Config, g *ocloud.Geography, visible []*o2.ResourcePool, tenant string) {
	text := fmt.Sprintf("%+v", lines(g))
	for _, other := range []string{"secret-a", "secret-b"} {
		if other != tenant && strings.Contains(text, other) {
			t.Fatalf("%s sees %s", tenant, text)
		}
	}
	if len(g.Sites) > len(visible) {
		t.Fatalf("%s sees %d sites by %d pools", tenant, len(g.Sites), len(visible))
	}
	for _, l := range g.Locations {
		known := slices.ContainsFunc(c.Locations, func(k o2.Location) bool { return k.GlobalID == l.GlobalID })
		if !known && len(l.Sites) == 0 {
			t.Fatalf("%s sees the location %s, where nothing is", tenant, l.GlobalID)
		}
	}
}

// TestDigestTellsApart: equal content has an equal digest, and no other has.
func TestDigestTellsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := NewAtlas(drawConfig(t)).draw(nil)
		two := NewAtlas(drawConfig(t)).draw(nil)
		same := reflect.DeepEqual(one.Locations, two.Locations) && reflect.DeepEqual(one.Sites, two.Sites)
		if same != (one.Digest == two.Digest) {
			t.Fatalf("digests %s and %s of\n%v\n%v", one.Digest, two.Digest, lines(one), lines(two))
		}
	})
}
