package pluginhost

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// wireObject is an object with every common field, completed by change.
func wireObject(change func(*pluginv1.Object)) *pluginv1.Object {
	o := &pluginv1.Object{
		Id: "n/1", Tenant: "t", Revision: 7, Name: "name", Description: "text",
		ExtensionsJson: []byte(`{"z":1,"a":"x"}`), VolatileJson: []byte(`{"load":0.5,"nativeId":"lie"}`),
	}
	change(o)
	return o
}

func TestEveryFieldIsMapped(t *testing.T) {
	head := o2.Header{
		ID: o2.DeriveID("one", "n/1"), NativeID: "n/1", Backend: "one", Tenant: "t", Revision: 7, Name: "name", Description: "text",
		Extensions: `{"a":"x","nativeId":"n/1","z":1}`, Volatile: `{"load":0.5}`,
	}
	for name, tc := range map[string]struct {
		noun func(*pluginv1.Object)
		want o2.Object
	}{
		"deployment manager": {
			func(o *pluginv1.Object) {
				o.Noun = &pluginv1.Object_DeploymentManager{DeploymentManager: &pluginv1.DeploymentManager{
					OcloudId: "o", ServiceUri: "https://x", SupportedLocations: []string{"l"},
					CapabilitiesJson: []byte(`{"b":1,"a":2}`), CapacityJson: []byte(`{"cpu":"64"}`),
				}}
			},
			&o2.DeploymentManager{
				Header: head, OCloudID: "o", ServiceURI: "https://x", SupportedLocations: []string{"l"},
				Capabilities: `{"a":2,"b":1}`, Capacity: `{"cpu":"64"}`,
			},
		},
		"pool": {
			func(o *pluginv1.Object) {
				o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: &pluginv1.ResourcePool{OcloudId: "o", Location: "l", GlobalLocationId: "g"}}
			},
			&o2.ResourcePool{Header: head, OCloudID: "o", Location: "l", GlobalLocationID: "g"},
		},
		"pool with all that came later": {
			func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: wholePool()} },
			&o2.ResourcePool{
				Header: head, Tags: []string{"b", "a"},
				Site: &o2.Site{NativeID: "hall", Name: "Hall", Description: "text", Location: o2.Location{
					GlobalID: "g", Name: "Place", Description: "where", Address: "Street 1", Extensions: `{"a":1,"b":2}`,
					Coordinate: &o2.Coordinate{Longitude: -180, Latitude: 90, Altitude: number(-3.5)}, CivicAddress: []o2.CivicElement{{Type: 255, Value: "c"}},
				}},
				CreatedAt: time.UnixMilli(1).UTC(), UpdatedAt: time.UnixMilli(maxTimeMs).UTC(),
				Health: &o2.PoolHealth{Status: o2.HealthUnknown, AvailableCapacity: 100, Utilization: -1},
				Metrics: &o2.PoolMetrics{
					At: time.UnixMilli(2).UTC(), CPUCapacity: 64, CPURequested: 0, CPUUsed: -1,
					MemoryCapacity: -1, MemoryRequested: 1, MemoryUsed: maxFigure, Nodes: 4, HealthyNodes: -1,
				},
			},
		},
		"resource": {
			func(o *pluginv1.Object) {
				o.Noun = &pluginv1.Object_Resource{Resource: &pluginv1.Resource{
					ResourceTypeId: "type", ResourcePoolId: "9F2C1D9E-0000-4000-8000-000000000001", ParentId: "parent",
					GlobalAssetId: "asset", Tags: []string{"b", "a"},
				}}
			},
			&o2.Resource{
				Header: head, ResourceTypeID: o2.DeriveID("one", "type"), ResourcePoolID: "9f2c1d9e-0000-4000-8000-000000000001",
				ParentID: o2.DeriveID("one", "parent"), GlobalAssetID: "asset", Tags: []string{"b", "a"},
			},
		},
		"type": {
			func(o *pluginv1.Object) {
				o.Noun = &pluginv1.Object_ResourceType{ResourceType: &pluginv1.ResourceType{
					Vendor: "v", Model: "m", Version: "1", ResourceKind: "PHYSICAL", ResourceClass: "COMPUTE",
				}}
			},
			&o2.ResourceType{Header: head, Vendor: "v", Model: "m", Version: "1", ResourceKind: o2.ResourceKindPhysical, ResourceClass: o2.ResourceClassCompute},
		},
		"type with alarms, by name": {
			func(o *pluginv1.Object) {
				o.Noun = &pluginv1.Object_ResourceType{ResourceType: &pluginv1.ResourceType{
					AlarmDictionaryVersion: "7", AlarmDefinitions: []*pluginv1.AlarmDefinition{
						{Id: "z", Name: "Warm"},
						{Id: "y", Name: "Hot", Description: "text", RepairActions: "cool", LastChange: "6", Change: "MODIFIED", Clearing: "MANUAL",
							ProbableCause: "fan", AdditionalFieldsJson: []byte(`{"b":1,"a":2}`)},
						{Id: "x", Name: "Warm"},
					},
				}}
			},
			&o2.ResourceType{
				Header: head, ResourceKind: o2.ResourceKindUndefined, ResourceClass: o2.ResourceClassUndefined, AlarmDictionaryVersion: "7",
				Alarms: []o2.AlarmDefinition{
					{ID: o2.AlarmDefinitionID(head.ID, "y"), NativeID: "y", Name: "Hot", Description: "text", RepairActions: "cool", LastChange: "6",
						Change: o2.AlarmModified, Clearing: o2.ClearingManual, ProbableCause: "fan", AdditionalFields: `{"a":2,"b":1}`},
					{ID: o2.AlarmDefinitionID(head.ID, "x"), NativeID: "x", Name: "Warm", LastChange: "7", Change: o2.AlarmAdded,
						Clearing: o2.ClearingAutomatic, ProbableCause: "Warm"},
					{ID: o2.AlarmDefinitionID(head.ID, "z"), NativeID: "z", Name: "Warm", LastChange: "7", Change: o2.AlarmAdded,
						Clearing: o2.ClearingAutomatic, ProbableCause: "Warm"},
				},
			},
		},
		"type without kind and class": {
			func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_ResourceType{} },
			&o2.ResourceType{Header: head, ResourceKind: o2.ResourceKindUndefined, ResourceClass: o2.ResourceClassUndefined},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, refused := newMapper("one", 1<<20).object(wireObject(tc.noun))
			if refused != nil {
				t.Fatal(refused)
			}
			o2.Seal(tc.want)
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func number[N any](n N) *N { return &n }

// wholePool has every field that came after the first wire.
func wholePool() *pluginv1.ResourcePool {
	return &pluginv1.ResourcePool{
		Tags: []string{"b", "a"},
		Site: &pluginv1.Site{Id: "hall", Name: "Hall", Description: "text", Location: &pluginv1.Location{
			GlobalId: "g", Name: "Place", Description: "where", Address: "Street 1", ExtensionsJson: []byte(`{"b":2,"a":1}`),
			Coordinate:   &pluginv1.Coordinate{Longitude: -180, Latitude: 90, Altitude: number(-3.5)},
			CivicAddress: []*pluginv1.CivicElement{{Type: 255, Value: "c"}},
		}},
		CreatedAtMs: 1, UpdatedAtMs: maxTimeMs,
		Health: &pluginv1.PoolHealth{AvailableCapacity: number(100.0), Utilization: number(-0.5)},
		Metrics: &pluginv1.PoolMetrics{
			AtMs: 2, CpuCapacity: number(64.0), CpuRequested: number(0.0), CpuUsed: number(math.Inf(-1)),
			MemoryRequested: number(1.0), MemoryUsed: number(maxFigure), Nodes: number(int64(4)), HealthyNodes: number(int64(-7)),
		},
	}
}

// What is sent to a plugin is what the plugin has said.
func TestAPoolGoesBackAsItCame(t *testing.T) {
	came := wireObject(func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: wholePool()} })
	obj, refused := newMapper("one", 1<<20).object(came)
	if refused != nil {
		t.Fatal(refused)
	}
	again, refused := newMapper("one", 1<<20).object(poolToWire(obj.(*o2.ResourcePool)))
	if refused != nil || !reflect.DeepEqual(again, obj) {
		t.Errorf("got  %+v, %v\nwant %+v", again, refused, obj)
	}
}

// Times, health and figures move all the time: that is no change of the pool.
func TestWhatMovesIsNoChange(t *testing.T) {
	seal := func(change func(*pluginv1.ResourcePool)) *o2.Header {
		p := wholePool()
		change(p)
		obj, refused := newMapper("one", 1<<20).object(wireObject(func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: p} }))
		if refused != nil {
			t.Fatal(refused)
		}
		return o2.Canonical(obj).Head()
	}
	before := seal(func(*pluginv1.ResourcePool) {})
	for name, tc := range map[string]struct {
		change func(*pluginv1.ResourcePool)
		event  bool
	}{
		"times":   {func(p *pluginv1.ResourcePool) { p.CreatedAtMs, p.UpdatedAtMs = 5, 6 }, false},
		"health":  {func(p *pluginv1.ResourcePool) { p.Health = nil }, false},
		"metrics": {func(p *pluginv1.ResourcePool) { p.Metrics.CpuUsed = number(3.0) }, false},
		"tags":    {func(p *pluginv1.ResourcePool) { p.Tags = nil }, true},
		"site":    {func(p *pluginv1.ResourcePool) { p.Site.Name = "Hall 2" }, true},
	} {
		if after := seal(tc.change); (after.StateDigest != before.StateDigest) != tc.event || (after.Digest != before.Digest) != tc.event {
			t.Errorf("%s: an event is %v", name, tc.event)
		}
	}
}

func TestMalformedObjectsAreRefused(t *testing.T) {
	pool := func(o *pluginv1.Object) {
		o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: &pluginv1.ResourcePool{}}
	}
	resource := func(r *pluginv1.Resource) func(*pluginv1.Object) {
		return func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_Resource{Resource: r} }
	}
	whole := func(change func(*pluginv1.ResourcePool)) *pluginv1.Object {
		p := wholePool()
		change(p)
		return wireObject(func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: p} })
	}
	dictionary := func(version string, list ...*pluginv1.AlarmDefinition) *pluginv1.Object {
		return wireObject(func(o *pluginv1.Object) {
			o.Noun = &pluginv1.Object_ResourceType{ResourceType: &pluginv1.ResourceType{AlarmDictionaryVersion: version, AlarmDefinitions: list}}
		})
	}
	long := strings.Repeat("x", maxNativeID+1)
	for name, tc := range map[string]struct {
		object  *pluginv1.Object
		because refusedBecause
		detail  string
	}{
		"nil":     {nil, becauseEmpty, "nothing is there"},
		"no noun": {wireObject(func(*pluginv1.Object) {}), becauseEmpty, "it does not say what it is"},
		"no id":   {wireObject(func(o *pluginv1.Object) { pool(o); o.Id = "" }), becauseID, "its id has 0 bytes: want 1 to 1024"},
		"long id": {wireObject(func(o *pluginv1.Object) { pool(o); o.Id = long }), becauseID, "its id has 1025 bytes: want 1 to 1024"},
		"no name": {wireObject(func(o *pluginv1.Object) { pool(o); o.Name = "" }), becauseName, "it has no name"},
		"too large": {
			wireObject(func(o *pluginv1.Object) { pool(o); o.Description = strings.Repeat("x", 4096) }),
			becauseSize, "it has 4148 bytes: want at most 4096",
		},
		"many tags": {
			wireObject(resource(&pluginv1.Resource{ResourceTypeId: "t", Tags: make([]string, 300)})),
			becauseSize, "it has 4857 bytes: want at most 4096",
		},
		"extensions of bytes": {
			wireObject(func(o *pluginv1.Object) { pool(o); o.ExtensionsJson = []byte("{\"a\":\"\xff\"}") }),
			becauseEncoding, "its extensions are not UTF-8",
		},
		"extensions of no object": {
			wireObject(func(o *pluginv1.Object) { pool(o); o.ExtensionsJson = []byte("[1]") }),
			becauseJSON, "its extensions are not a JSON object: json: cannot unmarshal array into Go value of type map[string]interface {}",
		},
		"volatile cut off": {
			wireObject(func(o *pluginv1.Object) { pool(o); o.VolatileJson = []byte(`{"a":`) }),
			becauseJSON, "its volatile extensions are not a JSON object: unexpected EOF",
		},
		"resource without type": {wireObject(resource(&pluginv1.Resource{})), becauseType, "it has no resource type"},
		"nil resource":          {wireObject(resource(nil)), becauseType, "it has no resource type"},
		"long reference": {
			wireObject(resource(&pluginv1.Resource{ResourceTypeId: "t", ParentId: long})),
			becauseID, "an id that it refers to has 1025 bytes: want at most 1024",
		},
		"odd resource kind": {
			wireObject(func(o *pluginv1.Object) {
				o.Noun = &pluginv1.Object_ResourceType{ResourceType: &pluginv1.ResourceType{ResourceKind: "physical"}}
			}),
			becauseValue, `its resource kind is "physical": want UNDEFINED, PHYSICAL or LOGICAL`,
		},
		"site without id":       {whole(func(p *pluginv1.ResourcePool) { p.Site.Id = "" }), becauseID, "its site's id has 0 bytes: want 1 to 1024"},
		"site without location": {whole(func(p *pluginv1.ResourcePool) { p.Site.Location = nil }), becauseID, "its site's global location id has 0 bytes: want 1 to 1024"},
		"longitude":             {whole(func(p *pluginv1.ResourcePool) { p.Site.Location.Coordinate.Longitude = 180.5 }), becauseValue, "its site's longitude is 180.5: want -180 to 180"},
		"latitude of no number": {whole(func(p *pluginv1.ResourcePool) { p.Site.Location.Coordinate.Latitude = math.NaN() }), becauseValue, "its site's latitude is NaN: want -90 to 90"},
		"infinite altitude":     {whole(func(p *pluginv1.ResourcePool) { p.Site.Location.Coordinate.Altitude = number(math.Inf(1)) }), becauseValue, "its site's altitude is +Inf: want metres"},
		"odd CAtype":            {whole(func(p *pluginv1.ResourcePool) { p.Site.Location.CivicAddress[0].Type = 256 }), becauseValue, "its site's civic address has the CAtype 256: want 0 to 255"},
		"location's extensions": {whole(func(p *pluginv1.ResourcePool) { p.Site.Location.ExtensionsJson = []byte("\xff") }), becauseEncoding, "its site's location's extensions are not UTF-8"},
		"long civic address": {
			whole(func(p *pluginv1.ResourcePool) {
				p.Site.Location.CivicAddress = slices.Repeat([]*pluginv1.CivicElement{{}}, 200)
			}),
			becauseSize, "it has 5150 bytes: want at most 4096",
		},
		"created before 1970": {
			whole(func(p *pluginv1.ResourcePool) { p.CreatedAtMs = -5 }), becauseValue, "its creation time is -5 ms from 1970: want one before the year 10000, or 0 for none",
		},
		"updated in the far future": {
			whole(func(p *pluginv1.ResourcePool) { p.UpdatedAtMs = math.MaxInt64 }), becauseValue,
			"its update time is 9223372036854775807 ms from 1970: want one before the year 10000, or 0 for none",
		},
		"odd health":            {whole(func(p *pluginv1.ResourcePool) { p.Health.Status = "fine" }), becauseValue, `its health is "fine": want healthy, degraded, unhealthy or unknown`},
		"utilization":           {whole(func(p *pluginv1.ResourcePool) { p.Health.Utilization = number(100.5) }), becauseValue, "its utilization is 100.5: want percent up to 100"},
		"figure of no number":   {whole(func(p *pluginv1.ResourcePool) { p.Metrics.CpuUsed = number(math.NaN()) }), becauseValue, "its used CPU is NaN: want an amount up to 1e+18"},
		"infinite figure":       {whole(func(p *pluginv1.ResourcePool) { p.Metrics.MemoryUsed = number(math.Inf(1)) }), becauseValue, "its used memory is +Inf: want an amount up to 1e+18"},
		"metrics without time":  {whole(func(p *pluginv1.ResourcePool) { p.Metrics.AtMs = 0 }), becauseValue, "its metrics have no time"},
		"more healthy than all": {whole(func(p *pluginv1.ResourcePool) { p.Metrics.HealthyNodes = number(int64(5)) }), becauseValue, "its metrics have 5 healthy nodes of 4"},
		"dictionary without version": {
			dictionary("", &pluginv1.AlarmDefinition{Id: "a", Name: "A"}), becauseValue, "it has alarm definitions and no alarm dictionary version",
		},
		"nil definition":      {dictionary("1", nil), becauseID, "an alarm definition's id has 0 bytes: want 1 to 1024"},
		"nameless definition": {dictionary("1", &pluginv1.AlarmDefinition{Id: "a"}), becauseName, `the alarm definition "a" has no name`},
		"definition twice": {
			dictionary("1", &pluginv1.AlarmDefinition{Id: "a", Name: "A"}, &pluginv1.AlarmDefinition{Id: "a", Name: "B"}), becauseID, `it has the alarm definition "a" twice`,
		},
		"odd clearing": {
			dictionary("1", &pluginv1.AlarmDefinition{Id: "a", Name: "A", Clearing: "never"}), becauseValue,
			`the alarm definition "a" has the clearing "never": want AUTOMATIC or MANUAL`,
		},
		"odd change": {
			dictionary("1", &pluginv1.AlarmDefinition{Id: "a", Name: "A", Change: "added"}), becauseValue,
			`the alarm definition "a" has the change "added": want ADDED, DELETED or MODIFIED`,
		},
		"many definitions": {dictionary("1", make([]*pluginv1.AlarmDefinition, 100)...), becauseSize, "it has 12857 bytes: want at most 4096"},
		"odd resource class": {
			wireObject(func(o *pluginv1.Object) {
				o.Noun = &pluginv1.Object_ResourceType{ResourceType: &pluginv1.ResourceType{ResourceClass: "CPU"}}
			}),
			becauseValue, `its resource class is "CPU": want UNDEFINED, COMPUTE, NETWORKING or STORAGE`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			obj, refused := newMapper("one", 4096).object(tc.object)
			if obj != nil || refused == nil {
				t.Fatalf("accepted as %+v", obj)
			}
			if refused.because != tc.because || refused.detail != tc.detail {
				t.Errorf("refused for %s: %s\nwant        %s: %s", refused.because, refused.detail, tc.because, tc.detail)
			}
		})
	}
}

func TestReferencesShareTheirStrings(t *testing.T) {
	m := newMapper("one", 1<<20)
	if m.ref("pool") != o2.DeriveID("one", "pool") || m.ref("") != "" {
		t.Error("a reference is not the id of what it refers to")
	}
	for i := range maxRefs + 10 {
		m.ref(strings.Repeat("p", i%7) + string(rune('a'+i%26)) + strings.Repeat("q", i/182))
	}
	if len(m.refs) > maxRefs {
		t.Errorf("%d references are remembered, want at most %d", len(m.refs), maxRefs)
	}
}

func BenchmarkMapResource(b *testing.B) {
	o := wireObject(func(o *pluginv1.Object) {
		o.ExtensionsJson = []byte(`{"k8s.arch":"amd64","k8s.conditions":[{"status":"True","type":"Ready"}],"k8s.instanceType":"m5.large","k8s.labels":{"a":"b","topology.kubernetes.io/zone":"z"}}`)
		o.VolatileJson = nil
		o.Noun = &pluginv1.Object_Resource{Resource: &pluginv1.Resource{ResourceTypeId: "type", ResourcePoolId: "pool"}}
	})
	m := newMapper("one", 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		if _, refused := m.object(o); refused != nil {
			b.Fatal(refused)
		}
	}
}
