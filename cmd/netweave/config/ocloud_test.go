package config

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

func TestOCloud(t *testing.T) {
	t.Setenv("NETWEAVE_OCLOUD_NAME", "from the environment")
	t.Setenv("CONTACT", "noc@example.org")
	c, err := load(t, oneAdapter+`oCloud:
  id: ocloud-1
  globalId: 18F2DC90-b375-47dd-b8dc-ae80072e6cdb
  name: overridden
  description: of the north
  serviceUri: https://o2ims.example.org:443
  extensions: {Contact: "${CONTACT}", nested: {CamelCase: [1, true, null]}}
  locations:
    - globalLocationId: dc-east
      name: East
      description: the first
      address: 1 Main Street
      coordinate: {longitude: -89.65, latitude: 39, altitude: 182}
      civicAddress: [{caType: 0, caValue: en}, {caType: 255, caValue: x}]
      extensions: {Tier: 3}
    - globalLocationId: dc-west
      coordinate: {longitude: 180, latitude: -90}
  sites:
    - {id: 0A1B2C3D-4e5f-4a6b-8c7d-9e0f1a2b3c4d, globalLocationId: dc-east, name: Hall, description: of racks, extensions: {Rows: 4}, pools: [p1, 1A1B2C3D-4e5f-4a6b-8c7d-9e0f1a2b3c4d]}
    - {id: west-1, globalLocationId: dc-west}
`)
	if err != nil {
		t.Fatal(err)
	}
	altitude := 182.0
	want := OCloud{
		ID: "ocloud-1", GlobalID: "18F2DC90-b375-47dd-b8dc-ae80072e6cdb", Name: "from the environment", Description: "of the north",
		ServiceURI: "https://o2ims.example.org:443", Extensions: `{"Contact":"noc@example.org","nested":{"CamelCase":[1,true,null]}}`,
		Locations: []o2.Location{
			{
				GlobalID: "dc-east", Name: "East", Description: "the first", Address: "1 Main Street",
				Coordinate:   &o2.Coordinate{Longitude: -89.65, Latitude: 39, Altitude: &altitude},
				CivicAddress: []o2.CivicElement{{Type: 0, Value: "en"}, {Type: 255, Value: "x"}}, Extensions: `{"Tier":3}`,
			},
			{GlobalID: "dc-west", Coordinate: &o2.Coordinate{Longitude: 180, Latitude: -90}},
		},
		Sites: []Site{
			{
				ID: "0A1B2C3D-4e5f-4a6b-8c7d-9e0f1a2b3c4d", UUID: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", GlobalLocationID: "dc-east",
				Name: "Hall", Description: "of racks", Extensions: `{"Rows":4}`, Pools: []string{"p1", "1a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"},
			},
			{ID: "west-1", UUID: o2.DeriveID("", "west-1"), GlobalLocationID: "dc-west"},
		},
	}
	if !reflect.DeepEqual(c.OCloud, want) {
		t.Errorf("got  %+v\nwant %+v", c.OCloud, want)
	}
	if id, global := c.OCloud.Identity(); id != o2.OCloudID("ocloud-1") || global != "18f2dc90-b375-47dd-b8dc-ae80072e6cdb" {
		t.Errorf("shown as %s, %s", id, global)
	}
}

// TestOCloudByDefault pins the ids of a gateway that is told nothing.
func TestOCloudByDefault(t *testing.T) {
	c, err := load(t, oneAdapter)
	if err != nil {
		t.Fatal(err)
	}
	const want = "443d089b-56e0-56c9-9ff2-81e6aaadd800"
	if id, global := c.OCloud.Identity(); id != want || global != want || c.OCloud.Name != "netweave" {
		t.Errorf("shown as %s, %s, named %s", id, global, c.OCloud.Name)
	}
}

func TestOCloudProblems(t *testing.T) {
	const at = "line 3: oCloud."
	const uuidExample = `must be a UUID, for example "18f2dc90-b375-47dd-b8dc-ae80072e6cdb"`
	const uriExample = `must be scheme://host:port and nothing behind it, for example "https://o2ims.example.org:443"`
	located := func(sites string) string { return "{locations: [{globalLocationId: a}], sites: [" + sites + "]}" }
	for name, tt := range map[string]struct {
		oCloud string
		want   []string
	}{
		"unknown key":         {`{globalIdd: x}`, []string{at + "globalIdd: unknown key: did you mean globalId?"}},
		"no UUID":             {`{globalId: cloud}`, []string{at + "globalId: " + uuidExample}},
		"no id":               {`{id: ""}`, []string{at + "id: must be 1 to 255 bytes, with no space at either end"}},
		"a name of two lines": {`{name: "a\nb"}`, []string{at + "name: must be one line, without control characters"}},
		"a path":              {`{serviceUri: "https://a:1/o2"}`, []string{at + "serviceUri: " + uriExample}},
		"a slash":             {`{serviceUri: "https://a:1/"}`, []string{at + "serviceUri: " + uriExample}},
		"no port":             {`{serviceUri: "https://a"}`, []string{at + "serviceUri: " + uriExample}},
		"no such port":        {`{serviceUri: "https://a:0"}`, []string{at + "serviceUri: " + uriExample}},
		"another scheme":      {`{serviceUri: "ftp://a:1"}`, []string{at + "serviceUri: " + uriExample}},
		"no host":             {`{serviceUri: "http://:1"}`, []string{at + "serviceUri: " + uriExample}},
		"a password":          {`{serviceUri: "http://u:p@a:1"}`, []string{at + "serviceUri: " + uriExample}},
		"extensions in a list": {`{extensions: [1]}`, []string{
			at + "extensions: must be a mapping, of any keys and values"}},
		"locations in a mapping": {`{locations: {a: 1}}`, []string{at + "locations: must be a list of locations"}},
		"a location without id":  {`{locations: [{name: a}]}`, []string{at + "locations[0].globalLocationId: is missing: every location needs an id of its own"}},
		"a location's id is no step of a path": {`{locations: [{globalLocationId: a/b}, {globalLocationId: ..}]}`, []string{
			at + "locations[0].globalLocationId: must have no slash, and not be . or ..: it is part of a path",
			at + "locations[1].globalLocationId: must have no slash, and not be . or ..: it is part of a path"}},
		"a location twice": {`{locations: [{globalLocationId: a}, {globalLocationId: a}]}`, []string{
			at + "locations[1].globalLocationId: oCloud.locations[0] has the id a already: ids must differ"}},
		"half a coordinate": {`{locations: [{globalLocationId: a, coordinate: {longitude: 1}}]}`, []string{
			at + "locations[0].coordinate.latitude: is missing: a coordinate has longitude and latitude, in degrees"}},
		"off the globe": {`{locations: [{globalLocationId: a, coordinate: {longitude: 180.5, latitude: -91}}]}`, []string{
			at + "locations[0].coordinate.latitude: must be from -90 to 90 degrees",
			at + "locations[0].coordinate.longitude: must be from -180 to 180 degrees"}},
		"no numbers": {`{locations: [{globalLocationId: a, coordinate: {longitude: .nan, latitude: "1", altitude: high}}]}`, []string{
			at + "locations[0].coordinate.altitude: must be a number",
			at + "locations[0].coordinate.latitude: must be a number",
			at + "locations[0].coordinate.longitude: must be a number"}},
		"no such caType": {`{locations: [{globalLocationId: a, civicAddress: [{caType: 256, caValue: x}, {caType: -1, caValue: x}]}]}`, []string{
			at + "locations[0].civicAddress[0].caType: must be from 0 to 255: RFC 4776 says which stands for what",
			at + "locations[0].civicAddress[1].caType: must be from 0 to 255: RFC 4776 says which stands for what"}},
		"half an element": {`{locations: [{globalLocationId: a, civicAddress: [{caType: 1}, {caValue: x}]}]}`, []string{
			at + "locations[0].civicAddress[0].caValue: is missing: an element has a value",
			at + "locations[0].civicAddress[1].caType: is missing: RFC 4776 says which number stands for what"}},
		"a site without all": {located("{name: x}"), []string{
			at + "sites[0].globalLocationId: is missing: every site is at one of oCloud.locations",
			at + "sites[0].id: is missing: every site needs an id of its own"}},
		"a site nowhere": {located("{id: s, globalLocationId: b}"), []string{
			at + "sites[0].globalLocationId: no location has the id b: add it to oCloud.locations"}},
		"a site twice": {located("{id: s, globalLocationId: a}, {id: s, globalLocationId: a, pools: [p]}"), []string{
			at + "sites[1].id: oCloud.sites[0] has the id s already: ids must differ"}},
		"a pool twice": {located("{id: s, globalLocationId: a, pools: [p, p]}"), []string{
			at + "sites[0].pools[1]: names the pool p again: once is enough"}},
		"a pool at two sites": {located("{id: s, globalLocationId: a, pools: [p]}, {id: r, globalLocationId: a, pools: [p, q]}"), []string{
			at + "sites[1].pools[0]: oCloud.sites[0] has the pool p already: a pool stands at one site"}},
		"two for all pools": {located("{id: s, globalLocationId: a}, {id: r, globalLocationId: a}"), []string{
			at + "sites[1]: names no pools, and oCloud.sites[0] takes all those at a already: name the pools of one of the two"}},
		"a pool without a name": {located(`{id: s, globalLocationId: a, pools: [""]}`), []string{
			at + "sites[0].pools[0]: must be the id or the name of a resource pool"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := load(t, oneAdapter+"oCloud: "+tt.oCloud+"\n")
			var invalid *Invalid
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v, %v, want *Invalid", c, err)
			}
			var got []string
			for _, p := range invalid.Problems {
				got = append(got, p.String())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("problems:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
			}
		})
	}
}

// TestOCloudNeedsARestart: all of it is cold, and a difference is told by key.
func TestOCloudNeedsARestart(t *testing.T) {
	read := func(oCloud string) *Config {
		c, err := load(t, oneAdapter+"oCloud: "+oCloud+"\n")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := read("{extensions: {a: 1}, locations: [{globalLocationId: a}], sites: [{id: s, globalLocationId: a}]}")
	after := read("{name: x, extensions: {A: 1}, locations: [{globalLocationId: a, name: b}], sites: [{id: s, globalLocationId: a, pools: [p]}]}")
	want := []string{"oCloud.extensions", "oCloud.locations[a]", "oCloud.name", "oCloud.sites[s]"}
	if got := Cold(Diff(before.Entries(), after.Entries())); !slices.Equal(got, want) {
		t.Errorf("needs a restart: %v, want %v", got, want)
	}
	if merged := before.WithHotOf(after); !reflect.DeepEqual(merged.OCloud, before.OCloud) {
		t.Errorf("taken at once: %+v", merged.OCloud)
	}
	if before.Version() == after.Version() {
		t.Error("the versions are equal")
	}
}
