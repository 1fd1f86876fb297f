package problem

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// TestQuotasAreNamed: which quota, what it is and what is in use, in its own unit.
func TestQuotasAreNamed(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"cores": {
			&quota.ExceededError{Quota: "maxCpuCores", Limit: 8000, Used: 7500, Wanted: 1000},
			`"detail":"the tenant's quota maxCpuCores is 8, of which 7.5 are in use: 1 more cannot be had",` +
				`"additionalAttributes":{"limit":8,"quota":"maxCpuCores","used":7.5}`,
		},
		"memory": {
			&quota.ExceededError{Quota: "maxMemoryGb", Limit: 4 << 30, Used: 4 << 30, Wanted: 1 << 29},
			`"detail":"the tenant's quota maxMemoryGb is 4, of which 4 are in use: 0.5 more cannot be had",` +
				`"additionalAttributes":{"limit":4,"quota":"maxMemoryGb","used":4}`,
		},
		"subscriptions": {
			&subscriptionstore.LimitError{Tenant: true, Limit: 2, Used: 3},
			`"detail":"the tenant has 3 subscriptions, and its limit is 2: delete some first",` +
				`"additionalAttributes":{"limit":2,"quota":"maxSubscriptions","used":3}`,
		},
		"subscriptions that the store did not count": {
			&subscriptionstore.LimitError{Tenant: true, Limit: 2},
			`"detail":"the tenant has 2 subscriptions, which is its limit: delete some first",` +
				`"additionalAttributes":{"limit":2,"quota":"maxSubscriptions","used":2}`,
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
