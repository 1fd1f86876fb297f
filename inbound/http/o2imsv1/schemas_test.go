package o2imsv1

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// What filters and selectors know is what the document shows, and an attribute
// that every answer has is one that the document requires. The exception: a
// resource's references, which selectors always keep but a backend may lack.
func TestSchemasAgreeWithTheDocument(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(Document())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range o2.InventoryKinds() {
		shown := doc.Components.Schemas[kind.String()].Value
		var names, required []string
		for _, a := range Schema(kind).Attributes() {
			names = append(names, a.Name)
			if a.Mandatory && a.Name != "resourceTypeId" && a.Name != "resourcePoolId" || a.Index == query.ByID {
				required = append(required, a.Name)
			}
		}
		var properties []string
		for name := range shown.Properties {
			properties = append(properties, name)
		}
		slices.Sort(names)
		slices.Sort(properties)
		if !slices.Equal(names, properties) {
			t.Errorf("%s: schema has %v, document %v", kind, names, properties)
		}
		want := slices.Sorted(slices.Values(shown.Required))
		slices.Sort(required)
		if !slices.Equal(required, want) {
			t.Errorf("%s: mandatory are %v, the document requires %v", kind, required, want)
		}
	}
}

func TestSchemaValues(t *testing.T) {
	h := o2.Header{ID: "aaaaaaaa-0000-4000-8000-000000000001", Name: "n", Description: "d", Extensions: `{"a":1}`, Volatile: `{"b":2}`}
	manager := &o2.DeploymentManager{
		Header: h, OCloudID: "o", ServiceURI: "u", SupportedLocations: []string{"l"}, Capabilities: `{"c":1}`, Capacity: `{"d":1}`,
	}
	pool := &o2.ResourcePool{Header: h, OCloudID: "o"}
	full := &o2.ResourcePool{Header: h, Location: "l", GlobalLocationID: "g"}
	resource := &o2.Resource{Header: h, ResourceTypeID: "t", Tags: []string{"x"}}
	kind := &o2.ResourceType{Header: h, Vendor: "v", Model: "m", Version: "1", ResourceClass: o2.ResourceClassCompute}
	absent := query.Value{Absent: true}
	tests := []struct {
		object    o2.Object
		attribute string
		want      query.Value
	}{
		{manager, "deploymentManagerId", query.Value{Text: string(h.ID)}},
		{manager, "oCloudId", query.Value{Text: "o"}},
		{manager, "serviceUri", query.Value{Text: "u"}},
		{manager, "capabilities", query.Value{JSON: `{"c":1}`}},
		{manager, "capacity", query.Value{JSON: `{"d":1}`}},
		{manager, "extensions", query.Value{JSON: `{"a":1}`, Over: `{"b":2}`}},
		{pool, "resourcePoolId", query.Value{Text: string(h.ID)}},
		{pool, "name", query.Value{Text: "n"}},
		{pool, "description", query.Value{Text: "d"}},
		{pool, "location", absent},
		{pool, "globalLocationId", absent},
		{full, "location", query.Value{Text: "l"}},
		{full, "globalLocationId", query.Value{Text: "g"}},
		{full, "oCloudId", query.Value{}},
		{resource, "resourceTypeId", query.Value{Text: "t"}},
		{resource, "resourcePoolId", absent},
		{resource, "parentId", absent},
		{resource, "globalAssetId", absent},
		{kind, "vendor", query.Value{Text: "v"}},
		{kind, "model", query.Value{Text: "m"}},
		{kind, "version", query.Value{Text: "1"}},
		{kind, "resourceKind", query.Value{Text: "UNDEFINED"}},
		{kind, "resourceClass", query.Value{Text: "COMPUTE"}},
	}
	for _, tt := range tests {
		a, ok := Schema(tt.object.Kind()).Lookup(tt.attribute)
		if !ok {
			t.Errorf("%s lacks %s", tt.object.Kind(), tt.attribute)
			continue
		}
		got := a.Get(tt.object)
		if got.Text != tt.want.Text || got.JSON != tt.want.JSON || got.Over != tt.want.Over || got.Absent != tt.want.Absent {
			t.Errorf("%s of %s: got %+v, want %+v", tt.attribute, tt.object.Kind(), got, tt.want)
		}
	}
	for _, texts := range []struct {
		object    o2.Object
		attribute string
		want      string
	}{{manager, "supportedLocations", "l"}, {resource, "tags", "x"}} {
		a, _ := Schema(texts.object.Kind()).Lookup(texts.attribute)
		if got := a.Get(texts.object).Texts; !slices.Equal(got, []string{texts.want}) {
			t.Errorf("%s: %v", texts.attribute, got)
		}
	}
}
