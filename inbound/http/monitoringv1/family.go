package monitoringv1

import (
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/subscription"
)

// Surface is the family's name in o2.Subscription.Surface.
const Surface = "o-ran/monitoring/v1"

// Family returns what the core needs for the subscriptions made under this API.
// externalURL is as in Config; "" makes objectRef a path. globalCloudID is the
// O-Cloud's.
func Family(externalURL string, globalCloudID o2.ID) subscription.Family {
	n := notifier{base: strings.TrimSuffix(externalURL, "/") + Base, cloud: globalCloudID}
	return subscription.Family{
		Surface:     Surface,
		Compile:     compileEventFilter,
		ContentType: "application/json",
		Encode:      n.encode,
	}
}
