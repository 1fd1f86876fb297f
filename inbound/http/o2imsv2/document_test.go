package o2imsv2

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

func loaded(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(Document())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// What filters and selectors know is what the document shows, and an attribute
// that every answer has is one that the document requires. The exception: a
// resource's references, which selectors always keep but a backend may lack.
func TestSchemasAgreeWithTheDocument(t *testing.T) {
	doc := loaded(t)
	e, err := newEvents(func(o2.ObjectKey) string { return "/" })
	if err != nil {
		t.Fatal(err)
	}
	schemas := []*query.Schema{e.Schema}
	for _, kind := range o2.InventoryKinds() {
		schemas = append(schemas, Schema(kind))
	}
	for _, schema := range schemas {
		shown := doc.Components.Schemas[schema.Name()].Value
		var names, required, properties []string
		for _, a := range schema.Attributes() {
			names = append(names, a.Name)
			if a.Mandatory && a.Name != "resourceTypeId" && a.Name != "resourcePoolId" || a.Index == query.ByID {
				required = append(required, a.Name)
			}
		}
		for name := range shown.Properties {
			properties = append(properties, name)
		}
		slices.Sort(names)
		slices.Sort(properties)
		if !slices.Equal(names, properties) {
			t.Errorf("%s: schema has %v, document %v", schema.Name(), names, properties)
		}
		want := slices.Sorted(slices.Values(shown.Required))
		slices.Sort(required)
		if !slices.Equal(required, want) {
			t.Errorf("%s: mandatory are %v, the document requires %v", schema.Name(), required, want)
		}
	}
}

// Every simple attribute of a list can be asked for by its name alone, and the
// document says so.
func TestPlainParametersAreDocumented(t *testing.T) {
	doc := loaded(t)
	for path, kind := range map[string]o2.Kind{
		"/deploymentManagers": o2.KindDeploymentManager, "/resourcePools": o2.KindResourcePool, "/resources": o2.KindResource, "/resourceTypes": o2.KindResourceType,
	} {
		var documented []string
		for _, p := range doc.Paths.Value(Base + path).Get.Parameters {
			documented = append(documented, p.Value.Name)
		}
		for _, a := range Schema(kind).Attributes() {
			if a.Type != query.JSON && !slices.Contains(documented, a.Name) {
				t.Errorf("%s: %s is not documented", path, a.Name)
			}
		}
		for _, name := range []string{"sort", "q", "page", "pageSize", "nextpage_opaque_marker", "filter"} {
			if !slices.Contains(documented, name) {
				t.Errorf("%s: %s is not documented", path, name)
			}
		}
	}
}

// A notification of v2 is v1's, with states as v2 shows them.
func TestNotifications(t *testing.T) {
	const id = "aaaaaaaa-0000-4000-8000-000000000001"
	pool := &o2.ResourcePool{
		Header: o2.Header{ID: id, NativeID: "p", Backend: "b", Name: "edge"}, OCloudID: "o", Tags: []string{"gpu"},
		CreatedAt: time.Unix(1, 0), Health: &o2.PoolHealth{Status: o2.HealthHealthy}, Metrics: &o2.PoolMetrics{Nodes: 3},
	}
	o2.Seal(pool)
	f := Family("https://o2.example.com/")
	got, err := f.Encode(&o2.Subscription{ID: id}, &o2.Event{
		ID: id, Type: o2.EventCreated, Object: o2.ObjectKey{Kind: o2.KindResourcePool, ID: id}, At: time.Unix(0, 0), Post: pool,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"eventId":"` + id + `","subscriptionId":"` + id + `","eventType":"created","objectType":"ResourcePool","objectId":"` + id + `",` +
		`"objectRef":"https://o2.example.com/o2ims/v2/resourcePools/` + id + `","timestamp":"1970-01-01T00:00:00.000Z",` +
		`"postState":{"resourcePoolId":"` + id + `","name":"edge","description":"","oCloudId":"o","tags":["gpu"],"extensions":{}}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var value any
	if err := json.Unmarshal(got, &value); err != nil {
		t.Fatal(err)
	}
	if err := loaded(t).Components.Schemas["Notification"].Value.VisitJSON(value); err != nil {
		t.Errorf("it does not fit the document: %v", err)
	}
	if f.Surface != "o2ims/v2" || f.ContentType != "application/json" {
		t.Errorf("surface %q, content type %q", f.Surface, f.ContentType)
	}
	for filter, want := range map[string]string{
		"(eq,tags,gpu);(eq,objectType,ResourcePool)": "",
		"(eq,health/status,healthy)":                 "health",
		"(gt,metrics/nodeCount,3)":                   "metrics",
		"(gt,createdAt,2026-01-01T00:00:00Z)":        "createdAt",
	} {
		if _, err := f.Compile(filter); (err != nil) != (want != "") {
			t.Errorf("%s: %v", filter, err)
		}
	}
}
