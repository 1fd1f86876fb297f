//go:build integration

package kubetest

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The resources of the machine APIs.
var (
	MachineSets        = schema.GroupVersionResource{Group: "machine.openshift.io", Version: "v1beta1", Resource: "machinesets"}
	Machines           = schema.GroupVersionResource{Group: "machine.openshift.io", Version: "v1beta1", Resource: "machines"}
	MachineDeployments = schema.GroupVersionResource{Group: "cluster.x-k8s.io", Version: "v1beta2", Resource: "machinedeployments"}
	ClusterMachines    = schema.GroupVersionResource{Group: "cluster.x-k8s.io", Version: "v1beta2", Resource: "machines"}
)

// Create creates an object of a machine API; its status, if it has one, too.
func (c *Cluster) Create(t *testing.T, gvr schema.GroupVersionResource, obj map[string]any) *unstructured.Unstructured {
	t.Helper()
	client := c.Dynamic.Resource(gvr).Namespace("default")
	made, err := client.Create(t.Context(), &unstructured.Unstructured{Object: obj}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create %s: %v", gvr.Resource, err)
	}
	if status, ok := obj["status"]; ok {
		made.Object["status"] = status
		if made, err = client.UpdateStatus(t.Context(), made, metav1.UpdateOptions{}); err != nil {
			t.Fatalf("update status of %s: %v", gvr.Resource, err)
		}
	}
	return made
}

// MachineSet is a MachineSet of machine.openshift.io in the namespace default.
func MachineSet(name, zone, instanceType string, replicas int64) map[string]any {
	labels := map[string]any{"machine.openshift.io/cluster-api-machineset": name}
	return map[string]any{
		"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet",
		"metadata": map[string]any{"name": name, "namespace": "default", "annotations": map[string]any{"description": "Workers in " + zone}},
		"spec": map[string]any{
			"replicas": replicas,
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     map[string]any{"providerSpec": providerSpec(zone, instanceType)},
			},
		},
	}
}

func providerSpec(zone, instanceType string) map[string]any {
	return map[string]any{"value": map[string]any{
		"instanceType": instanceType, "placement": map[string]any{"availabilityZone": zone, "region": "r1"},
	}}
}

// Machine is a Machine of the set; node is the name of its Node, "" for none.
func Machine(name, set, zone, instanceType, node string) map[string]any {
	m := map[string]any{
		"apiVersion": "machine.openshift.io/v1beta1", "kind": "Machine",
		"metadata": map[string]any{"name": name, "namespace": "default", "labels": map[string]any{"machine.openshift.io/cluster-api-machineset": set}},
		"spec":     map[string]any{"providerSpec": providerSpec(zone, instanceType)},
	}
	if node != "" {
		m["status"] = map[string]any{"phase": "Running", "nodeRef": map[string]any{"kind": "Node", "name": node}}
	}
	return m
}

// MachineDeployment is a MachineDeployment of cluster.x-k8s.io.
func MachineDeployment(name, zone string, replicas int64) map[string]any {
	return map[string]any{
		"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
		"metadata": map[string]any{"name": name, "namespace": "default"},
		"spec": map[string]any{
			"clusterName": "edge", "replicas": replicas,
			"selector": map[string]any{"matchLabels": map[string]any{"cluster.x-k8s.io/deployment-name": name}},
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"cluster.x-k8s.io/deployment-name": name, "node.kubernetes.io/instance-type": "metal.large"}},
				"spec":     clusterMachineSpec(zone),
			},
		},
	}
}

func clusterMachineSpec(zone string) map[string]any {
	return map[string]any{
		"clusterName": "edge", "failureDomain": zone,
		"bootstrap":         map[string]any{"dataSecretName": "none"},
		"infrastructureRef": map[string]any{"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "LabMachineTemplate", "name": "large"},
	}
}

// ClusterMachine is a Machine of the MachineDeployment.
func ClusterMachine(name, deployment, zone string) map[string]any {
	return map[string]any{
		"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine",
		"metadata": map[string]any{"name": name, "namespace": "default", "labels": map[string]any{
			"cluster.x-k8s.io/deployment-name": deployment, "cluster.x-k8s.io/cluster-name": "edge", "node.kubernetes.io/instance-type": "metal.large",
		}},
		"spec": clusterMachineSpec(zone),
	}
}

// Node is a ready Node of the zone.
func Node(name, zone, instanceType string) *corev1.Node {
	amounts := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("16Gi"), corev1.ResourcePods: resource.MustParse("110"),
	}
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			corev1.LabelTopologyZone: zone, corev1.LabelTopologyRegion: "r1", corev1.LabelInstanceTypeStable: instanceType,
		}},
		Status: corev1.NodeStatus{
			Capacity: amounts, Allocatable: amounts,
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"}},
		},
	}
	if zone == "" {
		delete(n.Labels, corev1.LabelTopologyZone)
	}
	return n
}

// CreateNode creates a Node.
func (c *Cluster) CreateNode(t *testing.T, n *corev1.Node) *corev1.Node {
	t.Helper()
	made, err := c.Core.CoreV1().Nodes().Create(t.Context(), n, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create node: %v", err)
	}
	return made
}

// CreateVolume creates a PersistentVolume of the class.
func (c *Cluster) CreateVolume(t *testing.T, name, class string) *corev1.PersistentVolume {
	t.Helper()
	made, err := c.Core.CoreV1().PersistentVolumes().Create(t.Context(), &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName: class,
			Capacity:         corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")},
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				CSI: &corev1.CSIPersistentVolumeSource{Driver: "lab.csi", VolumeHandle: "vol-" + name},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create volume: %v", err)
	}
	return made
}

// CreateStorageClass creates a StorageClass.
func (c *Cluster) CreateStorageClass(t *testing.T, name string) *storagev1.StorageClass {
	t.Helper()
	made, err := c.Core.StorageV1().StorageClasses().Create(t.Context(), &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: "lab.csi",
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create storage class: %v", err)
	}
	return made
}

// Clear deletes everything that tests make.
func (c *Cluster) Clear(t *testing.T) {
	t.Helper()
	// The test's context has ended when this is called by Cleanup.
	ctx, all := context.Background(), metav1.ListOptions{}
	check := func(what string, err error) {
		if err != nil {
			t.Errorf("clear %s: %v", what, err)
		}
	}
	check("nodes", c.Core.CoreV1().Nodes().DeleteCollection(ctx, metav1.DeleteOptions{}, all))
	check("volumes", c.Core.CoreV1().PersistentVolumes().DeleteCollection(ctx, metav1.DeleteOptions{}, all))
	check("classes", c.Core.StorageV1().StorageClasses().DeleteCollection(ctx, metav1.DeleteOptions{}, all))
	volumes, err := c.Core.CoreV1().PersistentVolumes().List(ctx, all)
	check("volumes", err)
	for _, v := range volumes.Items {
		// No controller is there to take the protection off.
		v.Finalizers = nil
		_, err := c.Core.CoreV1().PersistentVolumes().Update(ctx, &v, metav1.UpdateOptions{})
		check("volume "+v.Name, err)
	}
	for _, gvr := range []schema.GroupVersionResource{MachineSets, Machines, MachineDeployments, ClusterMachines} {
		err := c.Dynamic.Resource(gvr).Namespace("default").DeleteCollection(ctx, metav1.DeleteOptions{}, all)
		if err != nil && !apierrors.IsNotFound(err) {
			check(gvr.Resource, fmt.Errorf("delete: %w", err))
		}
	}
}
