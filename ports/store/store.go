// Package store holds what the driven ports to a store have in common: its
// errors, and the tokens that guard writes.
//
// A store is one embedded file or one Redis; eventlog, subscriptionstore,
// assignment, election, bus, snapshots, idempotency, tenancystore, audit, quota and
// ratelimit are parts of it.
package store

import "errors"

var (
	// ErrUnavailable means that the store cannot be reached, or is not fit to be
	// used: the text says why. Nothing is known of whether a write happened.
	ErrUnavailable = errors.New("the store is unavailable")
	// ErrUnconfirmed means that a write was made and is not known to survive a
	// failover: too few replicas confirmed it in time, or another master may be in
	// the making. The same call again completes it.
	ErrUnconfirmed = errors.New("the store has not confirmed the write on enough replicas")
	// ErrFenced means that somebody else has taken over what the caller held.
	ErrFenced = errors.New("somebody else has taken over")
	// ErrStale means that what the caller believes of the store no longer holds:
	// nothing was changed; the caller is to read again.
	ErrStale = errors.New("the store has changed meanwhile")
	// ErrNotFound means that there is no such thing.
	ErrNotFound = errors.New("not found")
)

// Token is compared for equality alone. No two are ever the same, not even when
// a failover has lost the first one.
type Token string
