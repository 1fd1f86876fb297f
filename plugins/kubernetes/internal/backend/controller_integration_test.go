//go:build integration

package backend

import (
	"context"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
)

// control does for one MachineDeployment what cluster-api's controller does: it
// keeps as many Machines as there are replicas, and deletes marked ones first.
func control(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	deployments := lab.Dynamic.Resource(kubetest.MachineDeployments).Namespace("default")
	w, err := deployments.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		made := 0
		for event := range w.ResultChan() {
			u, ok := event.Object.(*unstructured.Unstructured)
			if !ok || event.Type == watch.Deleted {
				continue
			}
			if err := reconcile(ctx, name, replicasOf(u), &made); err != nil && ctx.Err() == nil {
				t.Errorf("the stand-in for a controller: %v", err)
			}
		}
	}()
	t.Cleanup(func() {
		w.Stop()
		cancel()
		<-done
	})
}

func reconcile(ctx context.Context, name string, replicas int64, made *int) error {
	machines := lab.Dynamic.Resource(kubetest.ClusterMachines).Namespace("default")
	list, err := machines.List(ctx, metav1.ListOptions{LabelSelector: "cluster.x-k8s.io/deployment-name=" + name})
	if err != nil {
		return err
	}
	for n := int64(len(list.Items)); n < replicas; n++ {
		*made++
		m := &unstructured.Unstructured{Object: kubetest.ClusterMachine(fmt.Sprintf("%s-made-%d", name, *made), name, "z1")}
		if _, err := machines.Create(ctx, m, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	surplus := int64(len(list.Items)) - replicas
	for _, m := range list.Items {
		if surplus > 0 && m.GetAnnotations()["cluster.x-k8s.io/delete-machine"] != "" {
			surplus--
			if err := machines.Delete(ctx, m.GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
	}
	return nil
}
