//go:build integration

package convergence

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/testdata/convergence/lab"
	"github.com/netweave/netweave/testdata/convergence/smo"
	"github.com/netweave/netweave/testdata/kubelab"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

var (
	zones  = []string{"zone-a", "zone-b", "zone-c"}
	colors = []string{"red", "green", "blue", ""}
)

// workload changes the backend at random: Nodes and MachineSets by the
// kube-apiserver, MachineSets now and then through a gateway.
type workload struct {
	random *rand.Rand
	prefix string
	nodes  int
	client *smo.Client
	// changes counts those that were accepted.
	changes atomic.Int64
}

// run makes changes at random moments until ctx ends. What the kube-apiserver or
// a gateway refuses, being down, is left undone: the cluster is the truth.
func (l *workload) run(ctx context.Context, pause time.Duration) {
	for ctx.Err() == nil {
		if err := l.step(ctx); err == nil {
			l.changes.Add(1)
		}
		lab.Pause(ctx, time.Duration(l.random.Int64N(int64(2*pause))))
	}
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

func (l *workload) step(ctx context.Context) error {
	node := fmt.Sprintf("%s-%02d", l.prefix, l.random.IntN(l.nodes))
	set := fmt.Sprintf("%s-set-%d", l.prefix, l.random.IntN(3))
	switch n := l.random.IntN(100); {
	case n < 15:
		return newNode(ctx, node, pick(l.random, zones), pick(l.random, colors))
	case n < 40:
		return describe(ctx, node, pick(l.random, colors))
	case n < 50:
		return cordon(ctx, node, l.random.IntN(2) == 0)
	case n < 60:
		return move(ctx, node, pick(l.random, zones))
	case n < 72:
		return l.thereAndBack(ctx, node)
	case n < 80:
		return deleteNode(ctx, node)
	case n < 85:
		if err := deleteNode(ctx, node); err != nil {
			return err
		}
		return newNode(ctx, node, pick(l.random, zones), pick(l.random, colors))
	case n < 89:
		return newSet(ctx, set)
	case n < 94:
		return scaleSet(ctx, set, l.random.IntN(5), pick(l.random, colors))
	case n < 97:
		return deleteSet(ctx, set)
	default:
		return l.throughGateway(ctx, set)
	}
}

// thereAndBack changes a Node and changes it back, at once or after a moment.
func (l *workload) thereAndBack(ctx context.Context, name string) error {
	node, err := kube.core.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := describe(ctx, name, "elsewhere"); err != nil {
		return err
	}
	lab.Pause(ctx, time.Duration(l.random.Int64N(int64(300*time.Millisecond))))
	return describe(ctx, name, node.Annotations["description"])
}

func newSet(ctx context.Context, name string) error {
	labels := map[string]any{"convergence": name}
	set := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet",
		"metadata": map[string]any{"name": name, "namespace": kubelab.Namespace},
		"spec": map[string]any{
			"replicas": int64(1), "selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{}},
		},
	}}
	_, err := kube.dynamic.Resource(kubelab.MachineSets).Namespace(kubelab.Namespace).Create(ctx, set, metav1.CreateOptions{})
	return err
}

func scaleSet(ctx context.Context, name string, replicas int, description string) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"description":%q}},"spec":{"replicas":%d}}`, description, replicas)
	_, err := kube.dynamic.Resource(kubelab.MachineSets).Namespace(kubelab.Namespace).
		Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

func deleteSet(ctx context.Context, name string) error {
	err := kube.dynamic.Resource(kubelab.MachineSets).Namespace(kubelab.Namespace).Delete(ctx, name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// throughGateway scales a MachineSet by the API, whose answer is in the gateway's
// view at once.
func (l *workload) throughGateway(ctx context.Context, name string) error {
	set, err := kube.dynamic.Resource(kubelab.MachineSets).Namespace(kubelab.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	body := map[string]any{
		"name": name, "description": pick(l.random, colors),
		"extensions": map[string]any{"replicas": l.random.IntN(5)},
	}
	answer, err := l.client.Once(ctx, l.random.IntN(2), http.MethodPut, "/o2ims/v1/resourcePools/"+string(set.GetUID()), body, nil)
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("%d: %s", answer.Status, answer.Body)
	}
	return err
}

// clear deletes what the workload may have made, so that the next test starts
// with the cluster as it was.
func (l *workload) clear(ctx context.Context) error {
	for i := range l.nodes {
		if err := deleteNode(ctx, fmt.Sprintf("%s-%02d", l.prefix, i)); err != nil {
			return err
		}
	}
	for i := range 3 {
		if err := deleteSet(ctx, fmt.Sprintf("%s-set-%d", l.prefix, i)); err != nil {
			return err
		}
	}
	return nil
}
