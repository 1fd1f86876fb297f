package backend

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

func messageOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var fault *sdk.Error
	if !errors.As(err, &fault) {
		t.Fatalf("%v is no *sdk.Error", err)
	}
	return string(fault.Code) + ": " + fault.Message
}

func TestParsePoolRequest(t *testing.T) {
	templates := map[string]config.Template{"bare-metal": {Name: "metal"}}
	three := int64(3)
	for name, test := range map[string]struct {
		extensions map[string]any
		want       poolRequest
		err        string
	}{
		"nothing": {nil, poolRequest{}, ""},
		"everything": {
			map[string]any{"type": "MachineSet", "template": "ns/workers", "replicas": 3, "instanceType": "m5", "namespace": "ns", "k8s.machineset.name": "w-2"},
			poolRequest{kind: inventory.PartMachineSet, template: templateRef{Namespace: "ns", Name: "workers"}, replicas: &three, instanceType: "m5", namespace: "ns", objectName: "w-2"}, "",
		},
		"JSON from the wire":          {map[string]any{"replicas": json.RawMessage("3")}, poolRequest{replicas: &three}, ""},
		"a float that is whole":       {map[string]any{"replicas": 3.0}, poolRequest{replicas: &three}, ""},
		"the kind by another's key":   {map[string]any{"k8s.machinedeployment.replicas": 3}, poolRequest{kind: inventory.PartMachineDeployment, replicas: &three}, ""},
		"the kind in any case":        {map[string]any{"type": "machinedeployment"}, poolRequest{kind: inventory.PartMachineDeployment}, ""},
		"a configured template":       {map[string]any{"type": "bare-metal"}, poolRequest{template: templateRef{Name: "bare-metal"}}, ""},
		"a template as an object":     {map[string]any{"template": map[string]any{"kind": "MachineSet", "name": "w"}}, poolRequest{template: templateRef{Kind: "MachineSet", Name: "w"}}, ""},
		"an unknown key":              {map[string]any{"colour": "red"}, poolRequest{}, "invalid: extensions.colour cannot be set on a Kubernetes pool; what can: " + strings.Join(createKeys, ", ")},
		"an unknown type":             {map[string]any{"type": "cloud"}, poolRequest{}, `invalid: extensions.type is "cloud": give MachineSet, MachineDeployment or, as type, the name of a configured template`},
		"two kinds":                   {map[string]any{"type": "MachineSet", "k8s.machinedeployment.replicas": 1}, poolRequest{}, "invalid: extensions.type asks for a MachineSet, another extension for a MachineDeployment: choose one"},
		"half a machine":              {map[string]any{"replicas": 1.5}, poolRequest{}, "invalid: extensions.replicas must be a whole number of 0 or more"},
		"fewer than none":             {map[string]any{"replicas": -1}, poolRequest{}, "invalid: extensions.replicas must be a whole number of 0 or more"},
		"a number as a text":          {map[string]any{"replicas": "3"}, poolRequest{}, "invalid: extensions.replicas must be a whole number of 0 or more"},
		"more than the API holds":     {map[string]any{"replicas": int64(1) << 31}, poolRequest{}, "invalid: extensions.replicas must be a whole number of 0 or more"},
		"null":                        {map[string]any{"replicas": nil}, poolRequest{}, "invalid: extensions.replicas must be a whole number of 0 or more"},
		"two numbers":                 {map[string]any{"replicas": 1, "k8s.machineset.replicas": 2}, poolRequest{}, "invalid: extensions.replicas is 1, but another extension asks for 2: give one number"},
		"a template without a name":   {map[string]any{"template": map[string]any{"kind": "MachineSet"}}, poolRequest{}, "invalid: extensions.template has no name: name a pool to copy or a configured template"},
		"an instance type of nothing": {map[string]any{"instanceType": ""}, poolRequest{}, "invalid: extensions.instanceType must be a text that is not empty"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parsePoolRequest(test.extensions, templates)
			if message := messageOf(t, err); message != test.err {
				t.Fatalf("error %q, want %q", message, test.err)
			}
			if got.replicas != nil && test.want.replicas != nil {
				if *got.replicas != *test.want.replicas {
					t.Errorf("replicas %d, want %d", *got.replicas, *test.want.replicas)
				}
				got.replicas = test.want.replicas
			}
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func pool(kind, namespace, name, zone, instanceType, tenant string) *inventory.MachinePool {
	u := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": name, "namespace": namespace, "uid": name + "-uid", "labels": map[string]any{inventory.TenantLabel: tenant}},
		"spec": map[string]any{"template": map[string]any{
			"metadata": map[string]any{"labels": map[string]any{"node.kubernetes.io/instance-type": instanceType}},
			"spec":     map[string]any{"failureDomain": zone, "providerSpec": map[string]any{"value": map[string]any{"zone": zone, "instanceType": instanceType}}},
		}},
	}}
	if kind == config.KindMachineSet {
		return inventory.Mapper{}.MachineSet(u)
	}
	return inventory.Mapper{}.MachineDeployment(u)
}

func TestChooseTemplate(t *testing.T) {
	a := pool(config.KindMachineSet, "ns1", "a", "z1", "m5", "")
	b := pool(config.KindMachineSet, "ns1", "b", "z2", "m5", "")
	b2 := pool(config.KindMachineSet, "ns2", "b", "z2", "c5", "")
	d := pool(config.KindMachineDeployment, "ns1", "a", "z1", "metal", "")
	owned := pool(config.KindMachineSet, "ns1", "owned", "z9", "m5", "south")
	pools := []*inventory.MachinePool{a, b, b2, d, owned}
	four := int64(4)
	named := map[string]config.Template{"small": {Kind: config.KindMachineSet, Name: "a", Replicas: &four}}
	withDefault := map[string]config.Template{"default": {Namespace: "ns2", Name: "b"}}
	for name, test := range map[string]struct {
		request          poolRequest
		tenant, location string
		cfg              config.Config
		pools            []*inventory.MachinePool
		want             chosen
		err              string
	}{
		"by name and kind":              {request: poolRequest{kind: inventory.PartMachineDeployment, template: templateRef{Name: "a"}}, want: chosen{d, 1}},
		"by name in a namespace":        {request: poolRequest{template: templateRef{Namespace: "ns2", Name: "b"}}, want: chosen{b2, 1}},
		"by the pool's id":              {request: poolRequest{template: templateRef{Name: "owned-uid"}}, tenant: "south", want: chosen{owned, 1}},
		"in the configured namespace":   {request: poolRequest{template: templateRef{Name: "b"}}, cfg: config.Config{Namespace: "ns2"}, want: chosen{b2, 1}},
		"by a configured name":          {request: poolRequest{template: templateRef{Name: "small"}}, cfg: config.Config{Templates: named}, want: chosen{a, 4}},
		"the configured default":        {cfg: config.Config{Templates: withDefault}, want: chosen{b2, 1}},
		"the only one of the type":      {request: poolRequest{instanceType: "c5"}, want: chosen{b2, 1}},
		"the only one in the place":     {location: "z1", request: poolRequest{kind: inventory.PartMachineSet}, want: chosen{a, 1}},
		"the only one":                  {pools: []*inventory.MachinePool{a}, want: chosen{a, 1}},
		"one of several":                {request: poolRequest{kind: inventory.PartMachineSet}, tenant: "north", err: "invalid: extensions.template is missing: name the pool to copy, one of ns1/a, ns1/b, ns2/b"},
		"a name of several":             {request: poolRequest{template: templateRef{Name: "b"}}, err: "invalid: extensions.template: MachineSet or MachineDeployment b could be any of ns1/b, ns2/b"},
		"of another tenant":             {request: poolRequest{template: templateRef{Name: "owned"}}, tenant: "north", err: "invalid: extensions.template: there is no MachineSet or MachineDeployment owned; there are ns1/a, ns1/b, ns2/b, ns1/a"},
		"an unknown name":               {request: poolRequest{template: templateRef{Kind: "MachineSet", Namespace: "ns1", Name: "x"}}, pools: []*inventory.MachinePool{a}, err: "invalid: extensions.template: there is no MachineSet ns1/x; there are ns1/a"},
		"a type that nothing has":       {request: poolRequest{instanceType: "t9"}, pools: []*inventory.MachinePool{a}, err: "invalid: extensions.template is missing, and no pool fits the request as a template; there are ns1/a"},
		"an empty cluster":              {pools: []*inventory.MachinePool{}, err: "invalid: extensions.template is missing, and no pool fits the request as a template: the cluster has no MachineSet or MachineDeployment to copy"},
		"a default that does not exist": {cfg: config.Config{Templates: withDefault}, pools: []*inventory.MachinePool{a}, err: "invalid: extensions.template: there is no MachineSet or MachineDeployment ns2/b; there are ns1/a"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.pools == nil {
				test.pools = pools
			}
			got, err := chooseTemplate(test.request, test.tenant, test.location, test.cfg, test.pools)
			if message := messageOf(t, err); message != test.err {
				t.Fatalf("error %q, want %q", message, test.err)
			}
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestObjectName(t *testing.T) {
	for name, test := range map[string]struct{ object, title, err string }{
		"workers-1":             {"workers-1", "", ""},
		"Edge Pool 1":           {"edge-pool-1-758e88", "Edge Pool 1", ""},
		"Edge-Pool-1":           {"edge-pool-1-377fc4", "Edge-Pool-1", ""},
		"a.b":                   {"a-b-2e7336", "a.b", ""},
		strings.Repeat("x", 60): {strings.Repeat("x", 41) + "-42f2d9", strings.Repeat("x", 60), ""},
		"---":                   {"", "", `invalid: name: "---" has no letter a to z and no digit to make a Kubernetes name of`},
		"":                      {"", "", `invalid: name: "" has no letter a to z and no digit to make a Kubernetes name of`},
	} {
		object, title, err := objectName(name)
		if message := messageOf(t, err); object != test.object || title != test.title || message != test.err {
			t.Errorf("%q: %q, %q, %q, want %q, %q, %q", name, object, title, message, test.object, test.title, test.err)
		}
	}
}

func decodeObject(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return u
}

const setTemplate = `{
	"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet",
	"metadata": {
		"name": "workers", "namespace": "ns", "uid": "u", "resourceVersion": "1", "finalizers": ["f"],
		"ownerReferences": [{"apiVersion": "v1", "kind": "X", "name": "x", "uid": "x"}],
		"labels": {"machine.openshift.io/cluster-api-cluster": "prod", "o2ims.oran.org/tenant": "south", "o2ims.oran.org/resource-pool-id": "old", "team": "a"},
		"annotations": {"machine.openshift.io/vCPU": "4", "description": "old", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
	},
	"spec": {
		"replicas": 9, "deletePolicy": "Oldest",
		"selector": {"matchLabels": {"machine.openshift.io/cluster-api-cluster": "prod", "machine.openshift.io/cluster-api-machineset": "workers"}},
		"template": {
			"metadata": {"labels": {"machine.openshift.io/cluster-api-cluster": "prod", "machine.openshift.io/cluster-api-machineset": "workers", "role": "worker", "o2ims.oran.org/tenant": "south"}},
			"spec": {"providerSpec": {"value": {"instanceType": "m5.large", "placement": {"availabilityZone": "z1", "region": "r1"}}}}
		}
	},
	"status": {"replicas": 9}
}`

const deploymentTemplate = `{
	"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
	"metadata": {"name": "edge", "namespace": "ns", "labels": {"cluster.x-k8s.io/cluster-name": "prod", "topology.cluster.x-k8s.io/owned": ""}},
	"spec": {
		"clusterName": "prod", "replicas": 1,
		"selector": {"matchLabels": {"cluster.x-k8s.io/cluster-name": "prod"}},
		"template": {
			"metadata": {"labels": {"cluster.x-k8s.io/cluster-name": "prod", "topology.cluster.x-k8s.io/owned": "", "node.kubernetes.io/instance-type": "metal"}},
			"spec": {"clusterName": "prod", "failureDomain": "z1", "infrastructureRef": {"kind": "T", "name": "t"}}
		}
	}
}`

func TestCopyPool(t *testing.T) {
	for name, test := range map[string]struct {
		from, want string
		copy       poolCopy
		err        string
	}{
		"a MachineSet": {
			from: setTemplate,
			copy: poolCopy{kind: inventory.PartMachineSet, namespace: "ns2", name: "new", title: "New pool", description: "d", tenant: "north", replicas: 3, instanceType: "c5", zone: "z2"},
			want: `{
				"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet",
				"metadata": {
					"name": "new", "namespace": "ns2",
					"labels": {"machine.openshift.io/cluster-api-cluster": "prod", "o2ims.oran.org/tenant": "north"},
					"annotations": {"machine.openshift.io/vCPU": "4", "description": "d", "o2ims.oran.org/name": "New pool"}
				},
				"spec": {
					"replicas": 3, "deletePolicy": "Oldest",
					"selector": {"matchLabels": {"machine.openshift.io/cluster-api-cluster": "prod", "machine.openshift.io/cluster-api-machineset": "new"}},
					"template": {
						"metadata": {"labels": {"machine.openshift.io/cluster-api-cluster": "prod", "machine.openshift.io/cluster-api-machineset": "new", "role": "worker", "o2ims.oran.org/tenant": "north"}},
						"spec": {"providerSpec": {"value": {"instanceType": "c5", "placement": {"availabilityZone": "z2", "region": "r1"}}}}
					}
				}
			}`,
		},
		"a MachineDeployment": {
			from: deploymentTemplate,
			copy: poolCopy{kind: inventory.PartMachineDeployment, namespace: "ns", name: "new", replicas: 0, zone: "z2", instanceType: "metal"},
			want: `{
				"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
				"metadata": {"name": "new", "namespace": "ns", "labels": {"cluster.x-k8s.io/cluster-name": "prod"}},
				"spec": {
					"clusterName": "prod", "replicas": 0,
					"selector": {"matchLabels": {"cluster.x-k8s.io/cluster-name": "prod", "cluster.x-k8s.io/deployment-name": "new"}},
					"template": {
						"metadata": {"labels": {"cluster.x-k8s.io/cluster-name": "prod", "cluster.x-k8s.io/deployment-name": "new", "node.kubernetes.io/instance-type": "metal"}},
						"spec": {"clusterName": "prod", "failureDomain": "z2", "infrastructureRef": {"kind": "T", "name": "t"}}
					}
				}
			}`,
		},
		"a type that the template fixes": {
			from: deploymentTemplate, copy: poolCopy{kind: inventory.PartMachineDeployment, name: "new", instanceType: "other"},
			err: "invalid: extensions.instanceType cannot be chosen: the template's infrastructure fixes it; choose a template of that type",
		},
		"a zone that the template has no place for": {
			from: `{"apiVersion": "v", "kind": "MachineSet", "metadata": {"name": "a"}, "spec": {"template": {"spec": {"providerSpec": {"value": {"numCPUs": 4}}}}}}`,
			copy: poolCopy{kind: inventory.PartMachineSet, name: "new", zone: "z2"},
			err:  "invalid: location cannot be chosen: the template says nothing of a zone; choose a template in z2",
		},
		"no spec": {
			from: `{"apiVersion": "v", "kind": "MachineSet", "metadata": {"name": "a"}}`, copy: poolCopy{name: "new"},
			err: "invalid: extensions.template: MachineSet a has no spec to copy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			from := decodeObject(t, test.from)
			before := encodeObject(t, from)
			got, err := copyPool(from, test.copy)
			if message := messageOf(t, err); message != test.err {
				t.Fatalf("error %q, want %q", message, test.err)
			}
			if encodeObject(t, from) != before {
				t.Error("the template was changed")
			}
			if test.err != "" {
				return
			}
			if got, want := encodeObject(t, got), encodeObject(t, decodeObject(t, test.want)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func encodeObject(t *testing.T, u *unstructured.Unstructured) string {
	t.Helper()
	raw, err := json.MarshalIndent(u.Object, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestMachineOf(t *testing.T) {
	got, err := machineOf(decodeObject(t, setTemplate), &sdk.Resource{
		Meta: sdk.Meta{Tenant: "north", Name: "Cell 7", Description: "d"}, Tags: []string{"a", "b"}, GlobalAssetID: "asset",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{
		"apiVersion": "machine.openshift.io/v1beta1", "kind": "Machine",
		"metadata": {
			"name": "cell-7-bad984", "namespace": "ns",
			"labels": {"machine.openshift.io/cluster-api-cluster": "prod", "role": "worker", "o2ims.oran.org/tenant": "north", "o2ims.oran.org/resource-pool-id": "u"},
			"annotations": {"description": "d", "o2ims.oran.org/name": "Cell 7", "o2ims.oran.org/tags": "a,b", "o2ims.oran.org/global-asset-id": "asset"}
		},
		"spec": {"providerSpec": {"value": {"instanceType": "m5.large", "placement": {"availabilityZone": "z1", "region": "r1"}}}}
	}`
	if got, want := encodeObject(t, got), encodeObject(t, decodeObject(t, want)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	unnamed, err := machineOf(decodeObject(t, setTemplate), &sdk.Resource{})
	if err != nil || unnamed.GetGenerateName() != "workers-" || unnamed.GetName() != "" || unnamed.GetLabels()[inventory.TenantLabel] != "south" {
		t.Errorf("without a name: %v, %v, want a generated name and the pool's tenant", unnamed, err)
	}
	wide := decodeObject(t, setTemplate)
	if err := unstructured.SetNestedStringMap(wide.Object, map[string]string{"role": "worker"}, "spec", "selector", "matchLabels"); err != nil {
		t.Fatal(err)
	}
	_, err = machineOf(wide, &sdk.Resource{})
	wantCode(t, "a selector that would adopt the machine", err, sdk.Unsupported)
}

// TestANewMachineIsItsCreators where the pool's template does not say whose it is.
func TestANewMachineIsItsCreators(t *testing.T) {
	for name, tt := range map[string]struct {
		labels map[string]string
		tenant string
		want   string
	}{
		"without any label":      {nil, "north", "north"},
		"without a tenant":       {map[string]string{"role": "worker"}, "north", "north"},
		"the template's":         {map[string]string{inventory.TenantLabel: "south"}, "north", "south"},
		"nobody asks for anyone": {map[string]string{"role": "worker"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{Object: map[string]any{}}
			u.SetLabels(tt.labels)
			stampTenant(u, tt.tenant)
			if got := u.GetLabels(); got[inventory.TenantLabel] != tt.want || got["role"] != tt.labels["role"] {
				t.Errorf("labels %v, want the tenant %q", got, tt.want)
			}
		})
	}
}
