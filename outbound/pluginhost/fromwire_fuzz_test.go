package pluginhost

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/netweave/netweave/core/o2"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// FuzzObject sends whatever a plugin might: an object is refused, or is what
// every object of the core must be.
func FuzzObject(f *testing.F) {
	for _, o := range []*pluginv1.Object{
		wireObject(func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_ResourcePool{} }),
		wireObject(func(o *pluginv1.Object) {
			o.ExtensionsJson = []byte(`{"nativeId":"lie","z":{"a":[1,2]}}`)
			o.Noun = &pluginv1.Object_Resource{Resource: &pluginv1.Resource{ResourceTypeId: "t", Tags: []string{""}}}
		}),
		wireObject(func(o *pluginv1.Object) {
			o.Noun = &pluginv1.Object_DeploymentManager{DeploymentManager: &pluginv1.DeploymentManager{CapacityJson: []byte("{}")}}
		}),
		wireObject(func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_ResourceType{} }),
		wireObject(func(o *pluginv1.Object) { o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: wholePool()} }),
		wireObject(func(o *pluginv1.Object) {
			o.Noun = &pluginv1.Object_ResourceType{ResourceType: &pluginv1.ResourceType{
				AlarmDictionaryVersion: "1", AlarmDefinitions: []*pluginv1.AlarmDefinition{{Id: "a", Name: "A", AdditionalFieldsJson: []byte(`{"x":1}`)}},
			}}
		}),
	} {
		raw, err := proto.Marshal(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var sent pluginv1.Object
		if proto.Unmarshal(raw, &sent) != nil {
			return
		}
		obj, refused := newMapper("one", 1<<16).object(&sent)
		if (obj == nil) == (refused == nil) {
			t.Fatalf("object %v and refusal %v", obj, refused)
		}
		if refused != nil {
			return
		}
		if again, err := o2.Decode(o2.Encode(obj)); err != nil || again.Head().Digest != obj.Head().Digest {
			t.Fatalf("it is not what is kept of it: %v", err)
		}
		h := obj.Head()
		if h.NativeID == "" || h.Name == "" || h.ID != o2.DeriveID("one", h.NativeID) || h.Digest == (o2.Digest{}) {
			t.Fatalf("incomplete: %+v", h)
		}
		m, err := h.Extensions.Map()
		if err != nil || m[nativeIDKey] != h.NativeID {
			t.Fatalf("extensions %q (%v) do not show %q", h.Extensions, err, h.NativeID)
		}
		if again, err := o2.JSONOf(m); err != nil || again != h.Extensions {
			t.Fatalf("extensions %q are not canonical", h.Extensions)
		}
	})
}

// FuzzAlarm sends whatever a plugin might as an alarm.
func FuzzAlarm(f *testing.F) {
	for _, a := range []*pluginv1.Alarm{rawAlarm("a"), {Id: "b", Severity: "CLEARED", RaisedAtMs: -1, ExtensionsJson: []byte(`{"b":1,"a":2}`)}} {
		raw, err := proto.Marshal(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var sent pluginv1.Alarm
		if proto.Unmarshal(raw, &sent) != nil {
			return
		}
		made, refused := alarm(&sent, 1<<16)
		if refused != nil {
			return
		}
		if made.NativeID == "" || made.Resource == "" || made.Definition == "" || made.Severity >= o2.SeverityCleared {
			t.Fatalf("incomplete: %+v", made)
		}
		for _, at := range []time.Time{made.RaisedAt, made.ChangedAt} {
			if _, err := at.MarshalJSON(); err != nil || !at.IsZero() && at.Year() < 1970 {
				t.Fatalf("%v is no time: %v", at, err)
			}
		}
		if again, err := o2.ParseJSON([]byte(made.Extensions)); err != nil || again != made.Extensions {
			t.Fatalf("extensions %q are not canonical", made.Extensions)
		}
	})
}
