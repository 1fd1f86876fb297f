package problem

import (
	"net/http"

	"github.com/netweave/netweave/ports/subscriptionstore"
)

// ofLimit tells a tenant of its own limit on subscriptions, by the quota's name,
// and nothing of how many others have.
func ofLimit(err *subscriptionstore.LimitError) Problem {
	if !err.Tenant {
		return Problem{
			Status: http.StatusTooManyRequests,
			Detail: "the gateway takes no more subscriptions, whosever they are: ask those who run it",
		}
	}
	return Problem{
		Status: http.StatusTooManyRequests, Detail: err.Error() + ": delete some first",
		Additional: map[string]any{
			"quota": "maxSubscriptions", "limit": err.Limit, "used": max(err.Used, err.Limit), "wanted": 1,
		},
	}
}
