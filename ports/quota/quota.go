// Package quota is the driven port that counts what tenants have, so that no two
// requests at once take more than is left.
//
// What a tenant has is its used amounts, which the view's counts correct from
// time to time, and what is reserved by requests under way. Subscriptions are
// counted by their own store (subscriptionstore.Limits), and not here.
//
// Errors are those of package store, wrapped, and *ExceededError. All methods are
// safe for concurrent use.
package quota

import (
	"context"
	"fmt"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

// ExceededError means that a quota leaves no room.
type ExceededError struct {
	// Quota is one of o2.QuotaNames. Limit, Used (reserved included) and Wanted
	// are in the units of o2.Amounts.
	Quota               string
	Limit, Used, Wanted int64
}

// Error names quota, limit and use, in the quota's own units.
func (e *ExceededError) Error() string {
	unit := func(n int64) string { return o2.QuotaText(e.Quota, n) }
	return fmt.Sprintf("the tenant's quota %s is %s, of which %s are in use: %s more cannot be had",
		e.Quota, unit(e.Limit), unit(e.Used), unit(e.Wanted))
}

// Usage is what a tenant has.
type Usage struct {
	Used, Reserved o2.Amounts
	// Version is new with every Reserve, Settle, Release and Add.
	Version store.Token
}

// Store counts.
type Store interface {
	// Reserve takes wanted from what limits leave of a tenant's, in one step, or
	// nothing: *ExceededError. The reservation ends by itself after hold.
	Reserve(ctx context.Context, tenant string, wanted o2.Amounts, limits o2.Quotas, hold time.Duration) (store.Token, error)
	// Settle ends a reservation and adds to what is used what was really taken. It
	// does so even if the reservation has ended by itself. The same reservation
	// again changes nothing more, for as long as hold was.
	Settle(ctx context.Context, tenant string, reservation store.Token, taken o2.Amounts) error
	// Release ends a reservation of which nothing was taken; one that has ended is
	// no error.
	Release(ctx context.Context, tenant string, reservation store.Token) error
	// Add adds to what is used without asking; negative amounts give back. Nothing
	// falls below 0.
	Add(ctx context.Context, tenant string, delta o2.Amounts) error
	// Usage returns what a tenant has: zero for one that the store does not know.
	Usage(ctx context.Context, tenant string) (Usage, error)
	// Reconcile sets what is used to what was counted, if the version still is
	// that and nothing is reserved; else it is store.ErrStale. A tenant that the store
	// does not know has the version "".
	Reconcile(ctx context.Context, tenant string, counted o2.Amounts, version store.Token) error
}
