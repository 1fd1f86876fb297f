// Package subscriptionstore is the driven port to the subscriptions themselves.
// Any process writes them; each write renews the event log's epoch (see
// eventlog.Guard) no later than it is confirmed, so that nothing is committed
// past it in ignorance.
//
// Errors are those of package store, wrapped, and those here. All methods are
// safe for concurrent use.
package subscriptionstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

// ErrConflict means that the subscription was changed by somebody else meanwhile.
var ErrConflict = errors.New("the subscription was changed meanwhile")

// DuplicateError means that a subscription like it is there (o2.Subscription.Likeness).
type DuplicateError struct{ ID o2.ID }

// Error names the other subscription.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("subscription %s has the same callback, consumerSubscriptionId and filter", e.ID)
}

// LimitError means that there are as many as there may be.
type LimitError struct {
	// Tenant says that it is the tenant's own limit, else the whole gateway's.
	Tenant bool
	Limit  int
	// Used is how many there are, 0 if the store did not count beyond the limit.
	Used int
}

// Error tells whose limit it is.
func (e *LimitError) Error() string {
	switch {
	case e.Tenant && e.Used > 0 && e.Used != e.Limit, e.Tenant && e.Limit == 0:
		return fmt.Sprintf("the tenant has %d subscriptions, and its limit is %d", e.Used, e.Limit)
	case e.Tenant:
		return fmt.Sprintf("the tenant has %d subscriptions, which is its limit", e.Limit)
	}
	return fmt.Sprintf("there are %d subscriptions, which is the gateway's limit", e.Limit)
}

// Limits bound how many subscriptions there may be; 0 is no bound.
type Limits struct{ PerTenant, Total int }

// Store keeps subscriptions.
type Store interface {
	// Create stores s, whose ID, times and Version 1 are set, and returns what is
	// stored: s, or an earlier one like it whose write was never confirmed and now
	// is. *DuplicateError, *LimitError, store.ErrUnconfirmed.
	Create(ctx context.Context, s *o2.Subscription, l Limits) (*o2.Subscription, error)
	// Update replaces the subscription whose Version is one less than that of s.
	// ErrConflict if it has another, *DuplicateError if another one is like s,
	// store.ErrNotFound. Unconfirmed, the same again succeeds.
	Update(ctx context.Context, s *o2.Subscription) error
	// Delete removes one; store.ErrNotFound if there is none. Unconfirmed, the
	// same again confirms it, and is store.ErrNotFound.
	Delete(ctx context.Context, id o2.ID) error
	// Get returns one; store.ErrNotFound if there is none.
	Get(ctx context.Context, id o2.ID) (*o2.Subscription, error)
	// ListTenant returns a tenant's subscriptions by id.
	ListTenant(ctx context.Context, tenant string) ([]*o2.Subscription, error)
	// All returns every subscription by id, and an epoch that was in force before
	// the first was read.
	All(ctx context.Context) ([]*o2.Subscription, store.Token, error)
}
