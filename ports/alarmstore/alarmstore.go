// Package alarmstore is the driven port to where alarm event records are kept:
// shared by all processes of a gateway, and still there after a restart.
//
// Errors are those of package store: store.ErrStale if what a change was based on
// is no longer so, store.ErrUnconfirmed if a write is not known to be safe. All
// methods are safe for concurrent use. A write announces itself on bus.Alarms, in
// every process.
package alarmstore

import (
	"context"

	"github.com/netweave/netweave/core/o2"
)

// Record is one alarm with the version of it that is kept.
type Record struct {
	// Version is 0 for one that is not kept yet; each write of the record draws a
	// greater one from one counter for all records.
	Version uint64
	Alarm   *o2.Alarm
}

// Change is one record's: put in place of the version Record.Version (0: there is
// to be none), or, where Delete is set, removed if it still is of that version.
type Change struct {
	Record
	Delete bool
}

// Contents are all records at one moment.
type Contents struct {
	// Sequence grows with every write.
	Sequence uint64
	// Incarnation is another once the store was created or restored, so that a
	// Sequence of before means nothing.
	Incarnation o2.ID
	Records     []Record // by id
}

// Configuration is the alarm service's, as kept: the core's own JSON.
type Configuration struct {
	// Version as in Record; 0 if none is kept.
	Version uint64
	JSON    []byte
}

// Store keeps alarms.
type Store interface {
	// All returns every record.
	All(ctx context.Context) (Contents, error)
	// Sequence returns the present Contents' Sequence and Incarnation, cheaply.
	Sequence(ctx context.Context) (uint64, o2.ID, error)
	// Apply makes all changes, each by itself: it returns, in their order, the
	// records as they are kept now (Alarm nil where it is gone) and whether each
	// change was made. One that is based on another version is not made.
	Apply(ctx context.Context, changes []Change) (now []Record, made []bool, err error)

	// Configuration returns what PutConfiguration kept, the zero Configuration if
	// nothing.
	Configuration(ctx context.Context) (Configuration, error)
	// PutConfiguration keeps c.JSON in place of version c.Version; store.ErrStale if
	// it is another's.
	PutConfiguration(ctx context.Context, c Configuration) (Configuration, error)
}
