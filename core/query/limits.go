package query

// Limits bounds what a caller may ask. A zero field means its default.
type Limits struct {
	// MaxLength bounds a filter's or selector's text in bytes (default 8192).
	MaxLength int
	// MaxConditions bounds a filter's conditions (default 32).
	MaxConditions int
	// MaxValues bounds one condition's values, and a selector's paths
	// (default 100).
	MaxValues int
}

func (l Limits) withDefaults() Limits {
	if l.MaxLength == 0 {
		l.MaxLength = 8192
	}
	if l.MaxConditions == 0 {
		l.MaxConditions = 32
	}
	if l.MaxValues == 0 {
		l.MaxValues = 100
	}
	return l
}
