package o2imsv1

import (
	"encoding/json"
	"flag"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("rapid.seed", "1"); err != nil { // the same examples in every run
		panic(err)
	}
	m.Run()
}

func TestProjectionsAreValidJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		h := o2.Header{
			ID: "aaaaaaaa-0000-4000-8000-000000000001", Name: text.Draw(t, "name"), Description: text.Draw(t, "description"),
			Extensions: `{"nativeId":"x"}`, Volatile: `{"heartbeat":1}`,
		}
		for _, o := range []o2.Object{
			&o2.DeploymentManager{Header: h, OCloudID: text.Draw(t, "cloud"), SupportedLocations: rapid.SliceOfN(text, 0, 3).Draw(t, "locations")},
			&o2.ResourcePool{Header: h, Location: text.Draw(t, "location")},
			&o2.Resource{Header: h, Tags: rapid.SliceOfN(text, 0, 3).Draw(t, "tags"), GlobalAssetID: text.Draw(t, "asset")},
			&o2.ResourceType{Header: h, Vendor: text.Draw(t, "vendor"), ResourceKind: o2.ResourceKindLogical},
		} {
			b := Project(o)
			var m struct {
				Name       string
				Extensions map[string]any
			}
			if err := json.Unmarshal(b, &m); err != nil || m.Name != h.Name || len(m.Extensions) != 2 {
				t.Fatalf("%v, %+v in %s", err, m, b)
			}
			if cap(b) != len(b) {
				t.Fatalf("%d bytes kept for %d", cap(b), len(b))
			}
		}
	})
}
