package inventoryv1

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/oran"
)

// The family's inventory.Projections: Project gives all attributes, in the order of
// the document, ProjectDefault those that are shown where no selector is given.
// format.Version is to change with what they return.
var (
	Project        = oran.Projection(appendObject)
	ProjectDefault = oran.ByDefault(Project, schemas)
)

func appendObject(b []byte, o o2.Object) []byte {
	switch o := o.(type) {
	case *o2.DeploymentManager:
		return oran.AppendDeploymentManager(b, o)
	case *o2.ResourcePool:
		return appendResourcePool(b, o)
	case *o2.Resource:
		return nouns.AppendExtensions(oran.AppendResource(b, o), &o.Header)
	case *o2.ResourceType:
		b = append(oran.AppendResourceType(b, o), `,"alarmDictionary":`...)
		return nouns.AppendExtensions(oran.AppendAlarmDictionary(b, o, false), &o.Header)
	}
	return b
}

func appendResourcePool(b []byte, p *o2.ResourcePool) []byte {
	b = jsontext.Append(append(b, `{"resourcePoolId":`...), string(p.ID))
	b = nouns.AppendNames(b, &p.Header)
	b = jsontext.Append(append(b, `,"oCloudId":`...), string(o2.OCloudID(p.OCloudID)))
	b = jsontext.Append(append(b, `,"globalLocationId":`...), oran.LocationOf(p))
	b = jsontext.Append(append(b, `,"location":`...), p.Location)
	return nouns.AppendExtensions(b, &p.Header)
}
