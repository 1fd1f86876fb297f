package inventory

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Node is a slim corev1.Node.
type Node struct {
	Base
	nodeFacts
	fields fields
	// troubles are the conditions that raise alarms, nil if there are none.
	troubles []trouble
}

type nodeFacts struct {
	labelled
	instanceType, zone, region string
	// group is the value of the label that pools are grouped by.
	group      string
	providerID string
	// machine is "namespace/name" of the Machine that an annotation names.
	machine     string
	capacity    amounts
	allocatable amounts
	ready       bool
}

// amounts are summed into the cluster's capacity.
type amounts struct {
	milliCPU, memoryBytes, storageBytes, pods int64
}

func (a amounts) plus(b amounts, sign int64) amounts {
	return amounts{
		milliCPU:     a.milliCPU + sign*b.milliCPU,
		memoryBytes:  a.memoryBytes + sign*b.memoryBytes,
		storageBytes: a.storageBytes + sign*b.storageBytes,
		pods:         a.pods + sign*b.pods,
	}
}

// DeepCopyObject returns a copy.
func (n *Node) DeepCopyObject() runtime.Object {
	c := *n
	return &c
}

func (n *Node) same(other Part) bool {
	o, ok := other.(*Node)
	return ok && n.sameIdentity(&o.Base) && n.nodeFacts == o.nodeFacts && n.fields.equal(o.fields) && slices.Equal(n.troubles, o.troubles)
}

// Mapper cuts Kubernetes objects down to parts. It is safe for concurrent use.
type Mapper struct {
	// GroupLabel is the label that groups Nodes into pools.
	GroupLabel string
	// ShowLabels are prefixes of the Node labels to show; none are by default.
	ShowLabels []string
}

const roleLabelPrefix = "node-role.kubernetes.io/"

// Node cuts a Node down. Heartbeats, images and volumes are left behind.
func (mp Mapper) Node(n *corev1.Node) *Node {
	p := &Node{Base: baseOf(PartNode, n), nodeFacts: nodeFacts{
		labelled:     labelledBy(n),
		instanceType: intern(firstOf(n.Labels[corev1.LabelInstanceTypeStable], n.Labels[corev1.LabelInstanceType])),
		zone:         intern(firstOf(n.Labels[corev1.LabelTopologyZone], n.Labels[corev1.LabelFailureDomainBetaZone])),
		region:       intern(firstOf(n.Labels[corev1.LabelTopologyRegion], n.Labels[corev1.LabelFailureDomainBetaRegion])),
		group:        intern(n.Labels[mp.GroupLabel]),
		providerID:   n.Spec.ProviderID,
		machine:      machineOfNode(n),
		capacity:     amountsOf(n.Status.Capacity),
		allocatable:  amountsOf(n.Status.Allocatable),
		ready:        readyOf(n.Status.Conditions) == true,
	}, troubles: troublesOf(n.Status.Conditions)}
	info := n.Status.NodeInfo
	p.fields.own("k8s.addresses", addressesOf(n.Status.Addresses))
	p.fields.set("k8s.allocatable", quantitiesOf(n.Status.Allocatable))
	p.fields.set("k8s.capacity", quantitiesOf(n.Status.Capacity))
	p.fields.set("k8s.conditions", conditionsOf(n.Status.Conditions))
	p.fields.set("k8s.labels", mp.shownLabels(n.Labels))
	p.fields.set("k8s.node.name", n.Name)
	p.fields.set("k8s.node.ready", readyOf(n.Status.Conditions))
	p.fields.set("k8s.providerID", n.Spec.ProviderID)
	p.fields.set("k8s.roles", rolesOf(n.Labels))
	p.fields.set("k8s.systemInfo", map[string]string{
		"architecture": info.Architecture, "operatingSystem": info.OperatingSystem, "osImage": info.OSImage,
		"kernel": info.KernelVersion, "containerRuntime": info.ContainerRuntimeVersion, "kubelet": info.KubeletVersion,
	})
	p.fields.set("k8s.systemUUID", info.SystemUUID)
	p.fields.set("k8s.taints", taintsOf(n.Spec.Taints))
	if n.Spec.Unschedulable {
		p.fields.set("k8s.unschedulable", true)
	}
	return p
}

// machineOfNode reads what machine-api and cluster-api write on their Nodes.
func machineOfNode(n *corev1.Node) string {
	if key := n.Annotations["machine.openshift.io/machine"]; key != "" {
		return key
	}
	if name := n.Annotations["cluster.x-k8s.io/machine"]; name != "" {
		return n.Annotations["cluster.x-k8s.io/cluster-namespace"] + "/" + name
	}
	return ""
}

func (mp Mapper) shownLabels(all map[string]string) map[string]string {
	if len(mp.ShowLabels) == 0 {
		return nil
	}
	shown := map[string]string{}
	for key, value := range all {
		if slices.ContainsFunc(mp.ShowLabels, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			shown[key] = value
		}
	}
	return shown
}

func rolesOf(labels map[string]string) []string {
	var roles []string
	for key := range labels {
		if role, ok := strings.CutPrefix(key, roleLabelPrefix); ok && role != "" {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	return roles
}

// conditionsOf keeps each condition's status, with the reason where the status
// is not the healthy one. Times and messages change without a meaning to others.
func conditionsOf(conditions []corev1.NodeCondition) map[string]string {
	out := make(map[string]string, len(conditions))
	for _, c := range conditions {
		healthy := corev1.ConditionFalse
		if c.Type == corev1.NodeReady {
			healthy = corev1.ConditionTrue
		}
		out[string(c.Type)] = string(c.Status)
		if c.Status != healthy && c.Reason != "" {
			out[string(c.Type)] += " (" + c.Reason + ")"
		}
	}
	return out
}

func readyOf(conditions []corev1.NodeCondition) any {
	for _, c := range conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return nil
}

func addressesOf(addresses []corev1.NodeAddress) map[string]any {
	byType := map[string][]string{}
	for _, a := range addresses {
		byType[string(a.Type)] = append(byType[string(a.Type)], a.Address)
	}
	out := make(map[string]any, len(byType))
	for kind, list := range byType {
		out[kind] = list
	}
	return out
}

func quantitiesOf(list corev1.ResourceList) map[string]string {
	out := make(map[string]string, len(list))
	for name, quantity := range list {
		// Huge pages that nobody set up are only noise.
		if strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix) && quantity.IsZero() {
			continue
		}
		out[string(name)] = quantity.String()
	}
	return out
}

func taintsOf(taints []corev1.Taint) []string {
	out := make([]string, 0, len(taints))
	for _, t := range taints {
		out = append(out, t.ToString())
	}
	return out
}

func amountsOf(list corev1.ResourceList) amounts {
	return amounts{
		milliCPU: list.Cpu().MilliValue(), memoryBytes: list.Memory().Value(),
		storageBytes: list.StorageEphemeral().Value(), pods: list.Pods().Value(),
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
