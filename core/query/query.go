// Package query is the small language of the API: filters (ETSI GS NFV-SOL 013,
// section 5.2), selectors (5.3) and paging, over whatever data type an API
// family shows.
//
// A family describes its data types as Schemas, in its own attribute names.
// Parsing checks everything against the schema and the Limits; what it returns
// cannot fail later. Everything that Parse... and Decode... return as an error
// is *Error, whose text tells the caller what was wrong and what would be right.
// All types are immutable once made and safe to share.
package query

import "fmt"

// Error is a caller's mistake in a query.
type Error struct {
	// Parameter is the query parameter at fault, for example "filter".
	Parameter string
	// Reason says what is wrong and what would be right.
	Reason string
}

// Error returns "<parameter>: <reason>".
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Parameter, e.Reason) }
