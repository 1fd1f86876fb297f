package inventory

import (
	"cmp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/netweave/netweave/sdk"
)

// alarmDictionaryVersion is that of every type's alarms.
const alarmDictionaryVersion = "1"

// machineFailed is the alarm of a Machine whose phase is Failed; the others have
// the names of the Node's conditions that raise them.
const (
	machineFailed = "MachineFailed"
	failedPhase   = "Failed"
)

// alarmKinds are what a Node or Machine can raise, with how bad each is.
var alarmKinds = []struct {
	id, name, text, repair, cause string
	severity                      sdk.Severity
}{
	{"NodeNotReady", "Node not ready", "The kubelet says that the Node cannot take pods, or says nothing any more.",
		"Look at the Node's kubelet, its container runtime and its network; see the condition Ready.", "equipmentMalfunction", sdk.SeverityCritical},
	{"NodeNetworkUnavailable", "Node network unavailable", "The Node's network is not set up.",
		"Look at the pods of the network plugin on the Node.", "connectionEstablishmentError", sdk.SeverityCritical},
	{machineFailed, "Machine failed", "The machine could not be made, or is lost, and will not come by itself.",
		"See the Machine's status for the reason; delete the Machine, and its pool makes another.", "equipmentMalfunction", sdk.SeverityCritical},
	{"NodeMemoryPressure", "Node memory pressure", "The Node has little memory left and evicts pods.",
		"Find what uses the memory; give pods requests and limits, or the pool more Nodes.", "outOfMemory", sdk.SeverityMajor},
	{"NodeDiskPressure", "Node disk pressure", "The Node has little disk space left and evicts pods.",
		"Remove what fills the disk, such as logs and images that nobody uses.", "storageCapacityProblem", sdk.SeverityMajor},
	{"NodePIDPressure", "Node process pressure", "The Node has few process ids left.",
		"Find what starts so many processes and limit it.", "resourceAtOrNearingCapacity", sdk.SeverityMinor},
}

// raisedBy names the alarm that a Node's condition raises, and the status with
// which it does. A condition that is unknown is left to that of Ready.
var raisedBy = map[corev1.NodeConditionType]struct {
	alarm string
	when  func(corev1.ConditionStatus) bool
}{
	corev1.NodeReady:              {"NodeNotReady", func(s corev1.ConditionStatus) bool { return s != corev1.ConditionTrue }},
	corev1.NodeNetworkUnavailable: {"NodeNetworkUnavailable", isTrue},
	corev1.NodeMemoryPressure:     {"NodeMemoryPressure", isTrue},
	corev1.NodeDiskPressure:       {"NodeDiskPressure", isTrue},
	corev1.NodePIDPressure:        {"NodePIDPressure", isTrue},
}

func isTrue(s corev1.ConditionStatus) bool { return s == corev1.ConditionTrue }

// trouble is a condition of a Node that raises an alarm.
type trouble struct {
	alarm, reason string
	since         int64 // milliseconds since 1970, 0 if it is not known
}

// troublesOf is nil for a Node that is well.
func troublesOf(conditions []corev1.NodeCondition) []trouble {
	var found []trouble
	for _, c := range conditions {
		if by, ok := raisedBy[c.Type]; ok && by.when(c.Status) {
			found = append(found, trouble{alarm: by.alarm, reason: intern(c.Reason), since: millis(c.LastTransitionTime)})
		}
	}
	return found
}

func millis(t metav1.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(t.UnixMilli(), 0)
}

// parseTime is 0 for what is no time: what a CRD does not describe can be anything.
func parseTime(text string) int64 {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0
	}
	return max(t.UnixMilli(), 0)
}

func timeOf(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// definitions is the alarm dictionary of every type of Nodes and Machines.
var definitions = func() []sdk.AlarmDefinition {
	list := make([]sdk.AlarmDefinition, 0, len(alarmKinds))
	for _, k := range alarmKinds {
		list = append(list, sdk.AlarmDefinition{
			ID: k.id, Name: k.name, Description: k.text, RepairActions: k.repair, LastChange: alarmDictionaryVersion,
			Change: sdk.AlarmAdded, Clearing: sdk.ClearingAutomatic, ProbableCause: k.cause,
		})
	}
	return list
}()

// Alarms are those that the Nodes and Machines have now, in the order of their ids.
func (m *Model) Alarms() []*sdk.Alarm {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []*sdk.Alarm
	for id := range m.placed {
		switch p := m.parts[id].(type) {
		case *Node:
			all = append(all, alarmsOf(id, p)...)
		case *Machine:
			if since, failed := m.failed[id]; failed {
				all = append(all, alarmOf(id, trouble{alarm: machineFailed, since: since}, map[string]any{"k8s.machine.name": p.Name}))
			}
			if node, joined := m.parts[m.nodeOf[id]].(*Node); joined {
				all = append(all, alarmsOf(id, node)...)
			}
		}
	}
	slices.SortFunc(all, func(a, b *sdk.Alarm) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func alarmsOf(resource string, n *Node) []*sdk.Alarm {
	var all []*sdk.Alarm
	for _, t := range n.troubles {
		all = append(all, alarmOf(resource, t, map[string]any{"k8s.node.name": n.Name}))
	}
	return all
}

func alarmOf(resource string, t trouble, extensions map[string]any) *sdk.Alarm {
	a := &sdk.Alarm{
		ID: resource + "/" + t.alarm, ResourceID: resource, DefinitionID: t.alarm, RaisedAt: timeOf(t.since), Extensions: extensions,
	}
	for _, k := range alarmKinds {
		if k.id == t.alarm {
			a.Severity, a.Description = k.severity, k.text
		}
	}
	setText(a.Extensions, "k8s.condition.reason", t.reason)
	return a
}
