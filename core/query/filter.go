package query

import "github.com/netweave/netweave/core/o2"

// Limits bounds what a caller may ask. A zero field means its default.
type Limits struct {
	// MaxLength bounds a filter's or selector's text in bytes (default 8192).
	MaxLength int
	// MaxConditions bounds a filter's conditions (default 32).
	MaxConditions int
	// MaxValues bounds one condition's values (default 100).
	MaxValues int
}

// Filter is a conjunction of conditions on one data type.
type Filter struct{}

// ParseFilter reads the values of every filter parameter; all must hold. No
// expression, or only empty ones, gives nil: every object.
func ParseFilter(s *Schema, expressions []string, limits Limits) (*Filter, error) { return nil, nil }

// Match reports whether o, of the schema's kind, satisfies every condition.
// A nil Filter matches all.
func (f *Filter) Match(o o2.Object) bool { return true }

// String returns the filter in canonical form: equal filters, equal strings.
func (f *Filter) String() string { return "" }
