// Package audit is the driven port to the audit log: records that are added and
// never changed, each writer's chained by hashes, so that one that is missing or
// altered is found. What a record holds and how it is hashed is the core's
// business.
//
// Errors are those of package store, wrapped. All methods are safe for concurrent
// use.
package audit

import (
	"context"
	"time"
)

// Link is a place in a writer's chain.
type Link struct {
	// Number counts the writer's records from 1; 0 is before the first.
	Number uint64
	// Hash is the record's, in hexadecimal; "" before the first.
	Hash string
}

// Record is one entry as it is kept.
type Record struct {
	// Writer is the process that wrote it. Its names are unlike any other's.
	Writer string
	Link
	// Previous is the hash of the record before.
	Previous string
	// At is in UTC, in milliseconds.
	At time.Time
	// Tenant is whose record it is, for queries; scope.PlatformTenant for the
	// platform's.
	Tenant string
	// Data is a JSON object.
	Data []byte
}

// Chain is what is kept of one writer's records.
type Chain struct {
	Writer string
	// Anchor is the last record that was purged, Head the last that was added.
	Anchor, Head Link
	// LastAt is the head's time.
	LastAt time.Time
}

// Cursor is a place in the order in which Query returns records.
type Cursor struct {
	At     time.Time
	Writer string
	Number uint64
}

// Query selects records. A zero field selects all.
type Query struct {
	Tenant string
	// From is inclusive, Until is not.
	From, Until time.Time
	// Before starts behind that place.
	Before Cursor
	// Limit is the greatest number of records, at least 1.
	Limit int
}

// Store keeps records.
type Store interface {
	// Append adds records of one writer, which follow its chain's head and each
	// other, all or none: store.ErrStale if the head is another.
	Append(ctx context.Context, records []Record) error
	// Query returns records, the latest first: by At, then writer, then Number, each
	// the greatest first.
	Query(ctx context.Context, q Query) ([]Record, error)
	// Chains returns every writer's chain, by writer.
	Chains(ctx context.Context) ([]Chain, error)
	// Walk calls fn with the records of a writer behind number after, in order,
	// until fn fails or there are no more. fn may use the store.
	Walk(ctx context.Context, writer string, after uint64, fn func(Record) error) error
	// Purge removes what is older than before, at most limit records, and moves the
	// anchors of their chains. It returns how many. A chain of which nothing is left
	// keeps its anchor; of one whose clock went back, what stands behind a record that
	// stays, stays.
	Purge(ctx context.Context, before time.Time, limit int) (int, error)
}
