package backend

import (
	"maps"
	"testing"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

func TestChangePool(t *testing.T) {
	shown := func() *sdk.ResourcePool {
		return &sdk.ResourcePool{
			Meta: sdk.Meta{
				ID: "u", Name: "workers", Description: "old", Tenant: "south",
				Extensions: map[string]any{"k8s.kind": "MachineSet", "k8s.machineset.replicas": 9, "k8s.machineset.namespace": "ns", "k8s.instanceType": "m5.large"},
				Volatile:   map[string]any{"k8s.machineset.readyReplicas": 3},
			},
			Location: "z1",
		}
	}
	templates := map[string]config.Template{"bare-metal": {Name: "x"}}
	for name, test := range map[string]struct {
		change func(*sdk.ResourcePool)
		// what the object has afterwards
		changed            bool
		replicas           int64
		title, description string
		err                string
	}{
		"nothing":                      {func(*sdk.ResourcePool) {}, false, 9, "", "old", ""},
		"no extensions":                {func(p *sdk.ResourcePool) { p.Extensions = nil }, false, 9, "", "old", ""},
		"the number as a float":        {func(p *sdk.ResourcePool) { p.Extensions["k8s.machineset.replicas"] = 9.0 }, false, 9, "", "old", ""},
		"scale":                        {func(p *sdk.ResourcePool) { p.Extensions["replicas"] = 4 }, true, 4, "", "old", ""},
		"scale by the key shown":       {func(p *sdk.ResourcePool) { p.Extensions["k8s.machineset.replicas"] = 0 }, true, 0, "", "old", ""},
		"scale by both":                {func(p *sdk.ResourcePool) { p.Extensions["k8s.machineset.replicas"], p.Extensions["replicas"] = 2, 2 }, true, 2, "", "old", ""},
		"scale to two numbers":         {func(p *sdk.ResourcePool) { p.Extensions["k8s.machineset.replicas"], p.Extensions["replicas"] = 2, 3 }, false, 9, "", "old", "invalid: extensions.replicas is 3 and extensions.k8s.machineset.replicas is 2: give one number"},
		"another kind's number":        {func(p *sdk.ResourcePool) { p.Extensions["k8s.machinedeployment.replicas"] = 2 }, false, 9, "", "old", "invalid: extensions.k8s.machinedeployment.replicas is of another kind of pool: give replicas"},
		"name":                         {func(p *sdk.ResourcePool) { p.Name = "My pool" }, true, 9, "My pool", "old", ""},
		"description":                  {func(p *sdk.ResourcePool) { p.Description = "" }, true, 9, "", "", ""},
		"an old reading of the status": {func(p *sdk.ResourcePool) { p.Extensions["k8s.machineset.readyReplicas"] = 1 }, false, 9, "", "old", ""},
		"what it was created with": {func(p *sdk.ResourcePool) {
			maps.Copy(p.Extensions, map[string]any{"type": "machineset", "template": "workers", "instanceType": "m5.large", "namespace": "ns"})
		}, false, 9, "", "old", ""},
		"its configured template": {func(p *sdk.ResourcePool) { p.Extensions["type"] = "bare-metal" }, false, 9, "", "old", ""},
		"another type":            {func(p *sdk.ResourcePool) { p.Extensions["type"] = "MachineDeployment" }, false, 9, "", "old", "invalid: extensions.type cannot be changed; replicas can"},
		"another instance type":   {func(p *sdk.ResourcePool) { p.Extensions["k8s.instanceType"] = "c5" }, false, 9, "", "old", "invalid: extensions.k8s.instanceType cannot be changed; replicas can"},
		"an unknown extension":    {func(p *sdk.ResourcePool) { p.Extensions["colour"] = "red" }, false, 9, "", "old", "invalid: extensions.colour is not an extension of this pool; replicas can be changed"},
		"another place":           {func(p *sdk.ResourcePool) { p.Location = "z2" }, false, 9, "", "old", `invalid: location: a pool cannot be moved from "z1": create another there`},
		"no place":                {func(p *sdk.ResourcePool) { p.Location = "" }, false, 9, "", "old", ""},
		"tags":                    {func(p *sdk.ResourcePool) { p.Tags = []string{"gpu", "edge"} }, true, 9, "", "old", ""},
		"a tag with a comma":      {func(p *sdk.ResourcePool) { p.Tags = []string{"a,b"} }, false, 9, "", "old", `invalid: tags: "a,b" cannot be kept: a tag has no comma, and no space at its ends`},
		"no tenant of its own":    {func(p *sdk.ResourcePool) { p.Tenant = "" }, false, 9, "", "old", ""},
		"another tenant":          {func(p *sdk.ResourcePool) { p.Tenant = "north" }, false, 9, "", "old", "invalid: tenant: a pool cannot be given to another tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			u, want := decodeObject(t, setTemplate), shown()
			test.change(want)
			changed, err := changePool(u, want, shown(), templates)
			if message := messageOf(t, err); message != test.err {
				t.Fatalf("error %q, want %q", message, test.err)
			}
			annotations := u.GetAnnotations()
			if changed != test.changed || replicasOf(u) != test.replicas || annotations[inventory.NameAnnotation] != test.title || annotations[inventory.DescriptionAnnotation] != test.description {
				t.Errorf("changed %v, %d replicas, title %q, description %q, want %v, %d, %q, %q", changed, replicasOf(u),
					annotations[inventory.NameAnnotation], annotations[inventory.DescriptionAnnotation], test.changed, test.replicas, test.title, test.description)
			}
		})
	}
}
