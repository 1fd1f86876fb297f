package backend

import (
	"context"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/netweave/netweave/plugins/kubernetes/internal/kube"
	"github.com/netweave/netweave/sdk"
)

// Pauses between looks at a Node that is being emptied, and the time that
// putting it back may take.
const (
	drainPause    = time.Second
	uncordonLimit = 5 * time.Second
)

// vacate cordons the Node and, if configured, evicts its pods. If they do not go
// in time the Node is put back as it was.
func (b *Backend) vacate(ctx context.Context, node string) error {
	cordoned, err := b.cordon(ctx, node, true)
	switch {
	case kube.IsNotFound(err):
		return nil
	case kube.IsForbidden(err):
		// An optional right: without it, the Machine's own controller cordons.
		b.log.Info("the Node cannot be cordoned; going on without: grant update on nodes", "node", node)
	case err != nil:
		return kube.Error("cordoning Node "+node, err)
	}
	if !b.cfg.Drain.Enabled {
		return nil
	}
	err = b.evict(ctx, node)
	if err != nil && cordoned {
		// The caller's time may be up; the Node should not stay half drained.
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), uncordonLimit)
		defer cancel()
		if _, undoErr := b.cordon(undo, node, false); undoErr != nil {
			b.log.Warn("the Node stays cordoned", "node", node, "error", undoErr)
		}
	}
	return err
}

// cordon sets whether pods may be scheduled; changed tells whether that differed.
func (b *Backend) cordon(ctx context.Context, name string, unschedulable bool) (changed bool, err error) {
	for attempt := 1; ; attempt++ {
		node, err := b.client.Node(ctx, name)
		if err != nil {
			return false, err
		}
		if node.Spec.Unschedulable == unschedulable {
			return false, nil
		}
		node.Spec.Unschedulable = unschedulable
		err = b.client.UpdateNode(ctx, node)
		if kube.IsConflict(err) && attempt < updateAttempts {
			continue
		}
		return err == nil, err
	}
}

// evict evicts the Node's pods, as PodDisruptionBudgets allow, and waits until
// they are gone.
func (b *Backend) evict(ctx context.Context, node string) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Drain.Timeout.Std())
	defer cancel()
	var left []corev1.Pod
	for {
		pods, err := b.client.PodsOn(ctx, node)
		if err != nil {
			return drainError(ctx, node, left, err)
		}
		if left = evictable(pods); len(left) == 0 {
			return nil
		}
		for i := range left {
			if left[i].DeletionTimestamp != nil {
				continue
			}
			err := b.client.Evict(ctx, &left[i], b.cfg.Drain.GracePeriodSeconds)
			if err == nil || kube.IsNotFound(err) || kube.IsConflict(err) || kube.IsTooManyRequests(err) {
				continue
			}
			return drainError(ctx, node, left, err)
		}
		pause := time.NewTimer(drainPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return drainError(ctx, node, left, ctx.Err())
		}
	}
}

// evictable leaves out what a drain does not touch: pods that are done, mirror
// pods of the kubelet, and those of DaemonSets, which would come back at once.
func evictable(pods []corev1.Pod) []corev1.Pod {
	var out []corev1.Pod
	for i := range pods {
		pod := &pods[i]
		_, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]
		done := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if !mirror && !done && !controlledBy(pod, "DaemonSet") {
			out = append(out, *pod)
		}
	}
	return out
}

// namedPods bounds a list of pods in an error.
const namedPods = 5

func drainError(ctx context.Context, node string, left []corev1.Pod, err error) error {
	if kube.IsForbidden(err) {
		return sdk.Errorf(sdk.Denied, "the pods of Node %s cannot be evicted: grant get and list on pods and create on pods/eviction, or disable drain (%w)", node, err)
	}
	if ctx.Err() == nil {
		return kube.Error("draining Node "+node, err)
	}
	var names []string
	for i := range left {
		if i == namedPods {
			names = append(names, "...")
			break
		}
		names = append(names, left[i].Namespace+"/"+left[i].Name)
	}
	return sdk.Errorf(sdk.Timeout, "Node %s could not be drained in time; still there: %s", node, strings.Join(names, ", "))
}
