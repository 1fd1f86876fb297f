package wire_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// The objects below set every field there is; TestSamplesAreComplete sees to it.
func meta(id string) sdk.Meta {
	return sdk.Meta{
		ID: id, Tenant: "north", Revision: 1 << 60, Name: "name of " + id, Description: "Größe <&>",
		Extensions: map[string]any{"acme.list": []any{"a", true, nil}, "acme.n": json.Number("12345678901234567890")},
		Volatile:   map[string]any{"acme.beat": map[string]any{"at": "now"}},
	}
}

var (
	manager = &sdk.DeploymentManager{
		Meta: meta("dm"), OCloudID: "cloud", ServiceURI: "https://x", SupportedLocations: []string{"l1", "l2"},
		Capabilities: map[string]any{"gpu": true}, Capacity: map[string]any{"cores": json.Number("64")},
	}
	altitude = 12.5
	pool     = &sdk.ResourcePool{
		Meta: meta("pool"), OCloudID: "cloud", Location: "here", GlobalLocationID: "g1", Tags: []string{"b", "a"},
		Site: &sdk.Site{ID: "hall-1", Name: "Hall 1", Description: "the first", Location: sdk.Location{
			GlobalID: "g1", Name: "Köln", Description: "south", Address: "Am Hof 1",
			Coordinate:   &sdk.Coordinate{Longitude: 6.95, Latitude: 50.94, Altitude: &altitude},
			CivicAddress: []sdk.CivicElement{{Type: 3, Value: "Köln"}}, Extensions: map[string]any{"acme.grid": "B7"},
		}},
		CreatedAt: time.UnixMilli(1_700_000_000_123).UTC(), UpdatedAt: time.UnixMilli(1_700_000_001_000).UTC(),
		Health: &sdk.PoolHealth{Status: sdk.HealthDegraded, AvailableCapacity: 12.5, Utilization: 80},
		Metrics: &sdk.PoolMetrics{
			At: time.UnixMilli(1_700_000_002_000).UTC(), CPUCapacity: 64, CPURequested: 32.5, CPUUsed: sdk.Unknown,
			MemoryCapacity: 1 << 40, MemoryRequested: 1 << 39, MemoryUsed: 1, Nodes: 4, HealthyNodes: 3,
		},
	}
	resource = &sdk.Resource{
		Meta: meta("res"), ResourceTypeID: "type", ResourcePoolID: "pool", ParentID: "rack",
		GlobalAssetID: "asset", Tags: []string{"t1", "t2"},
	}
	resourceType = &sdk.ResourceType{
		Meta: meta("type"), Vendor: "v", Model: "m", Version: "1",
		ResourceKind: sdk.ResourceKindPhysical, ResourceClass: sdk.ResourceClassCompute,
		AlarmDictionaryVersion: "2", Alarms: []sdk.AlarmDefinition{{
			ID: "hot", Name: "Too hot", Description: "It is hot.", RepairActions: "Cool it.", LastChange: "1",
			Change: sdk.AlarmModified, Clearing: sdk.ClearingManual, ProbableCause: "fan", AdditionalFields: map[string]any{"acme.x": "y"},
		}},
	}
	alarm = &sdk.Alarm{
		ID: "a1", ResourceID: "res", DefinitionID: "hot", ProbableCause: "fire", Severity: sdk.SeverityMajor, Description: "Größe",
		RaisedAt: time.UnixMilli(1_700_000_000_001).UTC(), ChangedAt: time.UnixMilli(1_700_000_000_002).UTC(),
		Extensions: map[string]any{"acme.celsius": json.Number("91")},
	}
)

func TestSamplesAreComplete(t *testing.T) {
	for _, o := range []sdk.Object{manager, pool, resource, resourceType} {
		complete(t, reflect.ValueOf(o).Elem())
	}
	complete(t, reflect.ValueOf(alarm).Elem())
	complete(t, reflect.ValueOf(pool.Site).Elem())
	complete(t, reflect.ValueOf(pool.Site.Location).FieldByName("Coordinate").Elem())
	complete(t, reflect.ValueOf(pool.Health).Elem())
	complete(t, reflect.ValueOf(pool.Metrics).Elem())
	complete(t, reflect.ValueOf(resourceType.Alarms[0]))
}

func complete(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			complete(t, v.Field(i))
		} else if v.Field(i).IsZero() {
			t.Errorf("%s.%s is not set: set it, or the round trip does not test it", v.Type(), v.Type().Field(i).Name)
		}
	}
}

func all() *full {
	return &full{reader: reader{
		managers: []*sdk.DeploymentManager{manager}, types: []*sdk.ResourceType{resourceType}, res: []*sdk.Resource{resource},
		pools:   sdk.List([]*sdk.ResourcePool{pool}, nil),
		getPool: func(context.Context, string) (*sdk.ResourcePool, error) { return pool, nil },
	}}
}

func TestReadingRoundTrip(t *testing.T) {
	b := open(t, all())
	got := map[string]sdk.Object{}
	for o, err := range b.ListDeploymentManagers(t.Context(), sdk.ListOptions{}) {
		keep(t, got, "list manager", o, err)
	}
	for o, err := range b.ListResourcePools(t.Context(), sdk.ListOptions{Tenant: "north"}) {
		keep(t, got, "list pool", o, err)
	}
	for o, err := range b.ListResources(t.Context(), sdk.ListOptions{}) {
		keep(t, got, "list resource", o, err)
	}
	for o, err := range b.ListResourceTypes(t.Context(), sdk.ListOptions{}) {
		keep(t, got, "list type", o, err)
	}
	dm, err := b.GetDeploymentManager(t.Context(), "dm")
	keep(t, got, "get manager", dm, err)
	p, err := b.GetResourcePool(t.Context(), "pool")
	keep(t, got, "get pool", p, err)
	r, err := b.GetResource(t.Context(), "res")
	keep(t, got, "get resource", r, err)
	rt, err := b.GetResourceType(t.Context(), "type")
	keep(t, got, "get type", rt, err)

	want := map[string]sdk.Object{
		"list manager": manager, "list pool": pool, "list resource": resource, "list type": resourceType,
		"get manager": manager, "get pool": pool, "get resource": resource, "get type": resourceType,
	}
	for what, o := range want {
		if !reflect.DeepEqual(got[what], o) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", what, got[what], o)
		}
	}
}

func keep(t *testing.T, into map[string]sdk.Object, what string, o sdk.Object, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	into[what] = o
}

func TestWritingRoundTrip(t *testing.T) {
	backend := all()
	var asked []string
	note := func(what string, got, want sdk.Object) {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s was asked for\n%+v, want\n%+v", what, got, want)
		}
		asked = append(asked, what)
	}
	newPool, newResource := *pool, *resource
	newPool.ID, newResource.ID = "", ""
	backend.createPool = func(_ context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
		note("create pool", p, &newPool)
		return pool, nil
	}
	backend.updatePool = func(_ context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
		note("update pool", p, pool)
		return pool, nil
	}
	backend.createResource = func(_ context.Context, r *sdk.Resource) (*sdk.Resource, error) {
		note("create resource", r, &newResource)
		return resource, nil
	}
	backend.deletePool = func(_ context.Context, id string) error { asked = append(asked, "delete pool "+id); return nil }
	backend.deleteResource = func(_ context.Context, id string) error { asked = append(asked, "delete resource "+id); return nil }

	b := open(t, backend)
	// A create never carries an id, whatever the host sends.
	p, err := b.CreateResourcePool(t.Context(), pool)
	same(t, p, pool, err)
	p, err = b.UpdateResourcePool(t.Context(), pool)
	same(t, p, pool, err)
	r, err := b.CreateResource(t.Context(), &newResource)
	same(t, r, resource, err)
	if err := b.DeleteResourcePool(t.Context(), "p1"); err != nil {
		t.Error(err)
	}
	if err := b.DeleteResource(t.Context(), "r1"); err != nil {
		t.Error(err)
	}
	if want := []string{"create pool", "update pool", "create resource", "delete pool p1", "delete resource r1"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

func same(t *testing.T, got, want sdk.Object, err error) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestCapabilitiesAreWhatIsImplemented(t *testing.T) {
	for name, tc := range map[string]struct {
		backend sdk.Backend
		want    string
	}{
		"reader": {&reader{}, ""},
		"full": {&full{}, strings.Join([]string{
			wire.CapResourcePoolCreate, wire.CapResourcePoolUpdate, wire.CapResourcePoolDelete,
			wire.CapResourceCreate, wire.CapResourceDelete, wire.CapRealTimeEvents, wire.CapSubscriptions,
			wire.CapAlarms, wire.CapMetrics, wire.CapLocations,
		}, " ")},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, tc.backend)
			if got := strings.Join(b.Capabilities(), " "); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if got := b.Info(); got != (sdk.Info{Name: "in-process", Version: "test"}) {
				t.Errorf("info %+v", got)
			}
		})
	}
}

func TestLongListsArriveWhole(t *testing.T) {
	backend := all()
	const many = 3210
	backend.pools = func(yield func(*sdk.ResourcePool, error) bool) {
		for i := range many {
			p := &sdk.ResourcePool{Meta: sdk.Meta{ID: fmt.Sprint(i), Name: "n", Description: strings.Repeat("x", i)}}
			if !yield(p, nil) {
				return
			}
		}
	}
	b := open(t, backend)
	next := 0
	for p, err := range b.ListResourcePools(t.Context(), sdk.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.ID != fmt.Sprint(next) || len(p.Description) != next {
			t.Fatalf("object %d is %q with %d bytes", next, p.ID, len(p.Description))
		}
		next++
	}
	if next != many {
		t.Errorf("%d objects, want %d", next, many)
	}
}

func TestLeavingAListEndsItInThePlugin(t *testing.T) {
	backend := all()
	ended := make(chan struct{})
	backend.pools = func(yield func(*sdk.ResourcePool, error) bool) {
		defer close(ended)
		for yield(pool, nil) { // for ever, unless it is told to stop
		}
	}
	b := open(t, backend)
	for _, err := range b.ListResourcePools(t.Context(), sdk.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	<-ended
}
