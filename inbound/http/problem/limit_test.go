package problem

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/ports/subscriptionstore"
)

// TestLimitsAreNamed: which quota, what it is and what is in use.
func TestLimitsAreNamed(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"subscriptions": {
			&subscriptionstore.LimitError{Tenant: true, Limit: 2, Used: 3},
			`"detail":"the tenant has 3 subscriptions, and its limit is 2: delete some first",` +
				`"additionalAttributes":{"limit":2,"quota":"maxSubscriptions","used":3,"wanted":1}`,
		},
		"subscriptions that the store did not count": {
			&subscriptionstore.LimitError{Tenant: true, Limit: 2},
			`"detail":"the tenant has 2 subscriptions, which is its limit: delete some first",` +
				`"additionalAttributes":{"limit":2,"quota":"maxSubscriptions","used":2,"wanted":1}`,
		},
		"everyone's subscriptions": {
			&subscriptionstore.LimitError{Limit: 1234},
			`"detail":"the gateway takes no more subscriptions, whosever they are: ask those who run it"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, known := Of(fmt.Errorf("storing: %w", tt.err))
			want := `{"type":"about:blank","title":"Too Many Requests","status":429,` + tt.want + "}\n"
			if got := string(p.Encode()); got != want || !known {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
