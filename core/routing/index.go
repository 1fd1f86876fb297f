package routing

import (
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// index finds the few rules for one kind of object that may apply, so that a
// decision among many costs no more than one among few. Each rule with a filter
// stands under one entry of it, the one that the fewest rules share; a request that
// lacks this entry cannot be the rule's.
//
// Places are those of the rules in the order in which they are tried.
type index struct {
	// listed has the rules with a filter by what a list's filter must pin.
	listed map[pin][]int
	// made has them by what a new object must have, for each attribute by its
	// values.
	made []attributeIndex
	// always are the rules without a filter.
	always []int
}

// pin is a path of a filter and the value that it is pinned to.
type pin struct{ path, value string }

// attributeIndex has rules by the value that one attribute must have.
type attributeIndex struct {
	attribute, inner string
	places           map[string][]int
}

func newIndex(kind o2.Kind, rules []rule) index {
	x := index{listed: map[pin][]int{}}
	sharers := map[filterEntry]int{}
	for i := range rules {
		if rules[i].isFor(kind) {
			for _, e := range rules[i].entries {
				sharers[e]++
			}
		}
	}
	for i := range rules {
		c := &rules[i]
		switch {
		case !c.isFor(kind):
		case len(c.entries) == 0:
			x.always = append(x.always, i)
		default:
			rarest := 0
			for k, e := range c.entries {
				if sharers[e] < sharers[c.entries[rarest]] {
					rarest = k
				}
			}
			x.add(i, c.entries[rarest], c.paths[rarest])
		}
	}
	return x
}

func (x *index) add(place int, under filterEntry, paths []string) {
	for _, path := range paths {
		at := pin{path, under.value}
		x.listed[at] = append(x.listed[at], place)
	}
	n := slices.IndexFunc(x.made, func(a attributeIndex) bool {
		return a.attribute == under.attribute && a.inner == under.inner
	})
	if n < 0 {
		n = len(x.made)
		x.made = append(x.made, attributeIndex{under.attribute, under.inner, map[string][]int{}})
	}
	x.made[n].places[under.value] = append(x.made[n].places[under.value], place)
}

// forList appends the places of the rules that a list's conditions may pin.
func (x *index) forList(places []int, conditions []query.Condition) []int {
	for i := range conditions {
		if value, pins := pinned(&conditions[i]); pins {
			places = append(places, x.listed[pin{conditions[i].Path, value}]...)
		}
	}
	return inOrder(places)
}

// forCreate appends the places of the rules that a new object may be for.
func (x *index) forCreate(places []int, o o2.Object) []int {
	places = append(places, x.always...)
	for i := range x.made {
		a := &x.made[i]
		valuesOf(o, a.attribute, a.inner, func(value string) bool {
			places = append(places, a.places[value]...)
			return true
		})
	}
	return inOrder(places)
}

func inOrder(places []int) []int {
	if len(places) < 2 {
		return places
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// pinned returns the only value that a condition admits.
func pinned(c *query.Condition) (value string, ok bool) {
	if c.Operator != query.Equal && c.Operator != query.In || len(c.Values) != 1 {
		return "", false
	}
	return c.Values[0], true
}
