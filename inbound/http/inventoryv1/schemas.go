package inventoryv1

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/oran"
)

// schemas are the data types as filters and selectors see them, by kind.
// Extensions, which R003 makes mandatory nowhere, are omitted by default.
var schemas = [o2.KindCount]*query.Schema{
	o2.KindDeploymentManager: oran.DeploymentManagerSchema(),
	o2.KindResourcePool:      resourcePoolSchema(),
	o2.KindResource: query.NewSchema(o2.KindResource.String(),
		append(oran.ResourceAttributes(false), oran.OmittedByDefault(nouns.Extensions()))...),
	o2.KindResourceType: query.NewSchema(o2.KindResourceType.String(),
		append(oran.ResourceTypeAttributes(), alarmDictionary(), oran.OmittedByDefault(nouns.Extensions()))...),
}

func resourcePoolSchema() *query.Schema {
	type object = *o2.ResourcePool
	return query.NewSchema(o2.KindResourcePool.String(),
		nouns.ID("resourcePoolId"), nouns.Name(), nouns.Description(),
		oran.OCloudID(func(o object) string { return o.OCloudID }),
		nouns.Mandatory("globalLocationId", oran.LocationOf),
		oran.Shown("location", func(o object) string { return o.Location }),
		oran.OmittedByDefault(nouns.Extensions()),
	)
}

// alarmDictionary is embedded in each resource type.
func alarmDictionary() query.Attribute {
	return nouns.Object("alarmDictionary", func(t *o2.ResourceType) o2.JSON {
		return o2.JSON(oran.AppendAlarmDictionary(nil, t, false))
	})
}
