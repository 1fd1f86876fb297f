package query

import (
	"slices"
	"strings"
)

// Filter is a conjunction of conditions on one data type, and of words to be found.
type Filter struct {
	schema *Schema
	// conditions are sorted by their text and differ from each other.
	conditions []condition
	// words are to be found in an object's texts; see Search.
	words []string
	text  string
}

// Condition is one condition of a filter, as planners and routers read it.
type Condition struct {
	// Path is the attribute and, for a part of a JSON attribute, the steps into
	// it, joined by "/".
	Path string
	// Attribute is the top-level attribute that Path starts with.
	Attribute *Attribute
	Operator  Operator
	// Values are in canonical form: UUIDs in lower case. Not to be changed.
	Values []string
}

// NewFilter makes the filter of a single condition, checked as ParseFilter
// checks it: how a path's parent, such as resourcePools/{id}/resources, becomes
// a condition.
func NewFilter(s *Schema, path string, op Operator, values ...string) (*Filter, error) {
	c, err := newCondition(s, path, op, values)
	if err != nil {
		return nil, filterError("%v", err)
	}
	return conjunction(s, []condition{c}, nil), nil
}

// And returns the filter that holds where all of filters do, which are of one
// schema. A nil one holds everywhere.
func And(filters ...*Filter) *Filter {
	var (
		schema *Schema
		all    []condition
		words  []string
	)
	for _, f := range filters {
		if f != nil {
			schema = f.schema
			all = append(all, f.conditions...)
			words = append(words, f.words...)
		}
	}
	return conjunction(schema, all, words)
}

func conjunction(s *Schema, conditions []condition, words []string) *Filter {
	if len(conditions) == 0 && len(words) == 0 {
		return nil
	}
	slices.SortFunc(conditions, func(a, b condition) int { return strings.Compare(a.text, b.text) })
	conditions = slices.CompactFunc(conditions, func(a, b condition) bool { return a.text == b.text })
	texts := make([]string, len(conditions), len(conditions)+1)
	for i, c := range conditions {
		texts[i] = c.text
	}
	if len(words) > 0 {
		slices.Sort(words)
		words = slices.Compact(words)
		texts = append(texts, searchText(words))
	}
	return &Filter{schema: s, conditions: conditions, words: words, text: strings.Join(texts, ";")}
}

// Match reports whether o, of the schema's data type, satisfies every condition.
// A nil Filter matches all.
func (f *Filter) Match(o any) bool {
	if f == nil {
		return true
	}
	for i := range f.conditions {
		if !f.conditions[i].match(o) {
			return false
		}
	}
	return len(f.words) == 0 || f.schema.mentions(o, f.words)
}

// String returns the filter in canonical form: equal filters, equal strings.
// It parses to an equal filter, but for what Search has made of it. A nil Filter is "".
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	return f.text
}

// Schema returns the schema that the filter's attributes are of, nil for a nil
// Filter. Filters of one schema with equal strings select the same.
func (f *Filter) Schema() *Schema {
	if f == nil {
		return nil
	}
	return f.schema
}

// Conditions returns the filter's conditions, all of which must hold; what is searched
// for is none of them.
func (f *Filter) Conditions() []Condition {
	if f == nil {
		return nil
	}
	list := make([]Condition, len(f.conditions))
	for i, c := range f.conditions {
		list[i] = c.Condition
	}
	return list
}

// Searches reports whether there is more to the filter than its Conditions.
func (f *Filter) Searches() bool { return f != nil && len(f.words) > 0 }

// Lookup returns the values one of which every match has in the attribute of
// that index, sorted and without repetition. ok is false if the filter does not
// pin that attribute; ok with no values means that nothing can match.
func (f *Filter) Lookup(ix Index) (values []string, ok bool) {
	if f == nil || ix == NoIndex {
		return nil, false
	}
	for i := range f.conditions {
		c := &f.conditions[i]
		if c.Attribute.Index != ix || c.Operator != Equal && c.Operator != In {
			continue
		}
		if !ok {
			values, ok = c.Values, true
			continue
		}
		both := make([]string, 0, min(len(values), len(c.Values)))
		for _, v := range values {
			if _, in := slices.BinarySearch(c.Values, v); in {
				both = append(both, v)
			}
		}
		values = both
	}
	return values, ok
}
