//go:build integration

package backend

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

// TestOutage kills kube-apiserver: nothing is emptied, Health says so, and what
// changed afterwards is told.
func TestOutage(t *testing.T) {
	cluster, err := kubetest.Start(kubetest.OpenShift)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, name := range []string{"n0", "n1", "n2"} {
		cluster.CreateNode(t, kubetest.Node(name, "z1", "m5.large"))
	}
	cluster.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	cluster.Create(t, kubetest.Machines, kubetest.Machine("m1", "workers", "z1", "m5.large", "n1"))
	b := open(t, cluster.REST, config.Config{})
	r := follow(t, b)
	eventually(t, patience, func() string {
		if n, _ := r.state(); n == 0 {
			return "no snapshot came"
		}
		return ""
	})
	resources, pools := r.names(sdk.KindResource), r.names(sdk.KindResourcePool)
	if want := []string{"n0", "n1", "n2"}; !slices.Equal(resources, want) {
		t.Fatalf("resources are %q, want %q", resources, want)
	}

	restart, err := cluster.Kill()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, func() string {
		if b.Health(t.Context()) == nil {
			return "Health returns nil though the cluster is gone"
		}
		return ""
	})
	wantCode(t, "Health", b.Health(t.Context()), sdk.Unavailable)
	// The list works on: it is what was known.
	count := 0
	for _, err := range b.ListResources(t.Context(), sdk.ListOptions{}) {
		if err != nil {
			t.Fatalf("ListResources: %v", err)
		}
		count++
	}
	if count != 3 {
		t.Errorf("ListResources yields %d resources during the outage, want 3", count)
	}
	_, err = b.UpdateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{ID: r.named(sdk.KindResourcePool, "workers").Common().ID, Name: "workers"}})
	wantCode(t, "UpdateResourcePool", err, sdk.Unavailable)

	if err := restart(); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Core.CoreV1().Nodes().Delete(t.Context(), "n2", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	cluster.CreateNode(t, kubetest.Node("n3", "z1", "m5.large"))
	eventually(t, patience, func() string {
		if got := r.names(sdk.KindResource); !slices.Equal(got, []string{"n0", "n1", "n3"}) {
			return "the changes after the outage were not told"
		}
		if b.Health(t.Context()) != nil {
			return "Health still fails"
		}
		return ""
	})
	if got := r.names(sdk.KindResourcePool); !slices.Equal(got, pools) {
		t.Errorf("pools are %q after the outage, want %q", got, pools)
	}
	for _, key := range r.deletions() {
		if key.Kind != sdk.KindResource {
			t.Errorf("%v was deleted, want nothing but the Node n2", key)
		}
	}
}

// TestCRDs comes to serve an API that is installed later, and gives up one that
// vanishes.
func TestCRDs(t *testing.T) {
	cluster, err := kubetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	cluster.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	b := open(t, cluster.REST, config.Config{})
	r := follow(t, b)
	eventually(t, patience, func() string {
		if n, kinds := r.state(); n == 0 || len(kinds) != 4 {
			return "no snapshot of all kinds came"
		}
		return ""
	})
	if got, want := r.names(sdk.KindResourcePool), []string{"z1"}; !slices.Equal(got, want) {
		t.Errorf("pools are %q, want %q", got, want)
	}
	_, err = b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "more"}})
	wantCode(t, "CreateResourcePool", err, sdk.Unsupported)

	if err := cluster.Install(kubetest.OpenShift); err != nil {
		t.Fatal(err)
	}
	cluster.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	machine := cluster.Create(t, kubetest.Machines, kubetest.Machine("m1", "workers", "z1", "m5.large", "n1"))
	eventually(t, patience, func() string {
		if got := r.names(sdk.KindResourcePool); !slices.Equal(got, []string{"workers"}) {
			return "the MachineSet did not take the label group's place"
		}
		if n1 := r.named(sdk.KindResource, "n1"); n1 == nil || n1.Common().ID != string(machine.GetUID()) {
			return "the Node was not joined with its Machine"
		}
		return ""
	})

	if err := cluster.Uninstall(kubetest.OpenShift); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, func() string {
		if got := r.names(sdk.KindResourcePool); !slices.Equal(got, []string{"z1"}) {
			return "the label group did not come back"
		}
		return ""
	})
	if got, want := r.names(sdk.KindResource), []string{"n1"}; !slices.Equal(got, want) {
		t.Errorf("resources are %q, want %q", got, want)
	}

	// And once more: an API that is back is served again.
	if err := cluster.Install(kubetest.OpenShift); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, func() string {
		if !b.feeds.Has("MachineSet") {
			return "the API is not served again"
		}
		return ""
	})
	_, err = cluster.Core.CoreV1().Nodes().Patch(t.Context(), "n1", types.MergePatchType, []byte(`{"spec":{"unschedulable":true}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, func() string {
		if n1 := r.named(sdk.KindResource, "n1"); n1 == nil || !equalJSON(n1.Common().Extensions["k8s.unschedulable"], true) {
			return "the Node's change was not told"
		}
		return ""
	})
}
