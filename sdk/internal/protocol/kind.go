package protocol

import pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"

// WireKind is the message's name for an sdk.Kind; KIND_UNSPECIFIED if it is none.
func WireKind[K ~string](k K) pluginv1.Kind {
	switch k {
	case "DeploymentManager":
		return pluginv1.Kind_KIND_DEPLOYMENT_MANAGER
	case "ResourcePool":
		return pluginv1.Kind_KIND_RESOURCE_POOL
	case "Resource":
		return pluginv1.Kind_KIND_RESOURCE
	case "ResourceType":
		return pluginv1.Kind_KIND_RESOURCE_TYPE
	default:
		return pluginv1.Kind_KIND_UNSPECIFIED
	}
}

// KindOf is the sdk.Kind that a message names; "" for one that this version
// does not know.
func KindOf[K ~string](k pluginv1.Kind) K {
	switch k {
	case pluginv1.Kind_KIND_DEPLOYMENT_MANAGER:
		return "DeploymentManager"
	case pluginv1.Kind_KIND_RESOURCE_POOL:
		return "ResourcePool"
	case pluginv1.Kind_KIND_RESOURCE:
		return "Resource"
	case pluginv1.Kind_KIND_RESOURCE_TYPE:
		return "ResourceType"
	default:
		return ""
	}
}
