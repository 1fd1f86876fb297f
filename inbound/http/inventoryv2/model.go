package inventoryv2

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
			return appendResource(b, o)
		case *o2.ResourceType:
			b = oran.AppendResourceType(b, o)
			b = jsontext.Append(append(b, `,"alarmDictionaryId":`...), string(o2.AlarmDictionaryID(o.ID)))
			return nouns.AppendExtensions(b, &o.Header)
		}
		return b
	})
}

func appendResourcePool(b []byte, p *o2.ResourcePool, atlas ocloud.Atlas) []byte {
	b = jsontext.Append(append(b, `{"resourcePoolId":`...), string(p.ID))
	b = nouns.AppendNames(b, &p.Header)
	b = jsontext.Append(append(b, `,"oCloudSiteId":`...), string(atlas.SiteOf(p)))
	return nouns.AppendExtensions(b, &p.Header)
}

// appendResource appends a resource; no backend knows of groups.
func appendResource(b []byte, r *o2.Resource) []byte {
	b = nouns.AppendTexts(append(oran.AppendResource(b, r), `,"tags":`...), r.Tags)
	return nouns.AppendExtensions(append(b, `,"groups":[]`...), &r.Header)
}

// schemas are the data types as filters and selectors see them. Extensions are
// omitted by default where R005 does not make them mandatory, but for those of
// resource types: there are few of these, and some SMOs take them to be mandatory.
func schemas(atlas ocloud.Atlas) [o2.KindCount]*query.Schema {
	return [o2.KindCount]*query.Schema{
		o2.KindDeploymentManager: oran.DeploymentManagerSchema(atlas),
		o2.KindResourcePool: query.NewSchema(o2.KindResourcePool.String(),
			nouns.ID("resourcePoolId"), nouns.Name(), nouns.Description(),
			nouns.Reference("oCloudSiteId", query.NoIndex, true, atlas.SiteOf),
			oran.OmittedByDefault(nouns.Extensions()),
		),
		o2.KindResource: query.NewSchema(o2.KindResource.String(), append(oran.ResourceAttributes(true),
			nouns.Texts("tags", func(r *o2.Resource) []string { return r.Tags }),
			nouns.Texts("groups", func(*o2.Resource) []string { return nil }),
			nouns.Extensions(),
		)...),
		o2.KindResourceType: query.NewSchema(o2.KindResourceType.String(), append(oran.ResourceTypeAttributes(),
			nouns.Reference("alarmDictionaryId", query.NoIndex, true, func(t *o2.ResourceType) o2.ID { return o2.AlarmDictionaryID(t.ID) }),
			nouns.Extensions(),
		)...),
	}
}
