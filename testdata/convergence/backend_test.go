//go:build integration

package convergence

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/netweave/netweave/testdata/convergence/smo"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// ofMachine is on Nodes that are shown joined with a Machine.
const ofMachine = "machine.openshift.io/machine"

// nodeFacts is what the test itself knows of a Node, past netweave.
type nodeFacts struct {
	name, description, zone string
	unschedulable           bool
	created                 time.Time
}

// nodesByID reads the Nodes from the kube-apiserver, those of Machines apart, by
// the resource id that each has.
func nodesByID(ctx context.Context) (map[string]nodeFacts, error) {
	list, err := kube.core.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	facts := map[string]nodeFacts{}
	for _, n := range list.Items {
		if n.Annotations[ofMachine] != "" {
			continue
		}
		facts[string(n.UID)] = nodeFacts{
			name: n.Name, description: n.Annotations["description"], zone: n.Labels[corev1.LabelTopologyZone],
			unschedulable: n.Spec.Unschedulable, created: n.CreationTimestamp.Time,
		}
	}
	return facts, nil
}

// shown is the little of a resource that nodeFacts can be compared with.
type shown struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Extensions  map[string]any `json:"extensions"`
}

// checkNodes compares what a copy holds of Nodes with the kube-apiserver: a view
// that is wrong cannot hide behind lists that are as wrong. known says which
// Nodes the copy must have, beside those that it has.
func checkNodes(objects map[smo.Key]string, f filter, nodes map[string]nodeFacts, known func(nodeFacts) bool) error {
	for key, state := range objects {
		var r shown
		if err := json.Unmarshal([]byte(state), &r); err != nil {
			return err
		}
		if key.Type != "Resource" || r.Extensions["k8s.machine.name"] != nil || r.Extensions["k8s.node.name"] == nil {
			continue
		}
		n, ok := nodes[key.ID]
		if !ok {
			return fmt.Errorf("%s is no Node of the cluster: %s", key, state)
		}
		cordoned := r.Extensions["k8s.unschedulable"] == true
		if r.Name != n.name || r.Description != n.description || cordoned != n.unschedulable || !f.node(n) {
			return fmt.Errorf("%s is %s, and the cluster has %+v", key, state, n)
		}
	}
	for id, n := range nodes {
		if _, has := objects[smo.Key{Type: "Resource", ID: id}]; !has && f.node(n) && known(n) {
			return fmt.Errorf("resource %s, Node %+v, is missing", id, n)
		}
	}
	return nil
}

// newNode makes a Node, and nothing if there is one.
func newNode(ctx context.Context, name, zone, description string) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name:        name,
		Labels:      map[string]string{corev1.LabelTopologyZone: zone, corev1.LabelInstanceTypeStable: "m6i.4xlarge"},
		Annotations: map[string]string{"description": description},
	}}
	_, err := kube.core.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func describe(ctx context.Context, name, description string) error {
	return patchNode(ctx, name, fmt.Sprintf(`{"metadata":{"annotations":{"description":%q}}}`, description))
}

func cordon(ctx context.Context, name string, unschedulable bool) error {
	return patchNode(ctx, name, fmt.Sprintf(`{"spec":{"unschedulable":%t}}`, unschedulable))
}

func move(ctx context.Context, name, zone string) error {
	return patchNode(ctx, name, fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, corev1.LabelTopologyZone, zone))
}

func patchNode(ctx context.Context, name, patch string) error {
	_, err := kube.core.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	return err
}

func deleteNode(ctx context.Context, name string) error {
	err := kube.core.CoreV1().Nodes().Delete(ctx, name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
