package inventory

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Volume is a slim corev1.PersistentVolume.
type Volume struct {
	Base
	volumeFacts
	fields fields
}

type volumeFacts struct {
	labelled
	class, group, handle string
}

// DeepCopyObject returns a copy.
func (v *Volume) DeepCopyObject() runtime.Object {
	c := *v
	return &c
}

func (v *Volume) same(other Part) bool {
	o, ok := other.(*Volume)
	return ok && v.sameIdentity(&o.Base) && v.volumeFacts == o.volumeFacts && v.fields.equal(o.fields)
}

// Volume cuts a PersistentVolume down.
func (mp Mapper) Volume(pv *corev1.PersistentVolume) *Volume {
	zone := firstOf(pv.Labels[corev1.LabelTopologyZone], requiredValue(pv, corev1.LabelTopologyZone))
	p := &Volume{Base: baseOf(PartVolume, pv), volumeFacts: volumeFacts{
		labelled: labelledBy(pv),
		class:    intern(pv.Spec.StorageClassName),
		group:    intern(firstOf(pv.Labels[mp.GroupLabel], requiredValue(pv, mp.GroupLabel))),
	}}
	modes := make([]string, 0, len(pv.Spec.AccessModes))
	for _, m := range pv.Spec.AccessModes {
		modes = append(modes, string(m))
	}
	p.fields.set("k8s.capacity", quantitiesOf(pv.Spec.Capacity))
	p.fields.set("k8s.persistentvolume.accessModes", modes)
	if ref := pv.Spec.ClaimRef; ref != nil {
		p.fields.set("k8s.persistentvolume.claim", ref.Namespace+"/"+ref.Name)
	}
	p.fields.set("k8s.persistentvolume.name", pv.Name)
	p.fields.set("k8s.persistentvolume.phase", string(pv.Status.Phase))
	p.fields.set("k8s.persistentvolume.reclaimPolicy", string(pv.Spec.PersistentVolumeReclaimPolicy))
	if pv.Spec.VolumeMode != nil {
		p.fields.set("k8s.persistentvolume.volumeMode", string(*pv.Spec.VolumeMode))
	}
	p.fields.set("k8s.region", firstOf(pv.Labels[corev1.LabelTopologyRegion], requiredValue(pv, corev1.LabelTopologyRegion)))
	p.fields.set("k8s.storageclass.name", pv.Spec.StorageClassName)
	p.fields.set("k8s.zone", zone)
	if csi := pv.Spec.CSI; csi != nil {
		p.fields.set("k8s.persistentvolume.csiDriver", csi.Driver)
		p.handle = csi.VolumeHandle
	}
	return p
}

// requiredValue returns the one value that the volume's node affinity demands of
// the label key, "" if there is none or a choice.
func requiredValue(pv *corev1.PersistentVolume, key string) string {
	if pv.Spec.NodeAffinity == nil || pv.Spec.NodeAffinity.Required == nil {
		return ""
	}
	found := ""
	for _, term := range pv.Spec.NodeAffinity.Required.NodeSelectorTerms {
		for _, e := range term.MatchExpressions {
			if e.Key != key || e.Operator != corev1.NodeSelectorOpIn {
				continue
			}
			if len(e.Values) != 1 || found != "" && found != e.Values[0] {
				return ""
			}
			found = e.Values[0]
		}
	}
	return found
}

// StorageClass is a slim storagev1.StorageClass.
type StorageClass struct {
	Base
	labelled
	provisioner string
	fields      fields
}

// DeepCopyObject returns a copy.
func (c *StorageClass) DeepCopyObject() runtime.Object {
	d := *c
	return &d
}

func (c *StorageClass) same(other Part) bool {
	o, ok := other.(*StorageClass)
	return ok && c.sameIdentity(&o.Base) && c.labelled == o.labelled && c.provisioner == o.provisioner && c.fields.equal(o.fields)
}

const defaultClassAnnotation = "storageclass.kubernetes.io/is-default-class"

// StorageClass cuts a StorageClass down. Its parameters are left behind: some
// provisioners keep passwords there.
func (Mapper) StorageClass(sc *storagev1.StorageClass) *StorageClass {
	p := &StorageClass{Base: baseOf(PartStorageClass, sc), labelled: labelledBy(sc), provisioner: intern(sc.Provisioner)}
	p.fields.set("k8s.storageclass.name", sc.Name)
	p.fields.set("k8s.storageclass.provisioner", sc.Provisioner)
	if sc.ReclaimPolicy != nil {
		p.fields.set("k8s.storageclass.reclaimPolicy", string(*sc.ReclaimPolicy))
	}
	if sc.VolumeBindingMode != nil {
		p.fields.set("k8s.storageclass.volumeBindingMode", string(*sc.VolumeBindingMode))
	}
	if sc.AllowVolumeExpansion != nil {
		p.fields.set("k8s.storageclass.allowVolumeExpansion", *sc.AllowVolumeExpansion)
	}
	if strings.EqualFold(sc.Annotations[defaultClassAnnotation], "true") {
		p.fields.set("k8s.storageclass.default", true)
	}
	return p
}
