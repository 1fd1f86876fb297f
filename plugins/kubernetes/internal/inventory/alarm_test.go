package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/netweave/netweave/sdk"
)

func condition(kind corev1.NodeConditionType, status corev1.ConditionStatus, since int64) corev1.NodeCondition {
	return corev1.NodeCondition{Type: kind, Status: status, Reason: "Because", LastTransitionTime: metav1.NewTime(time.Unix(since, 0))}
}

// alarmsText is one line an alarm.
func alarmsText(m *Model) string {
	var lines []string
	for _, a := range m.Alarms() {
		raised := "never"
		if !a.RaisedAt.IsZero() {
			raised = fmt.Sprint(a.RaisedAt.Unix())
		}
		lines = append(lines, fmt.Sprintf("%s of %s %s since %s", a.ID, a.ResourceID, a.Severity, raised))
	}
	return strings.Join(lines, "; ")
}

func TestConditionsRaiseAlarms(t *testing.T) {
	for name, tc := range map[string]struct {
		conditions []corev1.NodeCondition
		want       string
	}{
		"well": {[]corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionTrue, 5), condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, 5)}, ""},
		"not ready": {[]corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionFalse, 7)},
			"node-uid/NodeNotReady of node-uid CRITICAL since 7"},
		"silent": {[]corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionUnknown, 8), condition(corev1.NodeDiskPressure, corev1.ConditionUnknown, 8)},
			"node-uid/NodeNotReady of node-uid CRITICAL since 8"},
		"pressures": {[]corev1.NodeCondition{
			condition(corev1.NodeReady, corev1.ConditionTrue, 1), condition(corev1.NodeMemoryPressure, corev1.ConditionTrue, 2),
			condition(corev1.NodeDiskPressure, corev1.ConditionTrue, 3), condition(corev1.NodePIDPressure, corev1.ConditionTrue, 4),
			condition(corev1.NodeNetworkUnavailable, corev1.ConditionTrue, 5),
		}, "node-uid/NodeDiskPressure of node-uid MAJOR since 3; node-uid/NodeMemoryPressure of node-uid MAJOR since 2; " +
			"node-uid/NodeNetworkUnavailable of node-uid CRITICAL since 5; node-uid/NodePIDPressure of node-uid MINOR since 4"},
		"another's condition": {[]corev1.NodeCondition{condition("KernelDeadlock", corev1.ConditionTrue, 5)}, ""},
		"no time":             {[]corev1.NodeCondition{{Type: corev1.NodePIDPressure, Status: corev1.ConditionTrue}}, "node-uid/NodePIDPressure of node-uid MINOR since never"},
	} {
		t.Run(name, func(t *testing.T) {
			n := testNode()
			n.Status.Conditions = tc.conditions
			m := newModel(t)
			insert(m, mapper.Node(n))
			if got := alarmsText(m); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func failedMachine(phase, updated string, version string) *Machine {
	u := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "m1", "namespace": "ns", "uid": "m1", "resourceVersion": version},
		"status":   map[string]any{"phase": phase, "lastUpdated": updated},
	}}
	return mapper.Machine(u)
}

// A Machine that has failed has had it since it was first seen, whatever else its
// status says later; its Node's alarms are the one resource's.
func TestMachinesRaiseAlarms(t *testing.T) {
	m := newModel(t)
	insert(m, failedMachine("Running", "1970-01-01T00:00:09Z", "1"))
	if got := alarmsText(m); got != "" {
		t.Errorf("a machine that runs has %s", got)
	}
	insert(m, failedMachine("Failed", "1970-01-01T00:00:10Z", "2"))
	insert(m, failedMachine("Failed", "1970-01-01T00:00:20Z", "3"))
	const failed = "m1/MachineFailed of m1 CRITICAL since 10"
	if got := alarmsText(m); got != failed {
		t.Errorf("got %s, want %s", got, failed)
	}
	n := testNode()
	n.Annotations["machine.openshift.io/machine"] = "ns/m1"
	n.Status.Conditions = []corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionUnknown, 12)}
	insert(m, mapper.Node(n))
	if got, want := alarmsText(m), failed+"; m1/NodeNotReady of m1 CRITICAL since 12"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	insert(m, failedMachine("Running", "not a time", "4"), failedMachine("Failed", "not a time", "5"))
	if got, want := alarmsText(m), "m1/MachineFailed of m1 CRITICAL since never; m1/NodeNotReady of m1 CRITICAL since 12"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	m.Remove(from(PartMachine), "m1")
	if got, want := alarmsText(m), "node-uid/NodeNotReady of node-uid CRITICAL since 12"; got != want {
		t.Errorf("without its machine: got %s, want %s", got, want)
	}
	if len(m.failed) != 0 {
		t.Errorf("%v is still remembered", m.failed)
	}
}

func TestEveryAlarmIsDefined(t *testing.T) {
	m := newModel(t)
	n := testNode()
	n.Status.Conditions = []corev1.NodeCondition{condition(corev1.NodeReady, corev1.ConditionUnknown, 1)}
	for kind := range raisedBy {
		if kind != corev1.NodeReady {
			n.Status.Conditions = append(n.Status.Conditions, condition(kind, corev1.ConditionTrue, 1))
		}
	}
	insert(m, mapper.Node(n), failedMachine("Failed", "", "1"))
	kind := m.Get(Key{sdk.KindResourceType, "m5.large"}).(*sdk.ResourceType)
	var defined []string
	for _, d := range kind.Alarms {
		defined = append(defined, d.ID)
	}
	alarms := m.Alarms()
	if len(alarms) != len(defined) {
		t.Errorf("%d alarms of %d that are defined", len(alarms), len(defined))
	}
	for _, a := range alarms {
		if !slices.Contains(defined, a.DefinitionID) || a.Severity == "" || a.Description == "" {
			t.Errorf("%+v is not defined", *a)
		}
	}
	if volumes := m.buildType(Key{sdk.KindResourceType, VolumeType}); volumes != nil {
		t.Errorf("no volume is there, and a type of volumes: %v", volumes)
	}
}
