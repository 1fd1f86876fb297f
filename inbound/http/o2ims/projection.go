package o2ims

import (
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
)

var scratch = sync.Pool{New: func() any {
	b := make([]byte, 0, 4096)
	return &b
}}

// Project encodes o as this API shows it: attributes in the order of the
// document, mandatory ones always, optional texts where they are set, lists and
// objects always. It is the family's inventory.Projection: pure, and its result
// has no spare capacity. Format.Version is to change with what it returns.
func (v *Version) Project(o o2.Object) []byte { return v.encode(o, false) }

// State encodes o as a notification shows it.
func (v *Version) State(o o2.Object) []byte { return v.encode(o, true) }

// encode is Project; a state is what a notification shows.
func (v *Version) encode(o o2.Object, state bool) []byte {
	buf, _ := scratch.Get().(*[]byte)
	b := (*buf)[:0]
	switch o := o.(type) {
	case *o2.DeploymentManager:
		b = appendDeploymentManager(b, o)
	case *o2.ResourcePool:
		b = v.AppendPool(b, o, state)
	case *o2.Resource:
		b = appendResource(b, o)
	case *o2.ResourceType:
		b = appendResourceType(b, o)
	}
	out := make([]byte, len(b))
	copy(out, b)
	*buf = b
	scratch.Put(buf)
	return out
}

func appendDeploymentManager(b []byte, d *o2.DeploymentManager) []byte {
	b = jsontext.Append(append(b, `{"deploymentManagerId":`...), string(d.ID))
	b = nouns.AppendNames(b, &d.Header)
	b = jsontext.Append(append(b, `,"oCloudId":`...), d.OCloudID)
	b = jsontext.Append(append(b, `,"serviceUri":`...), d.ServiceURI)
	b = nouns.AppendTexts(append(b, `,"supportedLocations":`...), d.SupportedLocations)
	b = nouns.AppendObject(append(b, `,"capabilities":`...), d.Capabilities)
	b = nouns.AppendObject(append(b, `,"capacity":`...), d.Capacity)
	return nouns.AppendExtensions(b, &d.Header)
}

// AppendPool begins a resource pool's encoding with what every version has of it;
// extensions end it.
func AppendPool(b []byte, p *o2.ResourcePool) []byte {
	b = jsontext.Append(append(b, `{"resourcePoolId":`...), string(p.ID))
	b = nouns.AppendNames(b, &p.Header)
	b = nouns.AppendOptional(b, `,"location":`, p.Location)
	b = jsontext.Append(append(b, `,"oCloudId":`...), p.OCloudID)
	return nouns.AppendOptional(b, `,"globalLocationId":`, p.GlobalLocationID)
}

func appendResource(b []byte, r *o2.Resource) []byte {
	b = jsontext.Append(append(b, `{"resourceId":`...), string(r.ID))
	b = nouns.AppendOptional(b, `,"resourceTypeId":`, string(r.ResourceTypeID))
	b = nouns.AppendOptional(b, `,"resourcePoolId":`, string(r.ResourcePoolID))
	b = nouns.AppendOptional(b, `,"globalAssetId":`, r.GlobalAssetID)
	b = nouns.AppendOptional(b, `,"parentId":`, string(r.ParentID))
	b = nouns.AppendNames(b, &r.Header)
	b = nouns.AppendTexts(append(b, `,"tags":`...), r.Tags)
	return nouns.AppendExtensions(b, &r.Header)
}

func appendResourceType(b []byte, t *o2.ResourceType) []byte {
	b = jsontext.Append(append(b, `{"resourceTypeId":`...), string(t.ID))
	b = nouns.AppendNames(b, &t.Header)
	b = jsontext.Append(append(b, `,"vendor":`...), t.Vendor)
	b = jsontext.Append(append(b, `,"model":`...), t.Model)
	b = jsontext.Append(append(b, `,"version":`...), t.Version)
	b = jsontext.Append(append(b, `,"resourceKind":`...), string(nouns.KindOf(t)))
	b = jsontext.Append(append(b, `,"resourceClass":`...), string(nouns.ClassOf(t)))
	return nouns.AppendExtensions(b, &t.Header)
}
