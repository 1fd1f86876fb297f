package pluginhost

import (
	"fmt"
	"unicode/utf8"

	"github.com/netweave/netweave/core/o2"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// nativeIDKey is the extension under which every object shows its native id.
const nativeIDKey = "nativeId"

// maxNativeID is the longest id that a plugin may use, in bytes.
const maxNativeID = 1024

// refusedBecause is a refusal's label in metrics.
type refusedBecause string

const (
	becauseEmpty    refusedBecause = "empty"
	becauseID       refusedBecause = "id"
	becauseName     refusedBecause = "name"
	becauseType     refusedBecause = "resource_type"
	becauseSize     refusedBecause = "size"
	becauseEncoding refusedBecause = "encoding"
	becauseJSON     refusedBecause = "json"
	becauseValue    refusedBecause = "value"
	becauseKind     refusedBecause = "kind"
	becauseRoom     refusedBecause = "room"
)

// refusedObject says why an object of a plugin is left out.
type refusedObject struct {
	because refusedBecause
	detail  string
}

func (r *refusedObject) Error() string { return r.detail }

func refuseObject(because refusedBecause, format string, args ...any) *refusedObject {
	return &refusedObject{because, fmt.Sprintf(format, args...)}
}

// mapper makes the core's objects of a plugin's. It serves one goroutine.
type mapper struct {
	backend  string
	maxBytes int
	// refs remembers the ids of what objects refer to: there are few types and
	// pools, and many resources, which then share one string.
	refs map[string]o2.ID
}

// maxRefs bounds the memory of references: parents can be as many as resources.
const maxRefs = 1 << 14

func newMapper(backend string, maxBytes int) *mapper {
	return &mapper{backend: backend, maxBytes: maxBytes, refs: map[string]o2.ID{}}
}

// object checks and translates one object, and seals it.
func (m *mapper) object(o *pluginv1.Object) (o2.Object, *refusedObject) {
	if o == nil {
		return nil, refuseObject(becauseEmpty, "nothing is there")
	}
	if n := len(o.GetId()); n == 0 || n > maxNativeID {
		return nil, refuseObject(becauseID, "its id has %d bytes: want 1 to %d", n, maxNativeID)
	}
	if o.GetName() == "" {
		return nil, refuseObject(becauseName, "it has no name")
	}
	if n := weight(o); n > m.maxBytes {
		return nil, refuseObject(becauseSize, "it has %d bytes: want at most %d", n, m.maxBytes)
	}
	head, refused := m.head(o)
	if refused != nil {
		return nil, refused
	}
	obj, refused := m.noun(o, head)
	if refused != nil {
		return nil, refused
	}
	o2.Seal(obj)
	return obj, nil
}

func (m *mapper) head(o *pluginv1.Object) (o2.Header, *refusedObject) {
	extensions, refused := object("extensions", o.GetExtensionsJson())
	if refused != nil {
		return o2.Header{}, refused
	}
	volatile, refused := object("volatile extensions", o.GetVolatileJson())
	if refused != nil {
		return o2.Header{}, refused
	}
	return o2.Header{
		ID: o2.DeriveID(m.backend, o.GetId()), NativeID: o.GetId(), Backend: m.backend,
		Tenant: o.GetTenant(), Revision: o.GetRevision(), Name: o.GetName(), Description: o.GetDescription(),
		Extensions: extensions.With(nativeIDKey, o.GetId()), Volatile: volatile.Without(nativeIDKey),
	}, nil
}

func (m *mapper) noun(o *pluginv1.Object, head o2.Header) (o2.Object, *refusedObject) {
	switch n := o.GetNoun().(type) {
	case *pluginv1.Object_DeploymentManager:
		return deploymentManager(n.DeploymentManager, head)
	case *pluginv1.Object_ResourcePool:
		return pool(n.ResourcePool, head)
	case *pluginv1.Object_Resource:
		return m.resource(n.Resource, head)
	case *pluginv1.Object_ResourceType:
		return resourceType(n.ResourceType, head)
	default:
		return nil, refuseObject(becauseEmpty, "it does not say what it is")
	}
}

func deploymentManager(d *pluginv1.DeploymentManager, head o2.Header) (o2.Object, *refusedObject) {
	capabilities, refused := object("capabilities", d.GetCapabilitiesJson())
	if refused != nil {
		return nil, refused
	}
	capacity, refused := object("capacity", d.GetCapacityJson())
	if refused != nil {
		return nil, refused
	}
	return &o2.DeploymentManager{
		Header: head, OCloudID: d.GetOcloudId(), ServiceURI: d.GetServiceUri(),
		SupportedLocations: d.GetSupportedLocations(), Capabilities: capabilities, Capacity: capacity,
	}, nil
}

func (m *mapper) resource(r *pluginv1.Resource, head o2.Header) (o2.Object, *refusedObject) {
	if r.GetResourceTypeId() == "" {
		return nil, refuseObject(becauseType, "it has no resource type")
	}
	if n := max(len(r.GetResourceTypeId()), len(r.GetResourcePoolId()), len(r.GetParentId())); n > maxNativeID {
		return nil, refuseObject(becauseID, "an id that it refers to has %d bytes: want at most %d", n, maxNativeID)
	}
	return &o2.Resource{
		Header: head, ResourceTypeID: m.ref(r.GetResourceTypeId()), ResourcePoolID: m.ref(r.GetResourcePoolId()),
		ParentID: m.ref(r.GetParentId()), GlobalAssetID: r.GetGlobalAssetId(), Tags: r.GetTags(),
	}, nil
}

func resourceType(t *pluginv1.ResourceType, head o2.Header) (o2.Object, *refusedObject) {
	kind := o2.ResourceKind(t.GetResourceKind())
	switch kind {
	case "":
		kind = o2.ResourceKindUndefined
	case o2.ResourceKindUndefined, o2.ResourceKindPhysical, o2.ResourceKindLogical:
	default:
		return nil, refuseObject(becauseValue, "its resource kind is %.40q: want UNDEFINED, PHYSICAL or LOGICAL", string(kind))
	}
	class := o2.ResourceClass(t.GetResourceClass())
	switch class {
	case "":
		class = o2.ResourceClassUndefined
	case o2.ResourceClassUndefined, o2.ResourceClassCompute, o2.ResourceClassNetworking, o2.ResourceClassStorage:
	default:
		return nil, refuseObject(becauseValue, "its resource class is %.40q: want UNDEFINED, COMPUTE, NETWORKING or STORAGE", string(class))
	}
	alarms, refused := definitions(t, head.ID)
	if refused != nil {
		return nil, refused
	}
	return &o2.ResourceType{
		Header: head, Vendor: t.GetVendor(), Model: t.GetModel(), Version: t.GetVersion(),
		ResourceKind: kind, ResourceClass: class, AlarmDictionaryVersion: t.GetAlarmDictionaryVersion(), Alarms: alarms,
	}, nil
}

// ref is the id of what an object refers to, by the function that gives that
// object its own.
func (m *mapper) ref(native string) o2.ID {
	if native == "" {
		return ""
	}
	if id, ok := m.refs[native]; ok {
		return id
	}
	if len(m.refs) >= maxRefs {
		clear(m.refs)
	}
	id := o2.DeriveID(m.backend, native)
	m.refs[native] = id
	return id
}

// object reads one of the JSON objects that an object carries.
func object(what string, raw []byte) (o2.JSON, *refusedObject) {
	if !utf8.Valid(raw) {
		return "", refuseObject(becauseEncoding, "its %s are not UTF-8", what)
	}
	j, err := o2.ParseJSON(raw)
	if err != nil {
		return "", refuseObject(becauseJSON, "its %s are %.200s", what, err.Error())
	}
	return j, nil
}
