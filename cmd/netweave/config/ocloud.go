package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netweave/netweave/core/o2"
)

// oCloud reads the lists and mappings of oCloud.
func (r *reader) oCloud(places map[string]*yaml.Node) (o OCloud) {
	o.Extensions = r.extensions(places["oCloud.extensions"], "oCloud.extensions")
	firsts := map[string]int{}
	for i, item := range r.list(places["oCloud.locations"], "oCloud.locations", "a list of locations") {
		l := r.location(item, fmt.Sprintf("oCloud.locations[%d]", i), firsts, i)
		o.Locations = append(o.Locations, l)
	}
	s := newSiteReader(r, firsts)
	for i, item := range r.list(places["oCloud.sites"], "oCloud.sites", "a list of sites") {
		o.Sites = append(o.Sites, s.site(item, fmt.Sprintf("oCloud.sites[%d]", i), i))
	}
	return o
}

// location reads the location of that index; firsts holds the index of each
// globalLocationId.
func (r *reader) location(n *yaml.Node, path string, firsts map[string]int, index int) o2.Location {
	f := r.known(n, path, "globalLocationId", "name", "description", "address", "coordinate", "civicAddress", "extensions")
	at := path + ".globalLocationId"
	l := o2.Location{
		Name:        r.checked(f["name"], path+".name", checkDescription),
		Description: r.checked(f["description"], path+".description", checkDescription),
		Address:     r.checked(f["address"], path+".address", checkDescription),
		Coordinate:  r.coordinate(f["coordinate"], path+".coordinate"),
		Extensions:  r.extensions(f["extensions"], path+".extensions"),
	}
	for i, item := range r.list(f["civicAddress"], path+".civicAddress", "a list of elements with caType and caValue") {
		l.CivicAddress = append(l.CivicAddress, r.civicElement(item, fmt.Sprintf("%s.civicAddress[%d]", path, i)))
	}
	var ok bool
	if l.GlobalID, ok = r.mandatory(f["globalLocationId"], at, n, "is missing: every location needs an id of its own"); !ok {
		return l
	}
	if err := checkInPath(l.GlobalID); err != nil {
		r.problem(at, f["globalLocationId"], err.Error())
	}
	if first, twice := firsts[l.GlobalID]; twice {
		r.problem(at, f["globalLocationId"], fmt.Sprintf("oCloud.locations[%d] has the id %s already: ids must differ", first, l.GlobalID))
		return l
	}
	firsts[l.GlobalID] = index
	return l
}

func (r *reader) coordinate(n *yaml.Node, path string) *o2.Coordinate {
	if isNull(n) {
		return nil
	}
	f := r.known(n, path, "longitude", "latitude", "altitude")
	c := &o2.Coordinate{
		Longitude: r.degrees(f["longitude"], path+".longitude", n, 180),
		Latitude:  r.degrees(f["latitude"], path+".latitude", n, 90),
	}
	if altitude, ok := r.number(f["altitude"], path+".altitude"); ok {
		c.Altitude = &altitude
	}
	return c
}

func (r *reader) degrees(n *yaml.Node, path string, owner *yaml.Node, most float64) float64 {
	before := len(r.problems)
	v, ok := r.number(n, path)
	switch {
	case !ok && len(r.problems) == before:
		r.problem(path, owner, "is missing: a coordinate has longitude and latitude, in degrees")
	case v < -most || v > most:
		r.problem(path, n, fmt.Sprintf("must be from %g to %g degrees", -most, most))
	}
	return v
}

func (r *reader) civicElement(n *yaml.Node, path string) (e o2.CivicElement) {
	f := r.known(n, path, "caType", "caValue")
	before := len(r.problems)
	if v := r.integer(f["caType"], path+".caType"); v < 0 || v > 255 {
		r.problem(path+".caType", f["caType"], "must be from 0 to 255: RFC 4776 says which stands for what")
	} else if e.Type = uint8(v); isNull(f["caType"]) && len(r.problems) == before {
		r.problem(path+".caType", n, "is missing: RFC 4776 says which number stands for what")
	}
	e.Value, _ = r.mandatory(f["caValue"], path+".caValue", n, "is missing: an element has a value")
	return e
}

// extensions reads user data, its keys as they are written.
func (r *reader) extensions(n *yaml.Node, path string) o2.JSON {
	if isNull(n) {
		return ""
	}
	if n = resolve(n); n.Kind != yaml.MappingNode {
		r.problem(path, n, "must be a mapping, of any keys and values")
		return ""
	}
	raw, err := json.Marshal(r.free(n, path))
	if err != nil {
		r.problem(path, n, "cannot be shown as JSON")
		return ""
	}
	j, err := o2.ParseJSON(raw)
	if err != nil {
		r.problem(path, n, err.Error())
	}
	return j
}

// checked reads a text that check has to accept.
func (r *reader) checked(n *yaml.Node, path string, check func(string) error) string {
	text := r.text(n, path)
	if err := check(text); err != nil {
		r.problem(path, n, err.Error())
	}
	return text
}

// checkInPath takes what can be a step of a path.
func checkInPath(id string) error {
	if strings.ContainsAny(id, `/\`) || slices.Contains([]string{".", ".."}, id) {
		return fmt.Errorf("must have no slash, and not be . or ..: it is part of a path")
	}
	return checkName(id)
}
