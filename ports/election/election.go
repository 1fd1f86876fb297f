// Package election is the driven port that makes one controller the leader.
//
// It is an election, not a proof: two may believe that they lead for a moment.
// The event log's fence decides whose writes count.
package election

import "context"

// Election is one candidate's part in an election. Campaign is called once at a
// time.
type Election interface {
	// Campaign seeks leadership until ctx ends, and again after each loss. Each
	// time it is won, lead is called with a context that ends when ctx does or
	// when leadership is lost, which is before anyone else can win it. Campaign
	// waits for lead to return, then gives leadership back if it still has it, so
	// that another can win within a second. If lead returns by itself, leadership
	// is given back as well and sought again after a pause. It returns ctx.Err().
	Campaign(ctx context.Context, lead func(ctx context.Context)) error
}
