package backend

// The keys of tags that are netweave's own; docs and other plugins use the same.
// They are shown as what they mean, and not among aws.tags.
const (
	ownKeys           = "o2ims.oran.org/"
	tenantKey         = ownKeys + "tenant"
	descriptionKey    = ownKeys + "description"
	tagsKey           = ownKeys + "tags"
	globalAssetKey    = ownKeys + "global-asset-id"
	globalLocationKey = ownKeys + "global-location-id"
	// extensionsKey holds the extensions that a caller gave, as JSON.
	extensionsKey = ownKeys + "extensions"
	// nameKey is where AWS's console looks for an instance's name, and systemKeys
	// begin the tags that are AWS's own.
	nameKey    = "Name"
	systemKeys = "aws:"
)

// The extensions that mean something to the plugin.
const (
	// reserved is the prefix of what AWS reports.
	reserved = "aws."

	typeExtension = "type"
	cloud         = "cloud" // what everything here is
	minExt        = reserved + "minSize"
	maxExt        = reserved + "maxSize"
	desiredExt    = reserved + "desiredCapacity"
	templateExt   = reserved + "launchTemplate"
	subnetsExt    = reserved + "subnets"
	zonesExt      = reserved + "availabilityZones"
	instancesExt  = reserved + "instances"
	suspendedExt  = reserved + "suspendedProcesses"
	tagsExt       = reserved + "tags"
	maxTag        = 256 // characters of a tag's value
	maxName       = 255 // characters of a group's name
)
