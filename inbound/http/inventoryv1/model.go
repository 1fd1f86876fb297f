package inventoryv1

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/ports/ocloud"
)

// Model is how this family shows an inventory whose pools stand where the atlas
// says. format.Version is to change with what its projections return.
func Model(atlas ocloud.Atlas) *oran.Model {
	return oran.NewModel(schemas(atlas), func(b []byte, o o2.Object) []byte {
		switch o := o.(type) {
		case *o2.DeploymentManager:
			return oran.AppendDeploymentManager(b, o, atlas)
		case *o2.ResourcePool:
			return appendResourcePool(b, o, atlas)
		case *o2.Resource:
			return nouns.AppendExtensions(oran.AppendResource(b, o), &o.Header)
		case *o2.ResourceType:
			b = append(oran.AppendResourceType(b, o), `,"alarmDictionary":`...)
			return nouns.AppendExtensions(oran.AppendAlarmDictionary(b, o, false), &o.Header)
		}
		return b
	})
}

func appendResourcePool(b []byte, p *o2.ResourcePool, atlas ocloud.Atlas) []byte {
	b = jsontext.Append(append(b, `{"resourcePoolId":`...), string(p.ID))
	b = nouns.AppendNames(b, &p.Header)
	b = jsontext.Append(append(b, `,"oCloudId":`...), string(atlas.OCloudOf(p.OCloudID)))
	b = jsontext.Append(append(b, `,"globalLocationId":`...), atlas.LocationOf(p))
	b = jsontext.Append(append(b, `,"location":`...), p.Location)
	return nouns.AppendExtensions(b, &p.Header)
}

// schemas are the data types as filters and selectors see them. Extensions, which
// R003 makes mandatory nowhere, are omitted by default.
func schemas(atlas ocloud.Atlas) [o2.KindCount]*query.Schema {
	extensions := oran.OmittedByDefault(nouns.Extensions())
	return [o2.KindCount]*query.Schema{
		o2.KindDeploymentManager: oran.DeploymentManagerSchema(atlas),
		o2.KindResourcePool:      resourcePoolSchema(atlas, extensions),
		o2.KindResource: query.NewSchema(o2.KindResource.String(),
			append(oran.ResourceAttributes(false), extensions)...),
		o2.KindResourceType: query.NewSchema(o2.KindResourceType.String(),
			append(oran.ResourceTypeAttributes(), alarmDictionary(), extensions)...),
	}
}

func resourcePoolSchema(atlas ocloud.Atlas, extensions query.Attribute) *query.Schema {
	type object = *o2.ResourcePool
	return query.NewSchema(o2.KindResourcePool.String(),
		nouns.ID("resourcePoolId"), nouns.Name(), nouns.Description(),
		oran.OCloudID(atlas, func(o object) string { return o.OCloudID }),
		nouns.Mandatory("globalLocationId", atlas.LocationOf),
		oran.Shown("location", func(o object) string { return o.Location }),
		extensions,
	)
}

// alarmDictionary is embedded in each resource type.
func alarmDictionary() query.Attribute {
	return nouns.Object("alarmDictionary", func(t *o2.ResourceType) o2.JSON {
		return o2.JSON(oran.AppendAlarmDictionary(nil, t, false))
	})
}
