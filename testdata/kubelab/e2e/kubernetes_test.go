//go:build integration

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/netweave/netweave/testdata/kubelab"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
)

const (
	nodes       = 50
	machineSets = 3
	volumes     = 10
)

// admin is what kubectl would be.
type admin struct {
	core    kubernetes.Interface
	dynamic dynamic.Interface
}

// TestOperatorsDay takes the path of the first issue's acceptance: list, filter,
// page, get, create a pool, scale it, delete it; and changes from the other side.
func TestOperatorsDay(t *testing.T) {
	cluster, kube := startCluster(t)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := cluster.WriteKubeconfig(kubeconfig); err != nil {
		t.Fatal(err)
	}
	s := startGateway(t, kubeconfig)

	// As in "task run:kube", a pool needs no more than a name.
	plain, _ := s.do(http.MethodPost, "/o2ims/v1/resourcePools", object{"name": "plain", "extensions": object{"replicas": 2}}, http.StatusCreated)
	if got := plain.extension("k8s.machineset.namespace"); got != "openshift-machine-api" {
		t.Errorf("a pool without a template is in namespace %v, want openshift-machine-api", got)
	}
	s.do(http.MethodDelete, "/o2ims/v1/resourcePools/"+plain.text("resourcePoolId"), nil, http.StatusNoContent)

	pools := s.list("/o2ims/v1/resourcePools")
	if len(pools) != machineSets {
		t.Fatalf("%d pools, want one for each of %d MachineSets: %v", len(pools), machineSets, pools)
	}
	all := s.list("/o2ims/v1/resources?limit=7")
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.text("resourceId")
	}
	if len(all) != nodes+volumes || !slices.IsSorted(ids) || len(slices.Compact(ids)) != len(all) {
		t.Fatalf("paging gave %d resources, want %d, in the order of their ids and each once", len(all), nodes+volumes)
	}
	pool := pools[0].text("resourcePoolId")
	inPool := s.list("/o2ims/v1/resources", "(eq,resourcePoolId,"+pool+")")
	below := s.list("/o2ims/v1/resourcePools/" + pool + "/resources")
	if len(inPool) < nodes/machineSets || len(inPool) != len(below) {
		t.Fatalf("%d resources by filter, %d by path, want at least %d and as many", len(inPool), len(below), nodes/machineSets)
	}
	one := s.get("/o2ims/v1/resources/" + inPool[0].text("resourceId"))
	if one.text("resourcePoolId") != pool || one.extension("k8s.node.name") == nil {
		t.Fatalf("a resource of pool %s reads %v", pool, one)
	}
	if dms := s.list("/o2ims/v1/deploymentManagers"); len(dms) != 1 || dms[0].text("oCloudId") != "ocloud-e2e" {
		t.Fatalf("deployment managers: %v", dms)
	}
	if storage := s.list("/o2ims/v1/resourceTypes", "(eq,resourceClass,STORAGE)"); len(storage) != 2 {
		t.Fatalf("%d storage types, want one for each of 2 StorageClasses: %v", len(storage), storage)
	}

	created := createPool(t, s, kube, pools[0])
	scalePool(t, s, kube, created)
	changeByKubectl(t, s, kube, created)
	createResource(t, s, kube, created, one.text("resourceTypeId"))
	deletePool(t, s, kube, created)
}

// startCluster runs a seeded control plane for the length of the test.
func startCluster(t *testing.T) (*kubelab.Cluster, admin) {
	t.Helper()
	cluster, err := kubelab.Start(kubelab.Config{BinDir: "../../../.cache/bin", CRDDirs: []string{"../crds"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := kubelab.Seed(t.Context(), cluster.REST(), kubelab.Spec{Nodes: nodes, MachineSets: machineSets, Volumes: volumes}); err != nil {
		t.Fatal(err)
	}
	core, err := kubernetes.NewForConfig(cluster.REST())
	if err != nil {
		t.Fatal(err)
	}
	dyn, err := dynamic.NewForConfig(cluster.REST())
	if err != nil {
		t.Fatal(err)
	}
	return cluster, admin{core: core, dynamic: dyn}
}

func (a admin) machineSet(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	return a.dynamic.Resource(kubelab.MachineSets).Namespace(kubelab.Namespace).Get(ctx, name, metav1.GetOptions{})
}

func createPool(t *testing.T, s *smo, kube admin, template object) object {
	t.Helper()
	created, header := s.do(http.MethodPost, "/o2ims/v1/resourcePools", object{
		"name": "burst", "description": "for the match",
		"extensions": object{"template": template.text("name"), "replicas": 2},
	}, http.StatusCreated)
	id := created.text("resourcePoolId")
	if got := header.Get("Location"); got != "/o2ims/v1/resourcePools/"+id {
		t.Errorf("Location %q does not lead to %s", got, id)
	}
	name, _ := created.extension("k8s.machineset.name").(string)
	set, err := kube.machineSet(t.Context(), name)
	if err != nil {
		t.Fatalf("no MachineSet behind the new pool: %v", err)
	}
	for where, labels := range map[string]map[string]string{
		"metadata":               set.GetLabels(),
		"spec.template.metadata": nestedLabels(t, set, "spec", "template", "metadata", "labels"),
	} {
		if labels["o2ims.oran.org/tenant"] != "default" {
			t.Errorf("%s of the MachineSet lacks the tenant's label: %v", where, labels)
		}
	}
	if replicas, _, _ := unstructured.NestedInt64(set.Object, "spec", "replicas"); replicas != 2 {
		t.Errorf("the MachineSet has %d replicas, want 2", replicas)
	}
	if got := s.get("/o2ims/v1/resourcePools/" + id); got.text("name") != "burst" || got.text("description") != "for the match" {
		t.Errorf("right after its creation the pool reads %v", got)
	}
	return created
}

func nestedLabels(t *testing.T, u *unstructured.Unstructured, path ...string) map[string]string {
	t.Helper()
	labels, _, err := unstructured.NestedStringMap(u.Object, path...)
	if err != nil {
		t.Fatal(err)
	}
	return labels
}

func scalePool(t *testing.T, s *smo, kube admin, pool object) {
	t.Helper()
	id, name := pool.text("resourcePoolId"), pool.extension("k8s.machineset.name").(string)
	s.do(http.MethodPut, "/o2ims/v1/resourcePools/"+id, object{
		"name": "burst", "description": "for the replay", "extensions": object{"replicas": 5},
	}, http.StatusOK)
	set, err := kube.machineSet(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if replicas, _, _ := unstructured.NestedInt64(set.Object, "spec", "replicas"); replicas != 5 {
		t.Errorf("the MachineSet has %d replicas, want 5", replicas)
	}
	if got := s.get("/o2ims/v1/resourcePools/" + id); got.extension("k8s.machineset.replicas") != 5.0 || got.text("description") != "for the replay" {
		t.Errorf("right after it was scaled the pool reads %v", got)
	}
	// What was read may be written back unchanged, read-only extensions included.
	read := s.get("/o2ims/v1/resourcePools/" + id)
	delete(read, "resourcePoolId")
	s.do(http.MethodPut, "/o2ims/v1/resourcePools/"+id, read, http.StatusOK)
}

// changeByKubectl makes changes behind netweave's back and sees them in GETs.
func changeByKubectl(t *testing.T, s *smo, kube admin, pool object) {
	t.Helper()
	id, name := pool.text("resourcePoolId"), pool.extension("k8s.machineset.name").(string)
	patch := []byte(`{"spec":{"replicas":7}}`)
	if _, err := kube.dynamic.Resource(kubelab.MachineSets).Namespace(kubelab.Namespace).
		Patch(t.Context(), name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	s.eventually("the scaled MachineSet shows in its pool", func() bool {
		return s.get("/o2ims/v1/resourcePools/"+id).extension("k8s.machineset.replicas") == 7.0
	})
	node := kubelab.NodeName(7)
	found := s.list("/o2ims/v1/resources", "(eq,extensions/k8s.node.name,"+node+")")
	if len(found) != 1 {
		t.Fatalf("%d resources for node %s", len(found), node)
	}
	path := "/o2ims/v1/resources/" + found[0].text("resourceId")
	cordon := []byte(`{"spec":{"unschedulable":true}}`)
	if _, err := kube.core.CoreV1().Nodes().Patch(t.Context(), node, types.StrategicMergePatchType, cordon, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	s.eventually("the cordoned Node shows in its resource", func() bool { return s.get(path).extension("k8s.unschedulable") == true })
	if err := kube.core.CoreV1().Nodes().Delete(t.Context(), node, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.eventually("the deleted Node is gone from its resource", func() bool { return s.get(path).extension("k8s.node.ready") == nil })
}

func createResource(t *testing.T, s *smo, kube admin, pool object, resourceType string) {
	t.Helper()
	created, _ := s.do(http.MethodPost, "/o2ims/v1/resources", object{
		"resourcePoolId": pool.text("resourcePoolId"), "resourceTypeId": resourceType, "name": "burst-extra",
	}, http.StatusCreated)
	name, _ := created.extension("k8s.machine.name").(string)
	machines := kube.dynamic.Resource(kubelab.Machines).Namespace(kubelab.Namespace)
	machine, err := machines.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("no Machine behind the new resource %v: %v", created, err)
	}
	if got := machine.GetLabels()["o2ims.oran.org/tenant"]; got != "default" {
		t.Errorf("the Machine's tenant label is %q", got)
	}
	path := "/o2ims/v1/resources/" + created.text("resourceId")
	s.get(path)
	s.do(http.MethodDelete, path, nil, http.StatusNoContent)
	s.do(http.MethodGet, path, nil, http.StatusNotFound)
	if _, err := machines.Get(t.Context(), name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the deleted resource's Machine: %v, want not found", err)
	}
}

func deletePool(t *testing.T, s *smo, kube admin, pool object) {
	t.Helper()
	path := "/o2ims/v1/resourcePools/" + pool.text("resourcePoolId")
	s.do(http.MethodDelete, path, nil, http.StatusNoContent)
	s.do(http.MethodGet, path, nil, http.StatusNotFound)
	if _, err := kube.machineSet(t.Context(), fmt.Sprint(pool.extension("k8s.machineset.name"))); !apierrors.IsNotFound(err) {
		t.Errorf("the deleted pool's MachineSet: %v, want not found", err)
	}
	if _, err := kube.core.CoreV1().Namespaces().Get(t.Context(), kubelab.Namespace, metav1.GetOptions{}); err != nil {
		t.Errorf("its namespace: %v", err)
	}
	s.do(http.MethodDelete, path, nil, http.StatusNotFound)
}
