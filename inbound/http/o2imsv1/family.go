package o2imsv1

import (
	"strings"

	"github.com/netweave/netweave/inbound/http/eventfilter"
	"github.com/netweave/netweave/ports/subscription"
)

// Surface is the family's name in o2.Subscription.Surface.
const Surface = "o2ims/v1"

// events compiles subscriptions' filters. Capacity is no state.
var events = eventfilter.New(schemas, "capacity")

// Family returns what the core needs for the subscriptions made under this API.
// externalURL is as in Config; "" makes objectRef a path.
func Family(externalURL string) subscription.Family {
	n := notifier{base: strings.TrimSuffix(externalURL, "/") + Base}
	return subscription.Family{
		Surface:     Surface,
		Compile:     events.Compile,
		ContentType: "application/json",
		Encode:      n.encode,
	}
}
