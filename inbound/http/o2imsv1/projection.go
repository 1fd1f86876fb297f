package o2imsv1

import (
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
)

// version is in every entity tag. It is to change with every change of what
// Project returns for an object, so that a rolling upgrade never answers 304 for
// bytes that differ.
const version = "v1"

var scratch = sync.Pool{New: func() any {
	b := make([]byte, 0, 4096)
	return &b
}}

// Project encodes o as this API shows it: attributes in the order of the
// document, mandatory ones always, optional texts where they are set, lists and
// objects always. It is the family's inventory.Projection: pure, and its result
// has no spare capacity.
func Project(o o2.Object) []byte {
	buf, _ := scratch.Get().(*[]byte)
	b := (*buf)[:0]
	switch o := o.(type) {
	case *o2.DeploymentManager:
		b = appendDeploymentManager(b, o)
	case *o2.ResourcePool:
		b = appendResourcePool(b, o)
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
	b = appendNames(b, &d.Header)
	b = jsontext.Append(append(b, `,"oCloudId":`...), d.OCloudID)
	b = jsontext.Append(append(b, `,"serviceUri":`...), d.ServiceURI)
	b = appendTexts(append(b, `,"supportedLocations":`...), d.SupportedLocations)
	b = appendObject(append(b, `,"capabilities":`...), d.Capabilities)
	b = appendObject(append(b, `,"capacity":`...), d.Capacity)
	return appendExtensions(b, &d.Header)
}

func appendResourcePool(b []byte, p *o2.ResourcePool) []byte {
	b = jsontext.Append(append(b, `{"resourcePoolId":`...), string(p.ID))
	b = appendNames(b, &p.Header)
	b = appendOptional(b, `,"location":`, p.Location)
	b = jsontext.Append(append(b, `,"oCloudId":`...), p.OCloudID)
	b = appendOptional(b, `,"globalLocationId":`, p.GlobalLocationID)
	return appendExtensions(b, &p.Header)
}

func appendResource(b []byte, r *o2.Resource) []byte {
	b = jsontext.Append(append(b, `{"resourceId":`...), string(r.ID))
	b = appendOptional(b, `,"resourceTypeId":`, string(r.ResourceTypeID))
	b = appendOptional(b, `,"resourcePoolId":`, string(r.ResourcePoolID))
	b = appendOptional(b, `,"globalAssetId":`, r.GlobalAssetID)
	b = appendOptional(b, `,"parentId":`, string(r.ParentID))
	b = appendNames(b, &r.Header)
	b = appendTexts(append(b, `,"tags":`...), r.Tags)
	return appendExtensions(b, &r.Header)
}

func appendResourceType(b []byte, t *o2.ResourceType) []byte {
	b = jsontext.Append(append(b, `{"resourceTypeId":`...), string(t.ID))
	b = appendNames(b, &t.Header)
	b = jsontext.Append(append(b, `,"vendor":`...), t.Vendor)
	b = jsontext.Append(append(b, `,"model":`...), t.Model)
	b = jsontext.Append(append(b, `,"version":`...), t.Version)
	b = jsontext.Append(append(b, `,"resourceKind":`...), string(kindOf(t)))
	b = jsontext.Append(append(b, `,"resourceClass":`...), string(classOf(t)))
	return appendExtensions(b, &t.Header)
}

// kindOf and classOf show what a backend left open as UNDEFINED.
func kindOf(t *o2.ResourceType) o2.ResourceKind {
	if t.ResourceKind == "" {
		return o2.ResourceKindUndefined
	}
	return t.ResourceKind
}

func classOf(t *o2.ResourceType) o2.ResourceClass {
	if t.ResourceClass == "" {
		return o2.ResourceClassUndefined
	}
	return t.ResourceClass
}

func appendNames(b []byte, h *o2.Header) []byte {
	b = jsontext.Append(append(b, `,"name":`...), h.Name)
	return jsontext.Append(append(b, `,"description":`...), h.Description)
}

// appendOptional appends name, which holds comma, quotes and colon, and value,
// or nothing if there is no value.
func appendOptional(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return jsontext.Append(append(b, name...), value)
}

func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.Append(b, s)
	}
	return append(b, ']')
}

func appendObject(b []byte, o o2.JSON) []byte {
	if o == "" {
		return append(b, '{', '}')
	}
	return append(b, o...)
}

// appendExtensions ends the object.
func appendExtensions(b []byte, h *o2.Header) []byte {
	b = append(b, `,"extensions":`...)
	return append(appendMerged(b, h.Extensions, h.Volatile), '}')
}
