package pluginhost

import (
	"testing"

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
