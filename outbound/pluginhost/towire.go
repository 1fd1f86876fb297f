package pluginhost

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// headToWire is what every noun has. The native id among the extensions is ours
// and goes back as the id alone.
func headToWire(h *o2.Header) *pluginv1.Object {
	return &pluginv1.Object{
		Id: h.NativeID, Tenant: h.Tenant, Revision: h.Revision, Name: h.Name, Description: h.Description,
		ExtensionsJson: []byte(h.Extensions.Without(nativeIDKey)), VolatileJson: []byte(h.Volatile),
	}
}

func poolToWire(p *o2.ResourcePool) *pluginv1.Object {
	o := headToWire(&p.Header)
	o.Noun = &pluginv1.Object_ResourcePool{ResourcePool: &pluginv1.ResourcePool{
		OcloudId: p.OCloudID, Location: p.Location, GlobalLocationId: p.GlobalLocationID, Tags: p.Tags, Site: siteToWire(p.Site),
		CreatedAtMs: timeToWire(p.CreatedAt), UpdatedAtMs: timeToWire(p.UpdatedAt),
		Health: healthToWire(p.Health), Metrics: metricsToWire(p.Metrics),
	}}
	return o
}

func resourceToWire(r *o2.Resource, ref backend.ResourceRefs) *pluginv1.Object {
	o := headToWire(&r.Header)
	o.Noun = &pluginv1.Object_Resource{Resource: &pluginv1.Resource{
		ResourceTypeId: ref.TypeID, ResourcePoolId: ref.PoolID, ParentId: ref.ParentID,
		GlobalAssetId: r.GlobalAssetID, Tags: r.Tags,
	}}
	return o
}
