package problem

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

func TestTenancyAndQuotas(t *testing.T) {
	const about = `{"type":"about:blank","title":`
	for _, tt := range []struct {
		err  error
		want string
	}{
		{
			fmt.Errorf("reserving: %w", &quota.ExceededError{Quota: "maxResources", Limit: 10, Used: 10, Wanted: 1}),
			`"Too Many Requests","status":429,"detail":"the tenant's quota maxResources is 10, of which 10 are in use: 1 more cannot be had",` +
				`"additionalAttributes":{"limit":10,"quota":"maxResources","used":10,"wanted":1}}`,
		},
		{
			&quota.ExceededError{Quota: "maxCpuCores", Limit: 8000, Used: 6500, Wanted: 2000},
			`"Too Many Requests","status":429,"detail":"the tenant's quota maxCpuCores is 8, of which 6.5 are in use: 2 more cannot be had",` +
				`"additionalAttributes":{"limit":8,"quota":"maxCpuCores","used":6.5,"wanted":2}}`,
		},
		{
			&quota.ExceededError{Quota: "maxMemoryGb", Limit: 1 << 30, Used: 0, Wanted: 3 << 29},
			`"Too Many Requests","status":429,"detail":"the tenant's quota maxMemoryGb is 1, of which 0 are in use: 1.5 more cannot be had",` +
				`"additionalAttributes":{"limit":1,"quota":"maxMemoryGb","used":0,"wanted":1.5}}`,
		},
		{tenancy.ErrNotFound, `"Not Found","status":404,"detail":"there is no such object"}`},
		{tenancy.ErrNotAdmitted, `"Forbidden","status":403,"detail":"the tenant or user is not admitted"}`},
		{tenancy.ErrImmutable, `"Forbidden","status":403,"detail":"cannot be changed here"}`},
		{tenancy.ErrEscalation, `"Forbidden","status":403,"detail":"nobody grants what they do not hold"}`},
		{tenancy.ErrInUse, `"Conflict","status":409,"detail":"is in use"}`},
		{
			fmt.Errorf("the tenant has 500 roles: %w", tenancy.ErrLimit),
			`"Too Many Requests","status":429,"detail":"the tenant has 500 roles: more there cannot be: delete some first"}`,
		},
		{tenancystore.ErrExists, `"Conflict","status":409,"detail":"it exists already: read, change or delete what is there"}`},
		{tenancystore.ErrConflict, `"Conflict","status":409,"detail":"it was changed meanwhile: read it again and repeat the change"}`},
	} {
		p, known := Of(tt.err)
		if got := string(p.Encode()); !known || got != about+tt.want+"\n" {
			t.Errorf("%v: known: %v\ngot  %s\nwant %s", tt.err, known, got, about+tt.want)
		}
	}
}
