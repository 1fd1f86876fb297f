package pluginhost

import (
	"reflect"
	"strings"
	"testing"

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

func TestMalformedObjectsAreRefused(t *testing.T) {
	pool := func(o *pluginv1.Object) {
		o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: &pluginv1.ResourcePool{}}
	}
	resource := func(r *pluginv1.Resource) func(*pluginv1.Object) {
		return func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_Resource{Resource: r} }
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
