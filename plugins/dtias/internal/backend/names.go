package backend

// The keys of metadata that are netweave's own; docs and other plugins use the
// same. They are shown as what they mean, and not among dtias.metadata.
const (
	ownKeys           = "o2ims.oran.org/"
	tenantKey         = ownKeys + "tenant"
	descriptionKey    = ownKeys + "description"
	tagsKey           = ownKeys + "tags"
	globalAssetKey    = ownKeys + "global-asset-id"
	globalLocationKey = ownKeys + "global-location-id"
	// extensionsKey holds the extensions that a caller gave, as JSON.
	extensionsKey = ownKeys + "extensions"
)

// The extensions that mean something to the plugin.
const (
	// reserved is the prefix of what DTIAS reports.
	reserved = "dtias."

	typeExtension     = "type"
	bareMetal         = "bare-metal" // what everything here is
	groupTypeExt      = reserved + "resourceGroupType"
	stateExt          = reserved + "provisioningState"
	countExt          = reserved + "bareMetalCount"
	availableExt      = reserved + "availableServers"
	updatedExt        = reserved + "updatedAt"
	metadataExt       = reserved + "metadata"
	replicasExt       = "replicas"
	operatingSystem   = "operatingSystem"
	networkConfigName = "networkConfig"
)

// anyServerType is the type of servers whose own is not among the server types.
const anyServerType = "dtias-server"
