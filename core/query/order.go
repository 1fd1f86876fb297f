package query

import (
	"fmt"
	"slices"
	"strings"
)

const (
	sortParameter = "sort"
	// maxSort bounds the attributes that a list is sorted by.
	maxSort = 8
	// sortBytes is how much of a value counts: markers carry it.
	sortBytes = 256
)

// Order sorts the objects of one data type by attributes. Whoever has it goes on by
// id, so that no two objects stand at one place.
type Order struct {
	schema *Schema
	by     []sortKey
	text   string
}

type sortKey struct {
	attribute  *Attribute
	descending bool
}

// ParseOrder reads the values of a sort parameter: simple attributes, separated by
// commas, each with a "-" before it for the greatest first. None gives nil: by id.
func ParseOrder(s *Schema, lists []string) (*Order, error) {
	fail := func(format string, args ...any) error {
		return &Error{Parameter: sortParameter, Reason: fmt.Sprintf(format, args...)}
	}
	all := strings.Join(lists, ",")
	if all == "" {
		return nil, nil
	}
	o := &Order{schema: s, text: all}
	for name := range strings.SplitSeq(all, ",") {
		if len(o.by) == maxSort {
			return nil, fail("it names more than %d attributes", maxSort)
		}
		plain, descending := strings.CutPrefix(name, "-")
		a, ok := s.Lookup(plain)
		switch {
		case !ok:
			return nil, fail("unknown attribute %s; a list of %s is sorted by %s", shown(plain), s.name, s.simpleNames())
		case !a.simple():
			return nil, fail("attribute %s is not one simple value; a list of %s is sorted by %s", a.Name, s.name, s.simpleNames())
		case slices.ContainsFunc(o.by, func(k sortKey) bool { return k.attribute == a }):
			return nil, fail("it names %s twice", a.Name)
		}
		o.by = append(o.by, sortKey{attribute: a, descending: descending})
	}
	return o, nil
}

// String returns the order in canonical form, "" for a nil Order.
func (o *Order) String() string {
	if o == nil {
		return ""
	}
	return o.text
}

// Schema returns the schema that the order's attributes are of, nil for a nil Order.
func (o *Order) Schema() *Schema {
	if o == nil {
		return nil
	}
	return o.schema
}

// AppendKey appends to dst what an object, of the schema's data type, is sorted by,
// in bytes that compare as the objects are ordered: times as times, all else as
// text, by the first 256 bytes of each. Objects that lack an attribute come behind
// those that have it, whichever way it is sorted.
func (o *Order) AppendKey(dst []byte, object any) []byte {
	if o == nil {
		return dst
	}
	for _, k := range o.by {
		v := k.attribute.Get(object)
		if v.Absent {
			dst = append(dst, absentKey)
			continue
		}
		text := v.Text
		if k.attribute.Type == Time {
			if t, ok := readTime(text); ok {
				text = t.UTC().Format(sortTime)
			}
		}
		dst = appendSorted(append(dst, presentKey), text[:min(len(text), sortBytes)], k.descending)
	}
	return dst
}

const (
	presentKey, absentKey = 1, 2
	// sortTime orders as times do.
	sortTime = "2006-01-02T15:04:05.000000000"
)

// appendSorted appends text so that what follows does not count before all of it has:
// a zero byte is followed by 0xff, and two zero bytes end it.
func appendSorted(dst []byte, text string, descending bool) []byte {
	from := len(dst)
	for i := range len(text) {
		dst = append(dst, text[i])
		if text[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	dst = append(dst, 0, 0)
	if descending {
		for i := from; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

// simpleNames lists the attributes that can be sorted by, for an error's text.
func (s *Schema) simpleNames() string {
	var names []string
	for i := range s.attributes {
		if s.attributes[i].simple() {
			names = append(names, s.attributes[i].Name)
		}
	}
	return strings.Join(names, ", ")
}
