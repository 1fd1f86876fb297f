package config

import (
	"strings"
	"testing"

	"github.com/netweave/netweave/sdk"
)

func TestValidate(t *testing.T) {
	minus := int64(-1)
	for name, test := range map[string]struct {
		cfg  Config
		want []string
	}{
		"nothing": {Config{}, nil},
		"everything": {Config{
			Kubeconfig: "/etc/kubernetes/admin.conf", Context: "prod", Namespace: "default", WatchNamespaces: []string{"a"}, OCloudID: "o", PoolLabel: "example.org/rack",
			ShowLabels: []string{"feature.node.kubernetes.io/"}, Templates: map[string]Template{"default": {Kind: KindMachineSet, Namespace: "a", Name: "w"}},
			CreateResource: CreateByScale, DeleteResource: Keep, Drain: Drain{Enabled: true}, QPS: 5, Burst: 10, Recheck: sdk.Duration(1),
		}, nil},
		"home":      {Config{Kubeconfig: "~/.kube/config"}, []string{`kubeconfig: "~/.kube/config" begins with ~, which only a shell understands: give the full path`}},
		"context":   {Config{Context: "prod"}, []string{"context: is of no use without kubeconfig: name a file, or leave both out to use the pod's ServiceAccount"}},
		"namespace": {Config{Namespace: "A"}, []string{`namespace: "A" is no namespace: `}},
		"watched":   {Config{WatchNamespaces: []string{"a", ""}}, []string{`watchNamespaces[1]: "" is no namespace: `}},
		"label":     {Config{PoolLabel: "a b"}, []string{`poolLabel: "a b" is no label key: `}},
		"prefix":    {Config{ShowLabels: []string{""}}, []string{"showLabels[0]: is empty: give a prefix of label keys, such as feature.node.kubernetes.io/"}},
		"templates": {Config{Templates: map[string]Template{"b": {Kind: "Pod", Name: "x", Replicas: &minus}, "a": {}}}, []string{
			"templates.a.name: is missing: name the MachineSet or MachineDeployment to copy",
			`templates.b.kind: "Pod" is unknown: MachineSet or MachineDeployment`,
			"templates.b.replicas: is negative: give 0 or more",
		}},
		"choices": {Config{CreateResource: "x", DeleteResource: "y"}, []string{`createResource: "x" is unknown: machine or scale`, `deleteResource: "y" is unknown: decrement or keep`}},
		"numbers": {Config{CreateTimeout: -1, Drain: Drain{Timeout: -1, GracePeriodSeconds: &minus}, QPS: -1, Burst: -1, Recheck: -1}, []string{
			"createTimeout: is negative", "drain.timeout: is negative", "drain.gracePeriodSeconds: is negative", "qps: is negative", "burst: is negative", "recheck: is negative",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []string
			if err := test.cfg.Validate(); err != nil {
				lines = strings.Split(err.Error(), "\n")
			}
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %q", lines, test.want)
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, test.want[i]) {
					t.Errorf("problem %d is %q, want %q", i, line, test.want[i])
				}
			}
		})
	}
}
