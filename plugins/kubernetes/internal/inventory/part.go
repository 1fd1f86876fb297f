package inventory

import (
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// PartKind tells what a part was cut from.
type PartKind string

// The kinds of part.
const (
	PartNode              PartKind = "Node"
	PartVolume            PartKind = "PersistentVolume"
	PartStorageClass      PartKind = "StorageClass"
	PartMachineSet        PartKind = "MachineSet"
	PartMachineDeployment PartKind = "MachineDeployment"
	// PartMachine is a Machine of machine.openshift.io, PartClusterMachine one
	// of cluster.x-k8s.io.
	PartMachine        PartKind = "Machine"
	PartClusterMachine PartKind = "ClusterMachine"
)

// Part is a slim Kubernetes object. It satisfies what client-go's reflector asks
// of an object. A part is immutable.
type Part interface {
	runtime.Object
	metav1.ObjectMetaAccessor
	// Head returns what every part has.
	Head() *Base
	// same tells whether other, of the same kind and UID, would build the same
	// nouns; resource versions are not compared.
	same(other Part) bool
}

// Base is what every part has.
type Base struct {
	Kind            PartKind
	UID             string
	Namespace, Name string
	// Version is the resourceVersion; 0 if it is no number.
	Version uint64
}

// Head returns the Base itself; the parts embed it.
func (b *Base) Head() *Base { return b }

// GetObjectMeta returns as much metadata as a part has kept.
func (b *Base) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{
		Name: b.Name, Namespace: b.Namespace, UID: types.UID(b.UID),
		ResourceVersion: strconv.FormatUint(b.Version, 10),
	}
}

// GetObjectKind returns no kind: parts are never encoded.
func (b *Base) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// sameIdentity compares all but the version.
func (b *Base) sameIdentity(o *Base) bool {
	return b.Kind == o.Kind && b.UID == o.UID && b.Namespace == o.Namespace && b.Name == o.Name
}

func baseOf(kind PartKind, m metav1.Object) Base {
	return Base{
		Kind: kind, UID: string(m.GetUID()), Namespace: intern(m.GetNamespace()), Name: m.GetName(),
		Version: ParseVersion(m.GetResourceVersion()),
	}
}

// ParseVersion reads a resourceVersion; 0 if it is no number.
func ParseVersion(v string) uint64 {
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// labelled is what netweave's own labels and annotations say of an object.
type labelled struct {
	tenant string
	// title is the name for people, "" where the object's own name is it.
	title, description string
	// tags are comma-separated.
	tags, globalAssetID string
}

func labelledBy(m metav1.Object) labelled { return labelledAs(m.GetLabels(), m.GetAnnotations()) }

func labelledAs(labels, annotations map[string]string) labelled {
	return labelled{
		tenant:        intern(labels[TenantLabel]),
		title:         annotations[NameAnnotation],
		description:   intern(annotations[DescriptionAnnotation]),
		tags:          intern(annotations[TagsAnnotation]),
		globalAssetID: annotations[AssetAnnotation],
	}
}

// The labels and annotations by which netweave and a cluster's administrators
// speak to each other.
const (
	// TenantLabel owns an object.
	TenantLabel = "o2ims.oran.org/tenant"
	// PoolLabel is on everything that was made for a pool; its value is the
	// pool's id.
	PoolLabel = "o2ims.oran.org/resource-pool-id"
	// NameAnnotation is the name for people, where it is not the object's own.
	NameAnnotation = "o2ims.oran.org/name"
	// DescriptionAnnotation is the description.
	DescriptionAnnotation = "description"
	// TagsAnnotation holds a resource's tags, separated by commas.
	TagsAnnotation = "o2ims.oran.org/tags"
	// AssetAnnotation is a resource's globalAssetId.
	AssetAnnotation = "o2ims.oran.org/global-asset-id"
)
