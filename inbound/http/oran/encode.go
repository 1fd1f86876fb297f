package oran

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/ports/ocloud"
)

// AppendDeploymentManager appends a deployment manager, which is alike in all
// versions.
func AppendDeploymentManager(b []byte, d *o2.DeploymentManager, atlas ocloud.Atlas) []byte {
	b = jsontext.Append(append(b, `{"deploymentManagerId":`...), string(d.ID))
	b = nouns.AppendNames(b, &d.Header)
	b = jsontext.Append(append(b, `,"oCloudId":`...), string(atlas.OCloudOf(d.OCloudID)))
	b = jsontext.Append(append(b, `,"serviceUri":`...), d.ServiceURI)
	b = nouns.AppendTexts(append(b, `,"supportedLocations":`...), d.SupportedLocations)
	b = nouns.AppendObject(append(b, `,"capabilities":`...), d.Capabilities)
	b = nouns.AppendObject(append(b, `,"capacity":`...), d.Capacity)
	return nouns.AppendExtensions(b, &d.Header)
}

// AppendResourceType begins a resource type, with all that is alike in all
// versions but the extensions.
func AppendResourceType(b []byte, t *o2.ResourceType) []byte {
	b = jsontext.Append(append(b, `{"resourceTypeId":`...), string(t.ID))
	b = nouns.AppendNames(b, &t.Header)
	b = jsontext.Append(append(b, `,"vendor":`...), t.Vendor)
	b = jsontext.Append(append(b, `,"model":`...), t.Model)
	b = jsontext.Append(append(b, `,"version":`...), t.Version)
	b = jsontext.Append(append(b, `,"resourceKind":`...), string(nouns.KindOf(t)))
	return jsontext.Append(append(b, `,"resourceClass":`...), string(nouns.ClassOf(t)))
}

// AppendResource begins a resource, with all that is alike in all versions but the
// extensions. Nothing is embedded in it: a part names what it is a part of.
func AppendResource(b []byte, r *o2.Resource) []byte {
	b = jsontext.Append(append(b, `{"resourceId":`...), string(r.ID))
	b = jsontext.Append(append(b, `,"resourceTypeId":`...), reference(r.ResourceTypeID))
	b = jsontext.Append(append(b, `,"resourcePoolId":`...), reference(r.ResourcePoolID))
	b = jsontext.Append(append(b, `,"description":`...), describe(&r.Header))
	b = jsontext.Append(append(b, `,"globalAssetId":`...), r.GlobalAssetID)
	b = nouns.AppendOptional(b, `,"parentId":`, string(r.ParentID))
	return append(b, `,"elements":[]`...)
}

// nilID stands for no id where there must be one (RFC 9562, 5.9).
const nilID = "00000000-0000-0000-0000-000000000000"

func reference(id o2.ID) string {
	if id == "" {
		return nilID
	}
	return string(id)
}

// describe is a resource's description, which has its name where the backend says
// no more: it is the only text for people that the standard gives a resource.
func describe(h *o2.Header) string {
	if h.Description == "" {
		return h.Name
	}
	return h.Description
}
