package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// SelectorParams are a request's selector parameters as they came. A nil slice
// means that the parameter was not given.
type SelectorParams struct {
	AllFields, ExcludeDefault bool
	Fields, ExcludeFields     []string
}

// Selector cuts an object's encoding down to what the caller asked for.
type Selector struct {
	// attributes says what becomes of each attribute of the schema.
	attributes map[string]cut
	// others says whether attributes that the schema does not know are kept.
	others bool
	text   string
}

// cut is what becomes of one attribute.
type cut struct {
	verdict verdict
	// paths are the steps into the attribute, for keepParts and dropParts.
	paths []string
}

type verdict uint8

const (
	keep verdict = iota
	drop
	keepParts
	dropParts
)

// ParseSelector checks the parameters against the schema. What leaves every
// encoding as it is gives nil.
//
// all_fields overrules the others. fields with exclude_default gives what is
// shown by default and what is named; fields alone only the mandatory simple
// attributes and what is named.
func ParseSelector(s *Schema, p SelectorParams, limits Limits) (*Selector, error) {
	limits = limits.withDefaults()
	if p.Fields != nil && p.ExcludeFields != nil {
		return nil, &Error{Parameter: "fields", Reason: "it cannot go together with exclude_fields; give one of them"}
	}
	named, err := selectorPaths(s, "fields", p.Fields, limits)
	if err != nil {
		return nil, err
	}
	unwanted, err := selectorPaths(s, "exclude_fields", p.ExcludeFields, limits)
	if err != nil {
		return nil, err
	}
	if p.AllFields {
		return nil, nil
	}
	byDefault := p.ExcludeDefault || p.Fields == nil && p.ExcludeFields == nil
	sel := &Selector{attributes: make(map[string]cut, len(s.attributes)), others: p.Fields == nil || byDefault}
	var text []string
	for i := range s.attributes {
		a := &s.attributes[i]
		c := decide(a, named[a.Name], unwanted[a.Name], p.Fields != nil, byDefault)
		sel.attributes[a.Name] = c
		text = append(text, c.write(a.Name)...)
	}
	if len(text) == 0 && sel.others {
		return nil, nil
	}
	slices.Sort(text)
	if !sel.others {
		text = append(text, "!*")
	}
	sel.text = strings.Join(text, ",")
	return sel, nil
}

// decide settles one attribute. named and unwanted are the paths below it, ""
// for the attribute as a whole.
func decide(a *Attribute, named, unwanted []string, byFields, byDefault bool) cut {
	switch {
	case a.Mandatory && a.simple():
		return cut{verdict: keep}
	case slices.Contains(named, ""), byDefault && !a.OmittedByDefault && len(unwanted) == 0:
		return cut{verdict: keep}
	case len(named) > 0:
		return cut{verdict: keepParts, paths: named}
	case slices.Contains(unwanted, ""), byFields, byDefault && a.OmittedByDefault:
		return cut{verdict: drop}
	case len(unwanted) > 0:
		return cut{verdict: dropParts, paths: unwanted}
	}
	return cut{verdict: keep}
}

// write spells the cut for the canonical form; what is kept whole adds nothing.
func (c cut) write(name string) []string {
	var text []string
	switch c.verdict {
	case keep:
	case drop:
		text = append(text, "-"+quoted(name))
	case keepParts, dropParts:
		sign := "+"
		if c.verdict == dropParts {
			sign = "-"
		}
		for _, p := range c.paths {
			text = append(text, sign+quoted(name+"/"+p))
		}
	}
	return text
}

// selectorPaths reads the comma-separated paths of a selector parameter, by the
// attribute that they start with.
func selectorPaths(s *Schema, parameter string, lists []string, limits Limits) (map[string][]string, error) {
	if len(lists) == 0 {
		return nil, nil
	}
	fail := func(format string, args ...any) error {
		return &Error{Parameter: parameter, Reason: fmt.Sprintf(format, args...)}
	}
	paths := map[string][]string{}
	length, count := 0, 0
	for _, list := range lists {
		if length += len(list); length > limits.MaxLength {
			return nil, fail("it is longer than %d bytes", limits.MaxLength)
		}
		if !utf8.ValidString(list) {
			return nil, fail("it is not UTF-8")
		}
		if list == "" {
			continue
		}
		for path := range strings.SplitSeq(list, ",") {
			if count++; count > limits.MaxValues {
				return nil, fail("it names more than %d attributes", limits.MaxValues)
			}
			name, inner, deeper := strings.Cut(path, "/")
			a, ok := s.Lookup(name)
			switch {
			case !ok:
				return nil, fail("unknown attribute %s; %s has %s", shown(name), s.name, s.names())
			case deeper && a.Type != JSON:
				return nil, fail("attribute %s has no parts: %s leads nowhere", a.Name, shown(path))
			case deeper && inner == "":
				return nil, fail("%s ends with a slash; name what is in it, for example %s/key", shown(path), a.Name)
			}
			paths[a.Name] = append(paths[a.Name], inner)
		}
	}
	for name, list := range paths {
		slices.Sort(list)
		paths[name] = slices.Compact(list)
	}
	return paths, nil
}

// Whole reports whether the selector leaves every encoding as it is. A nil
// Selector is whole.
func (s *Selector) Whole() bool { return s == nil }

// String returns the selector in canonical form: selectors that cut alike have
// equal strings, and a whole one has "".
func (s *Selector) String() string {
	if s == nil {
		return ""
	}
	return s.text
}
