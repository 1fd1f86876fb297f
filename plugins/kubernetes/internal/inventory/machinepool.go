package inventory

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// MachinePool is a slim MachineSet or MachineDeployment.
type MachinePool struct {
	Base
	poolFacts
	fields fields
}

type poolFacts struct {
	labelled
	replicas                   int64
	ready, available           int64
	instanceType, zone, region string
	terminating                bool
	created                    int64 // milliseconds since 1970
}

// DeepCopyObject returns a copy.
func (p *MachinePool) DeepCopyObject() runtime.Object {
	c := *p
	return &c
}

func (p *MachinePool) same(other Part) bool {
	o, ok := other.(*MachinePool)
	return ok && p.sameIdentity(&o.Base) && p.poolFacts == o.poolFacts && p.fields.equal(o.fields)
}

func (p *MachinePool) key() string { return poolKey(p.Kind, p.Namespace, p.Name) }

// Tenant owns the pool.
func (p *MachinePool) Tenant() string { return p.tenant }

// InstanceType is the flavour of the pool's machines, "" if it is not known.
func (p *MachinePool) InstanceType() string { return p.instanceType }

// Zone is where the pool's machines are, "" if it is not known.
func (p *MachinePool) Zone() string { return p.zone }

// Region is where the pool's zone is, "" if it is not known.
func (p *MachinePool) Region() string { return p.region }

// Replicas is how many machines the pool is to have.
func (p *MachinePool) Replicas() int64 { return p.replicas }

// MachineSet cuts down a MachineSet of machine.openshift.io.
func (mp Mapper) MachineSet(u *unstructured.Unstructured) *MachinePool {
	p := mp.machinePool(PartMachineSet, u)
	provider := object(u.Object, "spec", "template", "spec", "providerSpec", "value")
	p.instanceType = intern(FlavourOf(provider))
	p.zone = intern(zoneOf(provider))
	p.region = intern(firstOf(text(provider, "placement", "region"), text(provider, "region")))
	p.fields.set("k8s.machineset.name", u.GetName())
	p.fields.set("k8s.machineset.namespace", u.GetNamespace())
	p.fields.set("k8s.machineset.replicas", p.replicas)
	p.finish(u)
	return p
}

// MachineDeployment cuts down a MachineDeployment of cluster.x-k8s.io.
func (mp Mapper) MachineDeployment(u *unstructured.Unstructured) *MachinePool {
	p := mp.machinePool(PartMachineDeployment, u)
	p.instanceType = intern(text(u.Object, "spec", "template", "metadata", "labels", "node.kubernetes.io/instance-type"))
	p.zone = intern(text(u.Object, "spec", "template", "spec", "failureDomain"))
	p.fields.set("k8s.cluster.name", text(u.Object, "spec", "clusterName"))
	p.fields.set("k8s.machinedeployment.name", u.GetName())
	p.fields.set("k8s.machinedeployment.namespace", u.GetNamespace())
	p.fields.set("k8s.machinedeployment.replicas", p.replicas)
	if kind, name := text(u.Object, "spec", "template", "spec", "infrastructureRef", "kind"), text(u.Object, "spec", "template", "spec", "infrastructureRef", "name"); name != "" {
		p.fields.set("k8s.infrastructureRef", kind+"/"+name)
	}
	p.finish(u)
	return p
}

func (Mapper) machinePool(kind PartKind, u *unstructured.Unstructured) *MachinePool {
	p := &MachinePool{Base: baseOf(kind, u), poolFacts: poolFacts{
		labelled: labelledBy(u),
		// Both APIs take a missing number to be one.
		replicas:    1,
		terminating: u.GetDeletionTimestamp() != nil,
		created:     millis(u.GetCreationTimestamp()),
	}}
	if n, ok := number(u.Object, "spec", "replicas"); ok {
		p.replicas = n
	}
	p.ready, _ = number(u.Object, "status", "readyReplicas")
	p.available, _ = number(u.Object, "status", "availableReplicas")
	return p
}

// finish sets what both APIs have and depends on the rest.
func (p *MachinePool) finish(u *unstructured.Unstructured) {
	p.fields.set("k8s.apiVersion", u.GetAPIVersion())
	p.fields.set("k8s.instanceType", p.instanceType)
	p.fields.set("k8s.kind", string(p.Kind))
	p.fields.set("k8s.region", p.region)
	p.fields.set("k8s.zone", p.zone)
}
