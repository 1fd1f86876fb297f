package inventoryv1

import (
	"strings"

	"github.com/netweave/netweave/inbound/http/eventfilter"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/ports/subscription"
)

// Surface is the family's name in o2.Subscription.Surface.
const Surface = "o-ran/inventory/v1"

// events compiles subscriptions' filters. Capacity is no state.
var events = eventfilter.New(schemas, "capacity")

// Family returns what the core needs for the subscriptions made under this API.
// externalURL is as in Config; "" makes objectRef a path.
func Family(externalURL string) subscription.Family {
	return oran.Family(Surface, strings.TrimSuffix(externalURL, "/")+Base, events, Project)
}
