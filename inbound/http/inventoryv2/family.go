package inventoryv2

import (
	"github.com/netweave/netweave/ports/ocloud"
	"github.com/netweave/netweave/ports/subscription"
)

// Surface is the family's name in o2.Subscription.Surface.
const Surface = "o-ran/inventory/v2"

// Family returns what the core needs for the subscriptions made under this API.
// externalURL is as in Config; "" makes objectRef a path.
func Family(externalURL string, atlas ocloud.Atlas) subscription.Family {
	return Model(atlas).Family(Surface, externalURL, Base)
}
