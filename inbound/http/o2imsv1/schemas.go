package o2imsv1

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// schemas are the data types as filters and selectors see them, by kind. Nothing
// is omitted by default in this family.
var schemas = [o2.KindCount]*query.Schema{
	o2.KindDeploymentManager: deploymentManagerSchema(),
	o2.KindResourcePool:      resourcePoolSchema(),
	o2.KindResource:          resourceSchema(),
	o2.KindResourceType:      resourceTypeSchema(),
}

// Schema returns the data type of that kind as this family's filters name its
// attributes.
func Schema(kind o2.Kind) *query.Schema { return schemas[kind] }

func deploymentManagerSchema() *query.Schema {
	type object = *o2.DeploymentManager
	return query.NewSchema(o2.KindDeploymentManager.String(),
		id("deploymentManagerId"), name(), description(),
		mandatory("oCloudId", func(o object) string { return o.OCloudID }),
		mandatory("serviceUri", func(o object) string { return o.ServiceURI }),
		query.Attribute{Name: "supportedLocations", Type: query.Texts, Get: func(o any) query.Value {
			return query.Value{Texts: as[object](o).SupportedLocations}
		}},
		query.Attribute{Name: "capabilities", Type: query.JSON, Get: func(o any) query.Value {
			return query.Value{JSON: string(as[object](o).Capabilities)}
		}},
		query.Attribute{Name: "capacity", Type: query.JSON, Get: func(o any) query.Value {
			return query.Value{JSON: string(as[object](o).Capacity)}
		}},
		extensions(),
	)
}

func resourcePoolSchema() *query.Schema {
	type object = *o2.ResourcePool
	return query.NewSchema(o2.KindResourcePool.String(),
		id("resourcePoolId"), name(), description(),
		optional("location", func(o object) string { return o.Location }),
		mandatory("oCloudId", func(o object) string { return o.OCloudID }),
		optional("globalLocationId", func(o object) string { return o.GlobalLocationID }),
		extensions(),
	)
}

func resourceSchema() *query.Schema {
	type object = *o2.Resource
	return query.NewSchema(o2.KindResource.String(),
		id("resourceId"),
		// Mandatory: they are there unless the backend itself has none.
		reference("resourceTypeId", query.ByType, true, func(o object) o2.ID { return o.ResourceTypeID }),
		reference("resourcePoolId", query.ByPool, true, func(o object) o2.ID { return o.ResourcePoolID }),
		optional("globalAssetId", func(o object) string { return o.GlobalAssetID }),
		reference("parentId", query.NoIndex, false, func(o object) o2.ID { return o.ParentID }),
		name(), description(),
		query.Attribute{Name: "tags", Type: query.Texts, Get: func(o any) query.Value {
			return query.Value{Texts: as[object](o).Tags}
		}},
		extensions(),
	)
}

func resourceTypeSchema() *query.Schema {
	type object = *o2.ResourceType
	return query.NewSchema(o2.KindResourceType.String(),
		id("resourceTypeId"), name(), description(),
		mandatory("vendor", func(o object) string { return o.Vendor }),
		mandatory("model", func(o object) string { return o.Model }),
		mandatory("version", func(o object) string { return o.Version }),
		mandatory("resourceKind", func(o object) string { return string(kindOf(o)) }),
		mandatory("resourceClass", func(o object) string { return string(classOf(o)) }),
		extensions(),
	)
}

// as returns o as the noun that its schema is for; a schema is never asked for
// an object of another kind.
func as[T o2.Object](o any) T {
	return o.(T) // another kind is a fault of the code, to be heard of
}

// head returns the header of a noun of any kind.
func head(o any) *o2.Header { return as[o2.Object](o).Head() }

func id(name string) query.Attribute {
	return query.Attribute{Name: name, Type: query.UUID, Mandatory: true, Index: query.ByID, Get: func(o any) query.Value {
		return query.Value{Text: string(head(o).ID)}
	}}
}

func name() query.Attribute {
	return query.Attribute{Name: "name", Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: head(o).Name}
	}}
}

func description() query.Attribute {
	return query.Attribute{Name: "description", Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: head(o).Description}
	}}
}

func extensions() query.Attribute {
	return query.Attribute{Name: "extensions", Type: query.JSON, Get: func(o any) query.Value {
		return query.Value{JSON: string(shownExtensions(head(o)))}
	}}
}

func mandatory[T o2.Object](name string, get func(T) string) query.Attribute {
	return query.Attribute{Name: name, Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: get(as[T](o))}
	}}
}

func optional[T o2.Object](name string, get func(T) string) query.Attribute {
	return query.Attribute{Name: name, Get: func(o any) query.Value {
		text := get(as[T](o))
		return query.Value{Text: text, Absent: text == ""}
	}}
}

func reference[T o2.Object](name string, index query.Index, mandatory bool, get func(T) o2.ID) query.Attribute {
	return query.Attribute{Name: name, Type: query.UUID, Mandatory: mandatory, Index: index, Get: func(o any) query.Value {
		id := get(as[T](o))
		return query.Value{Text: string(id), Absent: id == ""}
	}}
}
