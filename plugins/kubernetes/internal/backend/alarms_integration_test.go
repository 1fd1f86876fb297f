//go:build integration

package backend

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

// alarmsOf lists what is raised: definition, resource's name, severity, and since
// when in seconds.
func alarmsOf(t *testing.T, b *Backend) []string {
	t.Helper()
	var all []string
	for a, err := range b.ListAlarms(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.GetResource(t.Context(), a.ResourceID)
		if err != nil {
			t.Fatalf("the resource of %s: %v", a.ID, err)
		}
		all = append(all, fmt.Sprintf("%s of %s %s since %d", a.DefinitionID, r.Name, a.Severity, a.RaisedAt.Unix()))
	}
	slices.Sort(all)
	return all
}

func wantAlarms(t *testing.T, b *Backend, want ...string) {
	t.Helper()
	eventually(t, patience, func() string {
		if got := alarmsOf(t, b); !slices.Equal(got, want) {
			return fmt.Sprintf("got %q, want %q", got, want)
		}
		return ""
	})
}

// setConditions gives a Node conditions, as its kubelet would.
func setConditions(t *testing.T, node string, conditions ...corev1.NodeCondition) {
	t.Helper()
	nodes := lab.Core.CoreV1().Nodes()
	n, err := nodes.Get(t.Context(), node, metav1.GetOptions{})
	if err == nil {
		n.Status.Conditions = conditions
		_, err = nodes.UpdateStatus(t.Context(), n, metav1.UpdateOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func condition(kind corev1.NodeConditionType, status corev1.ConditionStatus, since int64) corev1.NodeCondition {
	return corev1.NodeCondition{Type: kind, Status: status, Reason: "Test", LastTransitionTime: metav1.NewTime(time.Unix(since, 0))}
}

func TestAlarms(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.CreateNode(t, kubetest.Node("n2", "z1", ""))
	lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 2))
	lab.Create(t, kubetest.Machines, kubetest.Machine("m1", "workers", "z1", "m5.large", "n1"))
	failed := kubetest.Machine("m2", "workers", "z1", "m5.large", "")
	failed["status"] = map[string]any{"phase": "Failed", "lastUpdated": "2026-01-02T03:04:05Z"}
	lab.Create(t, kubetest.Machines, failed)
	b := open(t, lab.REST, config.Config{})
	const machineFailed = "MachineFailed of m2 CRITICAL since 1767323045"
	wantAlarms(t, b, machineFailed)

	setConditions(t, "n1", condition(corev1.NodeReady, corev1.ConditionUnknown, 1_700_000_001), condition(corev1.NodeMemoryPressure, corev1.ConditionUnknown, 1_700_000_001))
	setConditions(t, "n2", condition(corev1.NodeReady, corev1.ConditionTrue, 1_700_000_002), condition(corev1.NodeDiskPressure, corev1.ConditionTrue, 1_700_000_003))
	wantAlarms(t, b, machineFailed, "NodeDiskPressure of n2 MAJOR since 1700000003", "NodeNotReady of n1 CRITICAL since 1700000001")

	setConditions(t, "n1", condition(corev1.NodeReady, corev1.ConditionTrue, 1_700_000_009))
	if err := lab.Core.CoreV1().Nodes().Delete(t.Context(), "n2", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	wantAlarms(t, b, machineFailed)
	patch := []byte(`{"status":{"phase":"Running"}}`)
	if _, err := lab.Dynamic.Resource(kubetest.Machines).Namespace("default").Patch(t.Context(), "m2", types.MergePatchType, patch, metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
	wantAlarms(t, b)
}

// A list of alarms that cannot be had is an error, not an end of all alarms.
func TestAlarmsOfAClusterThatIsAway(t *testing.T) {
	away := *lab.REST
	away.Host = "https://127.0.0.1:1"
	b := open(t, &away, config.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	for a, err := range b.ListAlarms(ctx) {
		if err == nil {
			t.Errorf("got %v", a)
		} else if !strings.HasPrefix(err.Error(), "the cluster has not been read yet: ") {
			t.Errorf("got %v", err)
		}
		return
	}
	t.Error("the list is empty, and no error")
}

// Conditions that the suite's own rules look at.
func TestConformanceWithAlarms(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.CreateNode(t, kubetest.Node("n2", "z2", ""))
	setConditions(t, "n1", condition(corev1.NodeReady, corev1.ConditionFalse, 1_700_000_001), condition(corev1.NodePIDPressure, corev1.ConditionTrue, 1_700_000_001))
	setConditions(t, "n2", condition(corev1.NodeReady, corev1.ConditionUnknown, 1_700_000_002))
	sdktest.Run(t, func(t testing.TB) sdk.Backend { return openUnclosed(t, lab.REST, config.Config{}) }, sdktest.Options{ReadOnly: true})
}
