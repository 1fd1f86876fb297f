// Package tenancystore is the driven port to what is known of tenants: tenants,
// users, roles and role bindings, each a Record. What a record holds is the
// core's business; the store keeps it under its key, and tells when anything has
// changed. Any process writes; each write renews the epoch no later than it is
// confirmed.
//
// Errors are those of package store, wrapped, and those here. All methods are
// safe for concurrent use.
package tenancystore

import (
	"context"
	"errors"

	"github.com/netweave/netweave/ports/store"
)

var (
	// ErrExists means that there is a record under the key.
	ErrExists = errors.New("it exists already")
	// ErrConflict means that the record was changed by somebody else meanwhile.
	ErrConflict = errors.New("it was changed meanwhile")
)

// Kind is what a record describes.
type Kind string

// The kinds of records. A store may keep each in a form of its own.
const (
	KindTenant      Kind = "tenant"
	KindUser        Kind = "user"
	KindRole        Kind = "role"
	KindRoleBinding Kind = "rolebinding"
)

// Key names a record.
type Key struct {
	Kind Kind
	// Tenant is whose it is: the tenant itself for KindTenant, "" for a role of
	// every tenant's.
	Tenant string
	// Name is "" for KindTenant, the user's id, the role's name, or for
	// KindRoleBinding the user's id, a slash, and the role's name.
	Name string
}

// Record is one thing that is kept. It is never changed once given or returned.
type Record struct {
	Key
	// Version is 1 at first and one more with every change.
	Version uint64
	// Data is a JSON object. Its members are those of the core's records of that
	// kind (core/o2: EncodeTenant and its like), for stores that show them.
	Data []byte
}

// Store keeps records.
type Store interface {
	// Put stores r. Version 1 is a new record: ErrExists if there is one, unless
	// it has the same Data and was never confirmed, which this confirms. A later
	// one replaces the record whose Version is one less: ErrConflict if it has
	// another, store.ErrNotFound if there is none. store.ErrUnconfirmed; the same
	// again then completes it.
	Put(ctx context.Context, r Record) error
	// Delete removes the record, whatever its version; store.ErrNotFound if there
	// is none. Unconfirmed, the same again confirms it, and is store.ErrNotFound.
	Delete(ctx context.Context, k Key) error
	// Get returns a record; store.ErrNotFound if there is none.
	Get(ctx context.Context, k Key) (Record, error)
	// All returns every record, in no order, and an epoch that was in force before
	// the first was read.
	All(ctx context.Context) ([]Record, store.Token, error)
	// Epoch returns the epoch in force. It is cheap: every process asks about once
	// a second.
	Epoch(ctx context.Context) (store.Token, error)
}
