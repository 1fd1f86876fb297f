package o2ims

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/nouns"
)

func deploymentManagerSchema() *query.Schema {
	type object = *o2.DeploymentManager
	return query.NewSchema(o2.KindDeploymentManager.String(),
		nouns.ID("deploymentManagerId"), nouns.Name(), nouns.Description(),
		nouns.Mandatory("oCloudId", func(o object) string { return o.OCloudID }),
		nouns.Mandatory("serviceUri", func(o object) string { return o.ServiceURI }),
		query.Attribute{Name: "supportedLocations", Type: query.Texts, Get: func(o any) query.Value {
			return query.Value{Texts: nouns.As[object](o).SupportedLocations}
		}},
		query.Attribute{Name: "capabilities", Type: query.JSON, Get: func(o any) query.Value {
			return query.Value{JSON: string(nouns.As[object](o).Capabilities)}
		}},
		query.Attribute{Name: "capacity", Type: query.JSON, Get: func(o any) query.Value {
			return query.Value{JSON: string(nouns.As[object](o).Capacity)}
		}},
		nouns.Extensions(),
	)
}

// PoolSchema returns the data type of resource pools as every version has it, with
// what a version shows besides.
func PoolSchema(more ...query.Attribute) *query.Schema {
	type object = *o2.ResourcePool
	attributes := append([]query.Attribute{
		nouns.ID("resourcePoolId"), nouns.Name(), nouns.Description(),
		nouns.Optional("location", func(o object) string { return o.Location }),
		nouns.Mandatory("oCloudId", func(o object) string { return o.OCloudID }),
		nouns.Optional("globalLocationId", func(o object) string { return o.GlobalLocationID }),
	}, more...)
	return query.NewSchema(o2.KindResourcePool.String(), append(attributes, nouns.Extensions())...)
}

func resourceSchema() *query.Schema {
	type object = *o2.Resource
	return query.NewSchema(o2.KindResource.String(),
		nouns.ID("resourceId"),
		// Mandatory: they are there unless the backend itself has none.
		nouns.Reference("resourceTypeId", query.ByType, true, func(o object) o2.ID { return o.ResourceTypeID }),
		nouns.Reference("resourcePoolId", query.ByPool, true, func(o object) o2.ID { return o.ResourcePoolID }),
		nouns.Optional("globalAssetId", func(o object) string { return o.GlobalAssetID }),
		nouns.Reference("parentId", query.NoIndex, false, func(o object) o2.ID { return o.ParentID }),
		nouns.Name(), nouns.Description(),
		query.Attribute{Name: "tags", Type: query.Texts, Get: func(o any) query.Value {
			return query.Value{Texts: nouns.As[object](o).Tags}
		}},
		nouns.Extensions(),
	)
}

func resourceTypeSchema() *query.Schema {
	type object = *o2.ResourceType
	return query.NewSchema(o2.KindResourceType.String(),
		nouns.ID("resourceTypeId"), nouns.Name(), nouns.Description(),
		nouns.Mandatory("vendor", func(o object) string { return o.Vendor }),
		nouns.Mandatory("model", func(o object) string { return o.Model }),
		nouns.Mandatory("version", func(o object) string { return o.Version }),
		nouns.Mandatory("resourceKind", func(o object) string { return string(nouns.KindOf(o)) }),
		nouns.Mandatory("resourceClass", func(o object) string { return string(nouns.ClassOf(o)) }),
		nouns.Extensions(),
	)
}
