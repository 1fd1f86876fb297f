package oran

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/ports/ocloud"
)

// DeploymentManagerSchema is the deployment manager as filters and selectors see it.
func DeploymentManagerSchema(atlas ocloud.Atlas) *query.Schema {
	type object = *o2.DeploymentManager
	return query.NewSchema(o2.KindDeploymentManager.String(),
		nouns.ID("deploymentManagerId"), nouns.Name(), nouns.Description(),
		OCloudID(atlas, func(o object) string { return o.OCloudID }),
		nouns.Mandatory("serviceUri", func(o object) string { return o.ServiceURI }),
		nouns.Texts("supportedLocations", func(o object) []string { return o.SupportedLocations }),
		nouns.Object("capabilities", func(o object) o2.JSON { return o.Capabilities }),
		nouns.Object("capacity", func(o object) o2.JSON { return o.Capacity }),
		OmittedByDefault(nouns.Extensions()),
	)
}

// ResourceTypeAttributes are those that AppendResourceType shows.
func ResourceTypeAttributes() []query.Attribute {
	type object = *o2.ResourceType
	return []query.Attribute{
		nouns.ID("resourceTypeId"), nouns.Name(), nouns.Description(),
		nouns.Mandatory("vendor", func(o object) string { return o.Vendor }),
		nouns.Mandatory("model", func(o object) string { return o.Model }),
		nouns.Mandatory("version", func(o object) string { return o.Version }),
		nouns.Mandatory("resourceKind", func(o object) string { return string(nouns.KindOf(o)) }),
		nouns.Mandatory("resourceClass", func(o object) string { return string(nouns.ClassOf(o)) }),
	}
}

// ResourceAttributes are those that AppendResource shows; assetMandatory says
// whether globalAssetId is a mandatory one.
func ResourceAttributes(assetMandatory bool) []query.Attribute {
	type object = *o2.Resource
	asset := nouns.Mandatory("globalAssetId", func(o object) string { return o.GlobalAssetID })
	asset.Mandatory = assetMandatory
	return []query.Attribute{
		nouns.ID("resourceId"),
		nouns.Reference("resourceTypeId", query.ByType, true, func(o object) o2.ID { return o.ResourceTypeID }),
		nouns.Reference("resourcePoolId", query.ByPool, true, func(o object) o2.ID { return o.ResourcePoolID }),
		nouns.Mandatory("description", func(o object) string { return describe(&o.Header) }),
		asset,
		nouns.Reference("parentId", query.NoIndex, false, func(o object) o2.ID { return o.ParentID }),
		nouns.Object("elements", func(object) o2.JSON { return "[]" }),
	}
}

// OCloudID is the attribute oCloudId.
func OCloudID[T any](atlas ocloud.Atlas, get func(T) string) query.Attribute {
	return nouns.Reference("oCloudId", query.NoIndex, true, func(o T) o2.ID { return atlas.OCloudOf(get(o)) })
}

// Shown is an optional text that is shown even where it is "".
func Shown[T any](name string, get func(T) string) query.Attribute {
	a := nouns.Mandatory(name, get)
	a.Mandatory = false
	return a
}

// OmittedByDefault has an attribute shown only to who asks for it.
func OmittedByDefault(a query.Attribute) query.Attribute {
	a.OmittedByDefault = true
	return a
}
