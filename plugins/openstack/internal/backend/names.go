package backend

// The keys of metadata that are netweave's own, shown as what they mean. Nova
// allows no slash in a key, so that a colon stands where others have it.
const (
	ownKeys           = "o2ims.oran.org:"
	tenantKey         = ownKeys + "tenant"
	nameKey           = ownKeys + "name"
	descriptionKey    = ownKeys + "description"
	globalAssetKey    = ownKeys + "global-asset-id"
	globalLocationKey = ownKeys + "global-location-id"
	// poolKey is the pool that a server was created in.
	poolKey = ownKeys + "pool"
	// extensionsKey holds the extensions that a caller gave, as JSON.
	extensionsKey = ownKeys + "extensions"
	// zoneKey is where Nova itself keeps an aggregate's availability zone.
	zoneKey = "availability_zone"
)

// The extensions that mean something to the plugin.
const (
	// reserved is the prefix of what OpenStack reports.
	reserved = "openstack."

	typeExt      = "type"
	privateCloud = "private-cloud" // what everything here is

	hostsExt    = reserved + "hosts"
	zoneExt     = reserved + "availabilityZone"
	metadataExt = reserved + "metadata"
	updatedExt  = reserved + "updatedAt"

	imageExt    = reserved + "image"
	networksExt = reserved + "networks"
	keyNameExt  = reserved + "keyName"
	hostExt     = reserved + "host"
	userDataExt = reserved + "userData"
)

// Native ids that are not Nova's own; no flavor can have one with a colon.
const (
	hypervisorType = "openstack:hypervisor"
	// serverType is that of servers whose flavor is gone.
	serverType = "openstack:server"
	// zonePrefix begins the id of the pool of hosts that are in no aggregate.
	zonePrefix   = "zone:"
	regionPrefix = "region:"
)

// maxValue is the longest value that Nova keeps in metadata.
const maxValue = 255
