package sdk

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// maxIDBytes is what Meta.ID promises.
const maxIDBytes = 1024

// encodeReturned encodes what a backend returned: all that Meta and the nouns
// demand is checked, and the error tells the author which object is wrong, in
// what, and what would be right.
func encodeReturned(o Object) (*pluginv1.Object, error) {
	if isNil(o) {
		return nil, errors.New("the object is nil: return an object, or an error with code NotFound")
	}
	meta := o.Common()
	if meta.ID == "" {
		return nil, fmt.Errorf("%s has no ID: set it to the backend's own, stable id", describe(o))
	}
	if meta.Name == "" {
		return nil, fmt.Errorf("%s has no Name: use its ID where the backend has no names", describe(o))
	}
	if r, ok := o.(*Resource); ok && r.ResourceTypeID == "" {
		return nil, fmt.Errorf("%s has no ResourceTypeID: every resource has a type, which ListResourceTypes lists", describe(o))
	}
	return encode(o)
}

// encode encodes any object, a caller's request among them. What could not
// travel is an error.
func encode(o Object) (*pluginv1.Object, error) {
	if isNil(o) {
		return nil, errors.New("the object is nil")
	}
	p, err := encodeNoun(o)
	if err == nil {
		err = encodeMeta(p, o.Common())
	}
	if err == nil {
		err = checkText(p)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", describe(o), err)
	}
	if size := proto.Size(p); size > protocol.MaxObjectBytes {
		return nil, fmt.Errorf("%s: it is %d bytes long and at most %d can be sent: put less into Extensions and Volatile",
			describe(o), size, protocol.MaxObjectBytes)
	}
	return p, nil
}

func encodeMeta(p *pluginv1.Object, m *Meta) error {
	if len(m.ID) > maxIDBytes {
		return fmt.Errorf("ID is %d bytes long: at most %d are allowed", len(m.ID), maxIDBytes)
	}
	p.Id, p.Tenant, p.Revision, p.Name, p.Description = m.ID, m.Tenant, m.Revision, m.Name, m.Description
	var err error
	if p.ExtensionsJson, err = canonicalJSON("Extensions", m.Extensions); err != nil {
		return err
	}
	p.VolatileJson, err = canonicalJSON("Volatile", m.Volatile)
	return err
}

func encodeNoun(o Object) (*pluginv1.Object, error) {
	switch o := o.(type) {
	case *DeploymentManager:
		capabilities, err := canonicalJSON("Capabilities", o.Capabilities)
		if err != nil {
			return nil, err
		}
		capacity, err := canonicalJSON("Capacity", o.Capacity)
		if err != nil {
			return nil, err
		}
		return &pluginv1.Object{Noun: &pluginv1.Object_DeploymentManager{DeploymentManager: &pluginv1.DeploymentManager{
			OcloudId: o.OCloudID, ServiceUri: o.ServiceURI, SupportedLocations: o.SupportedLocations,
			CapabilitiesJson: capabilities, CapacityJson: capacity,
		}}}, nil
	case *ResourcePool:
		pool, err := encodePool(o)
		if err != nil {
			return nil, err
		}
		return &pluginv1.Object{Noun: &pluginv1.Object_ResourcePool{ResourcePool: pool}}, nil
	case *Resource:
		return &pluginv1.Object{Noun: &pluginv1.Object_Resource{Resource: &pluginv1.Resource{
			ResourceTypeId: o.ResourceTypeID, ResourcePoolId: o.ResourcePoolID, ParentId: o.ParentID,
			GlobalAssetId: o.GlobalAssetID, Tags: o.Tags,
		}}}, nil
	case *ResourceType:
		if !o.ResourceKind.valid() {
			return nil, fmt.Errorf("ResourceKind is %q: it must be UNDEFINED, PHYSICAL or LOGICAL", o.ResourceKind)
		}
		if !o.ResourceClass.valid() {
			return nil, fmt.Errorf("ResourceClass is %q: it must be UNDEFINED, COMPUTE, NETWORKING or STORAGE", o.ResourceClass)
		}
		definitions, err := encodeDefinitions(o.AlarmDictionaryVersion, o.Alarms)
		if err != nil {
			return nil, err
		}
		return &pluginv1.Object{Noun: &pluginv1.Object_ResourceType{ResourceType: &pluginv1.ResourceType{
			Vendor: o.Vendor, Model: o.Model, Version: o.Version,
			ResourceKind: string(o.ResourceKind), ResourceClass: string(o.ResourceClass),
			AlarmDictionaryVersion: o.AlarmDictionaryVersion, AlarmDefinitions: definitions,
		}}}, nil
	default:
		return nil, fmt.Errorf("%T is none of the nouns that can be sent", o)
	}
}

func isNil(o Object) bool {
	switch o := o.(type) {
	case nil:
		return true
	case *DeploymentManager:
		return o == nil
	case *ResourcePool:
		return o == nil
	case *Resource:
		return o == nil
	case *ResourceType:
		return o == nil
	default:
		return false
	}
}

// describe names an object in an error as its author knows it.
func describe(o Object) string {
	meta := o.Common()
	if meta == nil {
		return string(o.ObjectKind())
	}
	switch {
	case meta.ID != "":
		return fmt.Sprintf("%s %q", o.ObjectKind(), meta.ID)
	case meta.Name != "":
		return fmt.Sprintf("%s named %q", o.ObjectKind(), meta.Name)
	default:
		return fmt.Sprintf("a %s", o.ObjectKind())
	}
}

func (k ResourceKind) valid() bool {
	switch k {
	case "", ResourceKindUndefined, ResourceKindPhysical, ResourceKindLogical:
		return true
	default:
		return false
	}
}

func (c ResourceClass) valid() bool {
	switch c {
	case "", ResourceClassUndefined, ResourceClassCompute, ResourceClassNetworking, ResourceClassStorage:
		return true
	default:
		return false
	}
}
