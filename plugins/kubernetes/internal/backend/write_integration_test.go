//go:build integration

package backend

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

func live(t *testing.T, gvr schema.GroupVersionResource, name string) *unstructured.Unstructured {
	t.Helper()
	u, err := lab.Dynamic.Resource(gvr).Namespace("default").Get(t.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestPoolInCluster follows a pool through the cluster: its labels, its
// replicas, its end.
func TestPoolInCluster(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	b := open(t, lab.REST, config.Config{})
	made, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{
		Meta:     sdk.Meta{Name: "Edge pool", Description: "at the edge", Tenant: "north", Extensions: map[string]any{"type": "MachineSet", "template": "workers", "replicas": 3, "instanceType": "c5.large"}},
		Location: "z7",
	})
	if err != nil {
		t.Fatal(err)
	}
	var name string
	if err := decode(made.Extensions["k8s.machineset.name"], &name); err != nil {
		t.Fatal(err)
	}
	u := live(t, kubetest.MachineSets, name)
	if u == nil || string(u.GetUID()) != made.ID {
		t.Fatalf("the cluster has %v, want the MachineSet %s with the UID %s", u, name, made.ID)
	}
	if made.Name != "Edge pool" || made.Description != "at the edge" || made.Location != "z7" || made.Tenant != "north" || typeOf(made) != "c5.large" {
		t.Errorf("the pool is %+v, want it as it was asked for", made)
	}
	if labels := u.GetLabels(); labels[inventory.TenantLabel] != "north" || labels[inventory.PoolLabel] != made.ID {
		t.Errorf("labels are %v, want the tenant north and the pool's id", labels)
	}
	if labels := stringMap(u.Object, "spec", "template", "metadata", "labels"); labels[inventory.TenantLabel] != "north" || labels[inventory.MachineSetLabel] != name {
		t.Errorf("the template's labels are %v, want the tenant north and the set's own name", labels)
	}
	if n := replicasOf(u); n != 3 {
		t.Errorf("%d replicas, want 3", n)
	}

	_, err = b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "Edge pool", Tenant: "north", Extensions: map[string]any{"template": "workers"}}})
	wantCode(t, "a second pool of the name", err, sdk.Conflict)

	made.Extensions["replicas"] = 5
	scaled, err := b.UpdateResourcePool(t.Context(), made)
	if err != nil {
		t.Fatal(err)
	}
	if n := replicasOf(live(t, kubetest.MachineSets, name)); n != 5 || !equalJSON(scaled.Extensions["k8s.machineset.replicas"], 5) {
		t.Errorf("%d replicas in the cluster, %s shown, want 5", n, scaled.Extensions["k8s.machineset.replicas"])
	}
	if err := b.DeleteResourcePool(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if live(t, kubetest.MachineSets, name) != nil {
		t.Error("the MachineSet is still there")
	}
	if _, err := lab.Core.CoreV1().Namespaces().Get(t.Context(), "default", metav1.GetOptions{}); err != nil {
		t.Errorf("the namespace: %v", err)
	}
}

// TestFinalizer hides a pool whose deletion waits for somebody.
func TestFinalizer(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	obj := kubetest.MachineSet("held", "z1", "m5.large", 1)
	obj["metadata"].(map[string]any)["finalizers"] = []any{"lab.example/held"}
	id := string(lab.Create(t, kubetest.MachineSets, obj).GetUID())
	b := open(t, lab.REST, config.Config{})
	r := follow(t, b)
	eventually(t, patience, func() string {
		if r.named(sdk.KindResourcePool, "held") == nil {
			return "the pool did not come"
		}
		return ""
	})
	if err := b.DeleteResourcePool(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	_, err := b.GetResourcePool(t.Context(), id)
	wantCode(t, "GetResourcePool", err, sdk.NotFound)
	wantCode(t, "DeleteResourcePool again", b.DeleteResourcePool(t.Context(), id), sdk.NotFound)
	eventually(t, patience, func() string {
		if r.named(sdk.KindResourcePool, "held") != nil {
			return "the watch still has the pool"
		}
		return ""
	})
	u := live(t, kubetest.MachineSets, "held")
	if u == nil {
		t.Fatal("the MachineSet is gone, though its finalizer holds it")
	}
	u.SetFinalizers(nil)
	if _, err := lab.Dynamic.Resource(kubetest.MachineSets).Namespace("default").Update(t.Context(), u, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestLabelGroups cannot be written to.
func TestLabelGroups(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	node := lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	volume := lab.CreateVolume(t, "v1", "")
	b := open(t, lab.REST, config.Config{})
	const group = "topology.kubernetes.io/zone=z1"
	_, err := b.UpdateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{ID: group, Name: "z1"}})
	wantCode(t, "UpdateResourcePool", err, sdk.Unsupported)
	wantCode(t, "DeleteResourcePool", b.DeleteResourcePool(t.Context(), group), sdk.Unsupported)
	_, err = b.CreateResource(t.Context(), &sdk.Resource{ResourcePoolID: group, ResourceTypeID: "m5.large"})
	wantCode(t, "CreateResource", err, sdk.Unsupported)
	wantCode(t, "DeleteResource of a Node", b.DeleteResource(t.Context(), string(node.UID)), sdk.Unsupported)
	wantCode(t, "DeleteResource of a volume", b.DeleteResource(t.Context(), string(volume.UID)), sdk.Unsupported)
}

// TestResourceLife keeps a resource's id and name from its creation over the
// join of its Node to its deletion.
func TestResourceLife(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	set := lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	b := open(t, lab.REST, config.Config{})
	r := follow(t, b)
	made, err := b.CreateResource(t.Context(), &sdk.Resource{
		Meta: sdk.Meta{Name: "cell-7", Tenant: "north"}, ResourcePoolID: string(set.GetUID()), ResourceTypeID: "m5.large", Tags: []string{"gpu"},
	})
	if err != nil {
		t.Fatal(err)
	}
	machine := live(t, kubetest.Machines, "cell-7")
	if machine == nil || string(machine.GetUID()) != made.ID || machine.GetLabels()[inventory.PoolLabel] != string(set.GetUID()) {
		t.Fatalf("the cluster has %v, want the Machine cell-7 with the id %s", machine, made.ID)
	}
	node := kubetest.Node("ip-10-0-0-7", "z1", "m5.large")
	node.Annotations = map[string]string{"machine.openshift.io/machine": "default/cell-7"}
	lab.CreateNode(t, node)
	eventually(t, patience, func() string {
		if o := r.named(sdk.KindResource, "cell-7"); o == nil || o.Common().ID != made.ID || !equalJSON(o.Common().Extensions["k8s.node.ready"], true) {
			return "the Node did not join the resource under its name and id"
		}
		return ""
	})
	if got, want := r.names(sdk.KindResource), []string{"cell-7"}; !slices.Equal(got, want) {
		t.Errorf("resources are %q, want %q", got, want)
	}
	if err := b.DeleteResource(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if live(t, kubetest.Machines, "cell-7") != nil {
		t.Error("the Machine is still there")
	}
	// It was beside the set's replicas, which stay.
	if n := replicasOf(live(t, kubetest.MachineSets, "workers")); n != 1 {
		t.Errorf("%d replicas, want 1", n)
	}
	n, err := lab.Core.CoreV1().Nodes().Get(t.Context(), "ip-10-0-0-7", metav1.GetOptions{})
	if err != nil || !n.Spec.Unschedulable {
		t.Errorf("the Node is %v (%v), want it cordoned", n.Spec, err)
	}
}

// TestDecrement takes a replica with a machine of the set, unless told to keep it.
func TestDecrement(t *testing.T) {
	for mode, want := range map[string]int64{config.Decrement: 1, config.Keep: 2} {
		t.Run(mode, func(t *testing.T) {
			t.Cleanup(func() { lab.Clear(t) })
			lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 2))
			m1 := lab.Create(t, kubetest.Machines, kubetest.Machine("m1", "workers", "z1", "m5.large", ""))
			lab.Create(t, kubetest.Machines, kubetest.Machine("m2", "workers", "z1", "m5.large", ""))
			b := open(t, lab.REST, config.Config{DeleteResource: mode})
			if err := b.DeleteResource(t.Context(), string(m1.GetUID())); err != nil {
				t.Fatal(err)
			}
			if n := replicasOf(live(t, kubetest.MachineSets, "workers")); n != want {
				t.Errorf("%d replicas, want %d", n, want)
			}
			if live(t, kubetest.Machines, "m1") != nil || live(t, kubetest.Machines, "m2") == nil {
				t.Error("want m1 gone and m2 there")
			}
		})
	}
}

// TestScaleTogether gives requests that scale a pool at once a machine each.
func TestScaleTogether(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	md := lab.Create(t, kubetest.MachineDeployments, kubetest.MachineDeployment("edge", "z1", 0))
	control(t, "edge")
	b := open(t, lab.REST, config.Config{})
	const requests = 4
	ids := make([]string, requests)
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() {
			made, err := b.CreateResource(t.Context(), &sdk.Resource{ResourcePoolID: string(md.GetUID())})
			if err != nil {
				t.Errorf("CreateResource: %v", err)
				return
			}
			ids[i] = made.ID
		})
	}
	all.Wait()
	slices.Sort(ids)
	if len(slices.Compact(ids)) != requests {
		t.Errorf("the machines are %q, want %d different ones", ids, requests)
	}
	if n := replicasOf(live(t, kubetest.MachineDeployments, "edge")); n != requests {
		t.Errorf("%d replicas, want %d", n, requests)
	}
}

// TestScaleWithoutController says that the machine has not come.
func TestScaleWithoutController(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	md := lab.Create(t, kubetest.MachineDeployments, kubetest.MachineDeployment("edge", "z1", 0))
	b := open(t, lab.REST, config.Config{CreateTimeout: sdk.Duration(200 * time.Millisecond)})
	_, err := b.CreateResource(t.Context(), &sdk.Resource{ResourcePoolID: string(md.GetUID())})
	wantCode(t, "CreateResource", err, sdk.Timeout)
}

// TestDrain evicts as PodDisruptionBudgets allow, and puts the Node back as it
// was if they do not.
func TestDrain(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	m1 := lab.Create(t, kubetest.Machines, kubetest.Machine("m1", "workers", "z1", "m5.large", "n1"))
	id := string(m1.GetUID())
	pods := lab.Core.CoreV1().Pods("default")
	zero := int64(0)
	t.Cleanup(func() {
		// The test's own context has ended by now.
		now := metav1.DeleteOptions{GracePeriodSeconds: &zero}
		if err := pods.DeleteCollection(context.Background(), now, metav1.ListOptions{}); err != nil {
			t.Error(err)
		}
		if err := lab.Core.PolicyV1().PodDisruptionBudgets("default").DeleteCollection(context.Background(), now, metav1.ListOptions{}); err != nil {
			t.Error(err)
		}
	})
	for _, name := range []string{"app", "mirror"} {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "a"}},
			Spec:       corev1.PodSpec{NodeName: "n1", TerminationGracePeriodSeconds: &zero, Containers: []corev1.Container{{Name: "c", Image: "i"}}},
		}
		if name == "mirror" {
			pod.Labels, pod.Annotations = nil, map[string]string{corev1.MirrorPodAnnotationKey: "x"}
		}
		if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	// Ready, so that the budget counts it.
	ready := []byte(`{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`)
	if _, err := pods.Patch(t.Context(), "app", types.MergePatchType, ready, metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
	one := intstr.FromInt32(1)
	budgets := lab.Core.PolicyV1().PodDisruptionBudgets("default")
	budget, err := budgets.Create(t.Context(), &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "app"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "a"}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	allow := func(disruptions int32) {
		budget.Status = policyv1.PodDisruptionBudgetStatus{
			ObservedGeneration: budget.Generation, DisruptionsAllowed: disruptions, CurrentHealthy: 1, DesiredHealthy: 1 - disruptions, ExpectedPods: 1,
		}
		if budget, err = budgets.UpdateStatus(t.Context(), budget, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	allow(0)

	impatient := open(t, lab.REST, config.Config{Drain: config.Drain{Enabled: true, Timeout: sdk.Duration(300 * time.Millisecond)}})
	wantCode(t, "DeleteResource against the budget", impatient.DeleteResource(t.Context(), id), sdk.Timeout)
	node, err := lab.Core.CoreV1().Nodes().Get(t.Context(), "n1", metav1.GetOptions{})
	if err != nil || node.Spec.Unschedulable {
		t.Errorf("the Node is %v (%v), want it as it was", node.Spec, err)
	}
	if _, err := pods.Get(t.Context(), "app", metav1.GetOptions{}); err != nil {
		t.Errorf("the pod: %v, want it there", err)
	}
	if live(t, kubetest.Machines, "m1") == nil {
		t.Fatal("the Machine was deleted though the Node was not drained")
	}

	allow(1)
	patient := open(t, lab.REST, config.Config{Drain: config.Drain{Enabled: true}})
	if err := patient.DeleteResource(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := pods.Get(t.Context(), "app", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the pod: %v, want it gone", err)
	}
	if _, err := pods.Get(t.Context(), "mirror", metav1.GetOptions{}); err != nil {
		t.Errorf("the mirror pod: %v, want it there", err)
	}
	if live(t, kubetest.Machines, "m1") != nil {
		t.Error("the Machine is still there")
	}
}

// TestTenantsChooseTheSameNames, and none hears of the other.
func TestTenantsChooseTheSameNames(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	b := open(t, lab.REST, config.Config{})
	pools := map[string]*sdk.ResourcePool{}
	for _, tenant := range []string{"north", "south", "east"} {
		create := func() (*sdk.ResourcePool, error) {
			return b.CreateResourcePool(t.Context(), &sdk.ResourcePool{
				Meta: sdk.Meta{Name: "edge", Tenant: tenant, Extensions: map[string]any{"template": "workers", "replicas": 0}},
			})
		}
		made, err := create()
		if err != nil || made.Name != "edge" || made.Tenant != tenant {
			t.Fatalf("%s: %+v, %v, want a pool named edge", tenant, made, err)
		}
		pools[tenant] = made
		_, err = create()
		wantCode(t, "a second pool of the name for "+tenant, err, sdk.Conflict)
	}
	for tenant, pool := range pools {
		create := func() (*sdk.Resource, error) {
			return b.CreateResource(t.Context(), &sdk.Resource{
				Meta: sdk.Meta{Name: "cell-1", Tenant: tenant}, ResourcePoolID: pool.ID, ResourceTypeID: "m5.large",
			})
		}
		made, err := create()
		if err != nil || made.Name != "cell-1" || made.Tenant != tenant || made.ResourcePoolID != pool.ID {
			t.Fatalf("%s: %+v, %v, want a machine named cell-1", tenant, made, err)
		}
		_, err = create()
		wantCode(t, "a second machine of the name for "+tenant, err, sdk.Conflict)
	}
	_, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "workers", Tenant: "north", Extensions: map[string]any{"template": "workers"}}})
	wantCode(t, "the name of what nobody owns", err, sdk.Conflict)
}
