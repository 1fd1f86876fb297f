package o2

import "time"

// Object is any noun that a view holds: *DeploymentManager, *ResourcePool,
// *Resource, *ResourceType or *Alarm. Objects are immutable once sealed.
type Object interface {
	// Kind tells which noun it is.
	Kind() Kind
	// Head returns what every noun has. It is never nil and is not to be changed.
	Head() *Header
	// state appends the canonical state; only this package defines nouns.
	state(dst []byte) []byte
	// shown appends what is shown beyond the canonical state.
	shown(dst []byte) []byte
}

// Header is what every noun has.
type Header struct {
	// ID is the object's id in every API. Mandatory.
	ID ID
	// NativeID is what the backend calls the object. Mandatory.
	NativeID string
	// Backend names the configured adapter that the object came from. Mandatory.
	Backend string
	// Tenant owns the object; empty where the backend names none.
	Tenant string
	// Revision orders the versions of one object where the backend can: a later
	// version has a greater one. 0 means unknown.
	Revision uint64
	// Name and Description are for people.
	Name, Description string
	// Extensions is a JSON object in canonical form, "" for none.
	Extensions JSON
	// Volatile is a JSON object of extensions whose change is no event
	// (heartbeats, usage figures): shown, but not canonical state.
	Volatile JSON

	// Digest covers all that is shown, StateDigest the canonical state alone.
	// Seal fills both; they are the same in every process for equal content.
	Digest, StateDigest Digest
}

// DeploymentManager is a manager of deployments on the O-Cloud, such as a
// Kubernetes cluster (O2-IMS DeploymentManager).
type DeploymentManager struct {
	Header
	OCloudID           string
	ServiceURI         string
	SupportedLocations []string
	// Capabilities is part of the canonical state; Capacity, being a sum over
	// other objects, is not. Both are JSON objects, "" for none.
	Capabilities, Capacity JSON
}

// ResourcePool groups resources of one place and purpose (O2-IMS ResourcePool).
type ResourcePool struct {
	Header
	OCloudID         string
	Location         string
	GlobalLocationID string
	// Tags are for whoever sorts pools.
	Tags []string
	// Site is where the pool stands, nil where the backend does not know.
	Site *Site
	// CreatedAt and UpdatedAt are the backend's word, zero for none. They, Health
	// and Metrics are shown, and are not part of the canonical state.
	CreatedAt, UpdatedAt time.Time
	// Health is nil where the backend does not know.
	Health *PoolHealth
	// Metrics is nil where the backend has none.
	Metrics *PoolMetrics
}

// Resource is one piece of infrastructure (O2-IMS Resource).
type Resource struct {
	Header
	// ResourceTypeID and ResourcePoolID refer to objects of the same backend,
	// which may be unknown at the time. "" means none.
	ResourceTypeID, ResourcePoolID ID
	ParentID                       ID
	GlobalAssetID                  string
	Tags                           []string
}

// ResourceType describes a class of resources (O2-IMS ResourceType).
type ResourceType struct {
	Header
	Vendor, Model, Version string
	ResourceKind           ResourceKind
	ResourceClass          ResourceClass
	// AlarmDictionaryVersion is the backend's name for the present Alarms, "" for
	// none.
	AlarmDictionaryVersion string
	// Alarms are those that resources of the type can raise, by name.
	Alarms []AlarmDefinition
}

// ResourceKind tells physical from logical resources.
type ResourceKind string

// The resource kinds of O-RAN.WG6.O2IMS-INTERFACE.
const (
	ResourceKindUndefined ResourceKind = "UNDEFINED"
	ResourceKindPhysical  ResourceKind = "PHYSICAL"
	ResourceKindLogical   ResourceKind = "LOGICAL"
)

// ResourceClass tells what a resource is for.
type ResourceClass string

// The resource classes of O-RAN.WG6.O2IMS-INTERFACE.
const (
	ResourceClassUndefined  ResourceClass = "UNDEFINED"
	ResourceClassCompute    ResourceClass = "COMPUTE"
	ResourceClassNetworking ResourceClass = "NETWORKING"
	ResourceClassStorage    ResourceClass = "STORAGE"
)

// Head returns the header itself; the nouns embed it.
func (h *Header) Head() *Header { return h }

// Kind returns KindDeploymentManager.
func (*DeploymentManager) Kind() Kind { return KindDeploymentManager }

// Kind returns KindResourcePool.
func (*ResourcePool) Kind() Kind { return KindResourcePool }

// Kind returns KindResource.
func (*Resource) Kind() Kind { return KindResource }

// Kind returns KindResourceType.
func (*ResourceType) Kind() Kind { return KindResourceType }
