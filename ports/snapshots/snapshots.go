// Package snapshots is the driven port to the shared copies of backends that
// cannot watch: one controller polls, everyone reads.
package snapshots

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

// Snapshot is all that a backend said in one listing that ran to its end.
type Snapshot struct {
	Backend string
	// Version is the store's and grows by one with every snapshot of the backend.
	Version uint64
	// Kinds is what the listing covers.
	Kinds o2.KindSet
	// Began is when the listing began.
	Began   time.Time
	Objects []o2.Object
}

// Store keeps the latest snapshot of each backend. All methods are safe for
// concurrent use.
type Store interface {
	// Publish replaces the backend's snapshot, if fence still leads (see
	// eventlog.Guard); else store.ErrFenced.
	Publish(ctx context.Context, fence store.Token, s Snapshot) error
	// Latest returns the backend's snapshot if it is later than version; ok is
	// false if it is not, or there is none.
	Latest(ctx context.Context, backend string, version uint64) (s Snapshot, ok bool, err error)
}
