package query

import "github.com/netweave/netweave/core/o2"

// Position is where a page starts.
type Position struct {
	// After is the id behind which the page starts, "" for the beginning.
	After o2.ID
	// Page is the 1-based page number of an older client, 0 if After counts.
	Page int
}

// EncodeMarker makes the opaque marker of the page after an id. key stands for
// all that must be the same when the marker comes back: surface, path, filter,
// tenant.
func EncodeMarker(key string, after o2.ID) string { return "" }

// DecodeMarker reads a marker made under the same key, or a plain positive page
// number. A marker of another key is an *Error.
func DecodeMarker(key, marker string) (Position, error) { return Position{}, nil }
