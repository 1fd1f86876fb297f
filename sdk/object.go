package sdk

import "time"

// Kind tells which noun an object is.
type Kind string

// The kinds of object.
const (
	KindDeploymentManager Kind = "DeploymentManager"
	KindResourcePool      Kind = "ResourcePool"
	KindResource          Kind = "Resource"
	KindResourceType      Kind = "ResourceType"
)

// Object is one of *DeploymentManager, *ResourcePool, *Resource, *ResourceType.
type Object interface {
	// ObjectKind tells which noun it is.
	ObjectKind() Kind
	// Common returns what every noun has.
	Common() *Meta
}

// Meta is what every noun has.
type Meta struct {
	// ID is the backend's own id: stable, unique within its kind, at most 1024
	// bytes of UTF-8. If it is a UUID netweave shows it as it is.
	ID string
	// Tenant owns the object; "" where the backend knows none.
	Tenant string
	// Revision orders the versions of one object, greater being later, where
	// the backend has such a number; 0 otherwise. With it netweave can tell a
	// late event from the result of a write. It must not start again when the
	// plugin does.
	Revision uint64
	// Name and Description are for people. Name is mandatory.
	Name, Description string
	// Extensions is whatever else the backend knows that a user would want:
	// anything encoding/json can encode. Prefix the keys ("acme.rackUnit").
	// Never put credentials here. Numbers that come from netweave are
	// json.Number; Integer reads them.
	Extensions map[string]any
	// Volatile is shown among the extensions, but its changes are no events:
	// heartbeats, usage figures.
	Volatile map[string]any
}

// Common returns the Meta itself; the nouns embed it.
func (m *Meta) Common() *Meta { return m }

// DeploymentManager is what deploys workloads: a cluster, a cloud's endpoint.
type DeploymentManager struct {
	Meta
	OCloudID           string
	ServiceURI         string
	SupportedLocations []string
	Capabilities       map[string]any
	// Capacity may be a sum over other objects; its changes are no events.
	Capacity map[string]any
}

// ResourcePool groups resources of one place and purpose.
type ResourcePool struct {
	Meta
	OCloudID string
	// Location is for people. GlobalLocationID is that of Site, where there is one.
	Location, GlobalLocationID string
	// Tags are for whoever sorts pools.
	Tags []string
	// Site is where the pool stands, nil where the backend does not know. Pools of
	// the same site have equal ones.
	Site *Site
	// CreatedAt and UpdatedAt are the backend's word, zero where it has none. They
	// are kept to the millisecond. Their changes, and those of Health and Metrics,
	// are no events.
	CreatedAt, UpdatedAt time.Time
	// Health is nil where the backend does not know.
	Health *PoolHealth
	// Metrics is nil where the backend has none.
	Metrics *PoolMetrics
}

// Resource is one piece of infrastructure.
type Resource struct {
	Meta
	// ResourceTypeID, ResourcePoolID and ParentID are native ids of objects of
	// this backend, "" for none. ResourceTypeID is mandatory in what a plugin
	// returns.
	ResourceTypeID, ResourcePoolID, ParentID string
	GlobalAssetID                            string
	Tags                                     []string
}

// ResourceType describes a class of resources.
type ResourceType struct {
	Meta
	Vendor, Model, Version string
	// ResourceKind is UNDEFINED, PHYSICAL or LOGICAL; "" means UNDEFINED.
	ResourceKind ResourceKind
	// ResourceClass is UNDEFINED, COMPUTE, NETWORKING or STORAGE; "" means UNDEFINED.
	ResourceClass ResourceClass
	// AlarmDictionaryVersion is that of Alarms, mandatory where there are any. It
	// changes when they do.
	AlarmDictionaryVersion string
	// Alarms are those that resources of the type can raise. Their order does not
	// matter.
	Alarms []AlarmDefinition
}

// ResourceKind tells physical from logical resources.
type ResourceKind string

// The resource kinds.
const (
	ResourceKindUndefined ResourceKind = "UNDEFINED"
	ResourceKindPhysical  ResourceKind = "PHYSICAL"
	ResourceKindLogical   ResourceKind = "LOGICAL"
)

// ResourceClass tells what a resource is for.
type ResourceClass string

// The resource classes.
const (
	ResourceClassUndefined  ResourceClass = "UNDEFINED"
	ResourceClassCompute    ResourceClass = "COMPUTE"
	ResourceClassNetworking ResourceClass = "NETWORKING"
	ResourceClassStorage    ResourceClass = "STORAGE"
)

// ObjectKind returns KindDeploymentManager.
func (*DeploymentManager) ObjectKind() Kind { return KindDeploymentManager }

// ObjectKind returns KindResourcePool.
func (*ResourcePool) ObjectKind() Kind { return KindResourcePool }

// ObjectKind returns KindResource.
func (*Resource) ObjectKind() Kind { return KindResource }

// ObjectKind returns KindResourceType.
func (*ResourceType) ObjectKind() Kind { return KindResourceType }
