package query

// SelectorParams are a request's selector parameters as they came. A nil slice
// means that the parameter was not given.
type SelectorParams struct {
	AllFields, ExcludeDefault bool
	Fields, ExcludeFields     []string
}

// Selector cuts an object's encoding down to what the caller asked for.
type Selector struct{}

// ParseSelector checks the parameters against the schema.
func ParseSelector(s *Schema, p SelectorParams, limits Limits) (*Selector, error) { return nil, nil }

// Whole reports whether the selector leaves every encoding as it is. A nil
// Selector is whole.
func (s *Selector) Whole() bool { return true }

// Apply appends the selected part of object, one encoded JSON object, to dst.
func (s *Selector) Apply(dst, object []byte) []byte { return append(dst, object...) }

// String returns the selector in canonical form.
func (s *Selector) String() string { return "" }
