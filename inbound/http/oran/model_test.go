package oran_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// examples are objects of every kind, with every attribute.
func examples() []o2.Object {
	h := o2.Header{ID: idA, NativeID: "n", Backend: "b", Name: "n", Description: "d", Extensions: `{"a":1}`, Volatile: `{"b":2}`}
	return []o2.Object{
		&o2.DeploymentManager{Header: h, OCloudID: "o", ServiceURI: "u", SupportedLocations: []string{"l"}, Capabilities: `{"c":1}`, Capacity: `{"d":1}`},
		&o2.ResourcePool{Header: h, OCloudID: "o", Location: "l"},
		&o2.Resource{Header: h, ResourceTypeID: idB, ResourcePoolID: idC, ParentID: idB, GlobalAssetID: "g", Tags: []string{"t"}},
		&o2.ResourceType{Header: h, Vendor: "v", Model: "m", Version: "1", Alarms: []o2.AlarmDefinition{{ID: idB, Change: o2.AlarmAdded, Clearing: o2.ClearingManual}}},
	}
}

// What filters and selectors know is what is shown and what the document has; what
// is shown has what the filters see; mandatory simple attributes are required.
func TestModelsAgreeWithTheirDocuments(t *testing.T) {
	for _, v := range versions {
		model := v.model(atlas{})
		for _, o := range examples() {
			of := v.schema(t, o.Kind().String())
			var shown map[string]json.RawMessage
			if err := json.Unmarshal(model.Whole(o), &shown); err != nil {
				t.Fatal(err)
			}
			var names, required, byDefault []string
			for _, a := range model.Schemas[o.Kind()].Attributes() {
				names = append(names, a.Name)
				if a.Mandatory {
					required = append(required, a.Name)
				}
				if !a.OmittedByDefault {
					byDefault = append(byDefault, a.Name)
				}
				if got, want := string(shown[a.Name]), valueOf(a.Get(o), a.Type); got != want {
					t.Errorf("%s %s: %s is shown as %s and filtered as %s", v.name, o.Kind(), a.Name, got, want)
				}
			}
			slices.Sort(names)
			slices.Sort(required)
			slices.Sort(byDefault)
			if got := slices.Sorted(maps.Keys(shown)); !slices.Equal(got, names) {
				t.Errorf("%s %s: shown are %v, known %v", v.name, o.Kind(), got, names)
			}
			if got := slices.Sorted(maps.Keys(of.Properties)); !slices.Equal(got, names) {
				t.Errorf("%s %s: documented are %v, known %v", v.name, o.Kind(), got, names)
			}
			if got := slices.Sorted(slices.Values(of.Required)); !slices.Equal(got, required) {
				t.Errorf("%s %s: documented as required %v, mandatory are %v", v.name, o.Kind(), got, required)
			}
			clear(shown)
			if err := json.Unmarshal(model.Default(o), &shown); err != nil {
				t.Fatal(err)
			}
			if got := slices.Sorted(maps.Keys(shown)); !slices.Equal(got, byDefault) {
				t.Errorf("%s %s: shown by default are %v, want %v", v.name, o.Kind(), got, byDefault)
			}
			said := strings.Contains(of.Description, "`extensions` is omitted by default")
			if said == slices.Contains(byDefault, "extensions") {
				t.Errorf("%s %s: %q", v.name, o.Kind(), of.Description)
			}
			if whole, cut := model.Whole(o), model.Default(o); len(whole) != cap(whole) || len(cut) != cap(cut) {
				t.Errorf("%s %s: what is kept has room to spare: %d of %d, %d of %d", v.name, o.Kind(), len(whole), cap(whole), len(cut), cap(cut))
			}
		}
	}
}

// valueOf returns a filter's view of an attribute as JSON.
func valueOf(v query.Value, of query.Type) string {
	switch {
	case of == query.Texts && len(v.Texts) == 0:
		return "[]"
	case of == query.Texts:
		b, _ := json.Marshal(v.Texts)
		return string(b)
	case of == query.JSON && v.Over != "":
		return v.JSON[:len(v.JSON)-1] + "," + v.Over[1:]
	case of == query.JSON:
		return v.JSON
	}
	b, _ := json.Marshal(v.Text)
	return string(b)
}

// Each version's filters select by its own names, and by canonical state alone.
func TestEventFilters(t *testing.T) {
	for _, tt := range []struct {
		version, filter string
		kinds           o2.KindSet
		matches         string // of examples(), by kind
		wrong           bool
	}{
		{version: "v1", filter: "", kinds: o2.SetOf(o2.InventoryKinds()...), matches: "DeploymentManager ResourcePool Resource ResourceType"},
		{version: "v1", filter: "(eq,objectType,Resource)", kinds: o2.SetOf(o2.KindResource), matches: "Resource"},
		{version: "v1", filter: "(eq,globalLocationId,location-a)", kinds: o2.SetOf(o2.KindResourcePool), matches: "ResourcePool"},
		{version: "v1", filter: "(eq,alarmDictionary/entityType,m)", kinds: o2.SetOf(o2.KindResourceType), matches: "ResourceType"},
		{version: "v1", filter: "(eq,oCloudId," + string(cloud) + ")", kinds: o2.SetOf(o2.KindDeploymentManager, o2.KindResourcePool), matches: "DeploymentManager ResourcePool"},
		{version: "v1", filter: "(eq,extensions/a,1)", kinds: o2.SetOf(o2.InventoryKinds()...), matches: "DeploymentManager ResourcePool Resource ResourceType"},
		{version: "v1", filter: "(eq,extensions/b,2)", kinds: o2.SetOf(o2.InventoryKinds()...)},
		{version: "v1", filter: "(neq,location,l)", kinds: o2.SetOf(o2.InventoryKinds()...), matches: "DeploymentManager Resource ResourceType"},
		{version: "v1", filter: "(eq,oCloudSiteId," + string(site) + ")", wrong: true},
		{version: "v1", filter: "(eq,tags,t)", wrong: true},
		{version: "v1", filter: "(gt,capacity/d,0)", wrong: true},
		{version: "v2", filter: "(eq,oCloudSiteId," + string(site) + ")", kinds: o2.SetOf(o2.KindResourcePool), matches: "ResourcePool"},
		{version: "v2", filter: "(cont,globalAssetId,g);(eq,tags,t)", kinds: o2.SetOf(o2.KindResource), matches: "Resource"},
		{version: "v2", filter: "(neq,alarmDictionaryId," + string(idA) + ")", kinds: o2.SetOf(o2.InventoryKinds()...), matches: "DeploymentManager ResourcePool Resource ResourceType"},
		{version: "v2", filter: "(eq,globalLocationId,location-a)", wrong: true},
		{version: "v2", filter: "(eq,location,l)", wrong: true},
	} {
		for _, v := range versions {
			if v.name != tt.version {
				continue
			}
			s, err := v.family("", atlas{}).Compile(tt.filter)
			if (err != nil) != tt.wrong {
				t.Errorf("%s %s: %v", tt.version, tt.filter, err)
			}
			if err != nil {
				continue
			}
			var matches []string
			for _, o := range examples() {
				if s.Match(o) {
					matches = append(matches, o.Kind().String())
				}
			}
			if got := strings.Join(matches, " "); got != tt.matches || s.Kinds != tt.kinds || s.Text != tt.filter {
				t.Errorf("%s %s: %s, kinds %b, %q", tt.version, tt.filter, got, s.Kinds, s.Text)
			}
		}
	}
}
