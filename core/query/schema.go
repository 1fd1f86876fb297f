package query

import (
	"fmt"
	"strings"
)

// Type is how an attribute's values are read and compared.
type Type uint8

// The types of attribute.
const (
	// Text compares as strings.
	Text Type = iota
	// UUID compares case-insensitively.
	UUID
	// Texts is a list of strings; a condition holds if it holds for any of them.
	Texts
	// Time compares RFC 3339 times as instants.
	Time
	// JSON is an object, entered by further path steps; its leaves compare as
	// what they are.
	JSON
	// Number compares decimal numbers as numbers, however they are written.
	Number
	// Bool is "true" or "false", which are equal or not and nothing else.
	Bool
)

// Index names the index of a view that finds an attribute's equal values.
type Index uint8

// The indexes of a view.
const (
	NoIndex Index = iota
	ByID
	ByPool
	ByType
)

// Value is one attribute of one object. The field that the attribute's Type
// calls for is set, Text for all simple ones; Absent is true where the object has
// no such attribute.
type Value struct {
	Text  string
	Texts []string
	JSON  string
	// Over is an object too, "" for none: its members are added to those of JSON, and
	// where both have one, two objects are united and otherwise Over's is the one.
	Over   string
	Absent bool
}

// Attribute describes one top-level attribute of a data type.
type Attribute struct {
	// Name as the API spells it.
	Name string
	Type Type
	// Mandatory attributes that are simple (Text, UUID, Time, Number, Bool) are in
	// every answer.
	Mandatory bool
	// OmittedByDefault attributes need all_fields or to be named (SOL 013, exclude_default).
	OmittedByDefault bool
	// Index is the view's index for equality with this attribute.
	Index Index
	// Get reads the attribute from an object of the schema's data type.
	Get func(any) Value
}

// Schema is the list of a data type's attributes.
type Schema struct {
	name       string
	attributes []Attribute
	byName     map[string]int
	// byDefault leaves out what is omitted by default.
	byDefault *Selector
}

// NewSchema makes the schema of the data type of that name. It panics if two attributes share
// a name or one lacks Get: schemas are written in code.
func NewSchema(name string, attributes ...Attribute) *Schema {
	s := &Schema{name: name, attributes: attributes, byName: make(map[string]int, len(attributes))}
	for i, a := range attributes {
		if _, twice := s.byName[a.Name]; twice || a.Get == nil {
			panic(fmt.Sprintf("query: schema of %s: attribute %q is there twice or has no Get", name, a.Name))
		}
		s.byName[a.Name] = i
	}
	var err error
	if s.byDefault, err = ParseSelector(s, SelectorParams{ExcludeDefault: true}, Limits{}); err != nil {
		panic(err) // nothing was named that could be wrong
	}
	return s
}

// Name returns the name of the data type, as errors give it.
func (s *Schema) Name() string { return s.name }

// Attributes returns the attributes in their order; not to be changed.
func (s *Schema) Attributes() []Attribute { return s.attributes }

// DefaultSelector returns the selector that leaves out what the data type omits by
// default; nil if it omits nothing.
func (s *Schema) DefaultSelector() *Selector { return s.byDefault }

// Lookup returns the attribute of that name.
func (s *Schema) Lookup(name string) (*Attribute, bool) {
	i, ok := s.byName[name]
	if !ok {
		return nil, false
	}
	return &s.attributes[i], true
}

// names lists the attributes for an error's text.
func (s *Schema) names() string {
	names := make([]string, len(s.attributes))
	for i, a := range s.attributes {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// simple reports whether the attribute is one scalar.
func (a *Attribute) simple() bool { return a.Type != Texts && a.Type != JSON }
