package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/netweave/netweave/core/o2"
)

// siteReader reads oCloud.sites. Its maps hold which location has an id, and which
// site has an id, names a pool, or takes all pools of a location.
type siteReader struct {
	*reader
	locations map[string]int
	ids       map[o2.ID]int
	pools     map[string]int
	whole     map[string]int
}

func newSiteReader(r *reader, locations map[string]int) *siteReader {
	return &siteReader{reader: r, locations: locations, ids: map[o2.ID]int{}, pools: map[string]int{}, whole: map[string]int{}}
}

func (r *siteReader) site(n *yaml.Node, path string, index int) Site {
	f := r.known(n, path, "id", "globalLocationId", "name", "description", "extensions", "pools")
	s := Site{
		Name:        r.checked(f["name"], path+".name", checkDescription),
		Description: r.checked(f["description"], path+".description", checkDescription),
		Extensions:  r.extensions(f["extensions"], path+".extensions"),
	}
	var ok bool
	if s.ID, ok = r.mandatory(f["id"], path+".id", n, "is missing: every site needs an id of its own"); ok {
		if err := checkName(s.ID); err != nil {
			r.problem(path+".id", f["id"], err.Error())
		}
		s.UUID = o2.DeriveID("", s.ID)
		if first, twice := taken(r.ids, s.UUID, index); twice {
			r.problem(path+".id", f["id"], fmt.Sprintf("oCloud.sites[%d] has the id %s already: ids must differ", first, s.ID))
		}
	}
	at := path + ".globalLocationId"
	if s.GlobalLocationID, ok = r.mandatory(f["globalLocationId"], at, n, "is missing: every site is at one of oCloud.locations"); ok {
		if _, known := r.locations[s.GlobalLocationID]; !known {
			r.problem(at, f["globalLocationId"], fmt.Sprintf("no location has the id %s: add it to oCloud.locations", s.GlobalLocationID))
		}
	}
	s.Pools = r.poolsOf(f["pools"], path+".pools", n, index)
	if len(s.Pools) == 0 && s.GlobalLocationID != "" {
		if first, twice := taken(r.whole, s.GlobalLocationID, index); twice {
			r.problem(path, n, fmt.Sprintf("names no pools, and oCloud.sites[%d] takes all those at %s already: name the pools of one of the two", first, s.GlobalLocationID))
		}
	}
	return s
}

// poolsOf reads the ids and names of a site's pools.
func (r *siteReader) poolsOf(n *yaml.Node, path string, owner *yaml.Node, index int) []string {
	var pools []string
	for i, item := range r.list(n, path, "a list of ids or names of resource pools") {
		at := fmt.Sprintf("%s[%d]", path, i)
		pool, ok := r.mandatory(item, at, owner, "must be the id or the name of a resource pool")
		if !ok {
			continue
		}
		if id, isID := o2.ParseID(pool); isID {
			pool = string(id)
		}
		switch first, twice := taken(r.pools, pool, index); {
		case twice && first == index:
			r.problem(at, item, fmt.Sprintf("names the pool %s again: once is enough", pool))
		case twice:
			r.problem(at, item, fmt.Sprintf("oCloud.sites[%d] has the pool %s already: a pool stands at one site", first, pool))
		default:
			pools = append(pools, pool)
		}
	}
	return pools
}

// taken notes that index takes what, and returns who has taken it before.
func taken[K comparable](by map[K]int, what K, index int) (first int, twice bool) {
	if first, twice = by[what]; !twice {
		by[what] = index
	}
	return first, twice
}
