package inventory

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Labels and annotations of the machine APIs.
const (
	// MachineSetLabel is on the Machines of a MachineSet of machine.openshift.io.
	MachineSetLabel = "machine.openshift.io/cluster-api-machineset"
	// DeploymentLabel is on the Machines of a MachineDeployment of cluster.x-k8s.io.
	DeploymentLabel = "cluster.x-k8s.io/deployment-name"
)

// Machine is a slim Machine of either API.
type Machine struct {
	Base
	machineFacts
	fields fields
}

type machineFacts struct {
	labelled
	// pool is the key of the pool by name (poolKey); poolID is netweave's label.
	pool, poolID string
	// nodeName, nodeUID are what status.nodeRef says.
	nodeName, nodeUID          string
	providerID                 string
	instanceType, zone, region string
	terminating                bool
	// failed since then, in milliseconds since 1970, 0 if it is not known.
	failed      bool
	failedSince int64
}

// DeepCopyObject returns a copy.
func (m *Machine) DeepCopyObject() runtime.Object {
	c := *m
	return &c
}

func (m *Machine) same(other Part) bool {
	o, ok := other.(*Machine)
	return ok && m.sameIdentity(&o.Base) && m.machineFacts == o.machineFacts && m.fields.equal(o.fields)
}

// poolKey is how Machines name their pool.
func poolKey(kind PartKind, namespace, name string) string {
	return string(kind) + "|" + namespace + "/" + name
}

// Machine cuts down a Machine of machine.openshift.io.
func (mp Mapper) Machine(u *unstructured.Unstructured) *Machine {
	return openShiftMachine(wireOf(u), readProvider)
}

// ClusterMachine cuts down a Machine of cluster.x-k8s.io.
func (mp Mapper) ClusterMachine(u *unstructured.Unstructured) *Machine {
	return clusterMachine(wireOf(u))
}

func openShiftMachine(w *machineWire, provider func([]byte) providerFacts) *Machine {
	p := w.part(PartMachine)
	labels := w.Metadata.Labels
	set := labels[MachineSetLabel]
	for _, owner := range w.Metadata.OwnerReferences {
		if owner.Controller && owner.Kind == string(PartMachineSet) {
			set = owner.Name
		}
	}
	if set != "" {
		p.pool = intern(poolKey(PartMachineSet, w.Metadata.Namespace, set))
	}
	facts := provider(w.Spec.ProviderSpec.Value)
	p.instanceType = intern(firstOf(facts.flavour, labels["machine.openshift.io/instance-type"]))
	p.zone = intern(firstOf(facts.zone, labels["machine.openshift.io/zone"]))
	p.region = intern(firstOf(facts.region, labels["machine.openshift.io/region"]))
	return p
}

func clusterMachine(w *machineWire) *Machine {
	p := w.part(PartClusterMachine)
	if name := w.Metadata.Labels[DeploymentLabel]; name != "" {
		p.pool = intern(poolKey(PartMachineDeployment, w.Metadata.Namespace, name))
	}
	p.instanceType = intern(w.Metadata.Labels["node.kubernetes.io/instance-type"])
	p.zone = intern(w.Spec.FailureDomain)
	p.fields.set("k8s.cluster.name", intern(w.Spec.ClusterName))
	return p
}

// FlavourOf returns the machine flavour in the provider's part of a Machine, by
// whichever name that provider has for it.
func FlavourOf(provider map[string]any) string {
	for _, key := range FlavourKeys {
		if v := text(provider, key); v != "" {
			return v
		}
	}
	return ""
}

// FlavourKeys are the names that machine providers have for the instance type.
var FlavourKeys = []string{"instanceType", "vmSize", "machineType", "flavor"}

func zoneOf(provider map[string]any) string {
	return firstOf(text(provider, "placement", "availabilityZone"), text(provider, "zone"), text(provider, "availabilityZone"), text(provider, "failureDomain"))
}

// text returns the string at path, "" if there is none.
func text(in map[string]any, path ...string) string {
	s, _, err := unstructured.NestedString(in, path...)
	if err != nil {
		return ""
	}
	return s
}

// object returns the map at path without copying it; nil if there is none.
func object(in map[string]any, path ...string) map[string]any {
	v, _, err := unstructured.NestedFieldNoCopy(in, path...)
	if err != nil {
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return m
}

// number returns the integer at path, ok being false if there is none.
func number(in map[string]any, path ...string) (n int64, ok bool) {
	v, _, err := unstructured.NestedFieldNoCopy(in, path...)
	if err != nil {
		return 0, false
	}
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		return int64(v), true
	default:
		return 0, false
	}
}
