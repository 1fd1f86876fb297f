// Package alarmstore is the driven port to where alarm event records are kept:
// shared by all processes of a gateway, and still there after a restart.
//
// Errors are those of package store: store.ErrStale if what a change was based on
// is no longer so, store.ErrUnconfirmed if a write is not known to be safe; the
// same again then completes it. All methods are safe for concurrent use. A write
// announces itself on bus.Alarms, in every process.
package alarmstore

import (
	"context"

	"github.com/netweave/netweave/core/o2"
)

// Record is one alarm with the version of it that is kept.
type Record struct {
	// Version is 0 for one that is not kept yet; each write of a record draws a
	// greater one from one counter for all records.
	Version uint64
	// Alarm as a store returns it is sealed, and its Revision is Version.
	Alarm *o2.Alarm
}

// Change is one record's: put in place of the version Record.Version (0: there is
// to be none), or, where Delete is set, removed if it still is of that version.
type Change struct {
	Record
	Delete bool
}

// Contents are what has changed since a moment, or all that there is.
type Contents struct {
	// Sequence grows with every write: it is the greatest Version drawn, or the
	// number that a deletion drew.
	Sequence uint64
	// Incarnation is another once the store was created or restored, so that a
	// Sequence of before means nothing.
	Incarnation o2.ID
	// Whole says that Records are all that there is.
	Whole bool
	// Records are by version.
	Records []Record
	// Gone are those that were removed; none if Whole.
	Gone []o2.ID
}

// Kept is how long, in writes, a store remembers what was removed: whoever reads
// what has changed since an earlier write is told all.
const Kept = 10_000

// Configuration is the alarm service's, as kept: the core's own JSON.
type Configuration struct {
	// Version as in Record; 0 if none is kept.
	Version uint64
	JSON    []byte
}

// Store keeps alarms.
type Store interface {
	// Read returns what has changed since the sequence number after, which a former
	// Read of the same incarnation returned, or Whole contents: in any case if after
	// is 0 or greater than the present one, or so long ago that what was removed since
	// is not known any more. What is written meanwhile may be among it, and is told
	// again.
	Read(ctx context.Context, after uint64) (Contents, error)
	// Sequence returns the present Contents' Sequence and Incarnation, cheaply.
	Sequence(ctx context.Context) (uint64, o2.ID, error)
	// Apply makes all changes, each by itself, of which no two are of one record: it
	// returns, in their order, the records as they are kept now (Alarm nil where it is
	// gone) and whether each change was made. One that is based on another version is
	// not made, unless what it would lead to is so already. After an error some may
	// have been made.
	Apply(ctx context.Context, changes []Change) (now []Record, made []bool, err error)

	// Configuration returns what PutConfiguration kept, the zero Configuration if
	// nothing.
	Configuration(ctx context.Context) (Configuration, error)
	// PutConfiguration keeps c.JSON in place of version c.Version; store.ErrStale if
	// it is another's, unless the same JSON is kept already.
	PutConfiguration(ctx context.Context, c Configuration) (Configuration, error)
}
