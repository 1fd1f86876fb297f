package sdk

import (
	"errors"
	"fmt"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// decode makes the noun of what came over the wire. Numbers in its JSON become
// json.Number, so that none loses a digit on its way back.
func decode(p *pluginv1.Object) (Object, error) {
	if p == nil {
		return nil, errors.New("there is no object")
	}
	o, err := decodeNoun(p)
	if err != nil {
		return nil, err
	}
	m := o.Common()
	m.ID, m.Tenant, m.Revision, m.Name, m.Description =
		p.GetId(), p.GetTenant(), p.GetRevision(), p.GetName(), p.GetDescription()
	if m.Extensions, err = parseMap("extensions", p.GetExtensionsJson()); err != nil {
		return nil, fmt.Errorf("%s: %w", describe(o), err)
	}
	if m.Volatile, err = parseMap("volatile", p.GetVolatileJson()); err != nil {
		return nil, fmt.Errorf("%s: %w", describe(o), err)
	}
	return o, nil
}

func decodeNoun(p *pluginv1.Object) (Object, error) {
	switch n := p.GetNoun().(type) {
	case *pluginv1.Object_DeploymentManager:
		d := n.DeploymentManager
		capabilities, err := parseMap("capabilities", d.GetCapabilitiesJson())
		if err != nil {
			return nil, fmt.Errorf("deployment manager %q: %w", p.GetId(), err)
		}
		capacity, err := parseMap("capacity", d.GetCapacityJson())
		if err != nil {
			return nil, fmt.Errorf("deployment manager %q: %w", p.GetId(), err)
		}
		return &DeploymentManager{
			OCloudID: d.GetOcloudId(), ServiceURI: d.GetServiceUri(), SupportedLocations: d.GetSupportedLocations(),
			Capabilities: capabilities, Capacity: capacity,
		}, nil
	case *pluginv1.Object_ResourcePool:
		pool, err := decodePool(n.ResourcePool)
		if err != nil {
			return nil, fmt.Errorf("resource pool %q: %w", p.GetId(), err)
		}
		return pool, nil
	case *pluginv1.Object_Resource:
		d := n.Resource
		return &Resource{
			ResourceTypeID: d.GetResourceTypeId(), ResourcePoolID: d.GetResourcePoolId(), ParentID: d.GetParentId(),
			GlobalAssetID: d.GetGlobalAssetId(), Tags: d.GetTags(),
		}, nil
	case *pluginv1.Object_ResourceType:
		d := n.ResourceType
		definitions, err := decodeDefinitions(d.GetAlarmDefinitions())
		if err != nil {
			return nil, fmt.Errorf("resource type %q: %w", p.GetId(), err)
		}
		return &ResourceType{
			Vendor: d.GetVendor(), Model: d.GetModel(), Version: d.GetVersion(),
			ResourceKind: ResourceKind(d.GetResourceKind()), ResourceClass: ResourceClass(d.GetResourceClass()),
			AlarmDictionaryVersion: d.GetAlarmDictionaryVersion(), Alarms: definitions,
		}, nil
	default:
		return nil, fmt.Errorf("object %q is of a kind that this version does not know", p.GetId())
	}
}
