package routing

import (
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// Router routes by rules. It is immutable and safe for concurrent use.
type Router struct {
	rules    []rule
	fallback string
}

// New compiles rules, given in the configuration's order. defaultAdapter takes
// the creates that no rule does; "" leaves them without a backend. The error
// names the rule by its index and what is wrong in it.
func New(rules []Rule, defaultAdapter string) (*Router, error) {
	r := &Router{fallback: defaultAdapter}
	for i, configured := range rules {
		c, err := compile(configured)
		if err != nil {
			return nil, fmt.Errorf("routing.rules[%d].%w", i, err)
		}
		r.rules = append(r.rules, c)
	}
	slices.SortStableFunc(r.rules, func(a, b rule) int { return b.priority - a.priority })
	return r, nil
}

// ForList returns the names of the backends that a list covers; all means every
// attached one. standing tells how a backend stands: attached at all, read at
// least once, and not stale. A rule none of whose adapters is attached does not
// apply.
func (r *Router) ForList(
	kind o2.Kind, filter *query.Filter, standing func(name string) (attached, synced, fresh bool),
) (names []string, all bool) {
	if filter == nil {
		return nil, true
	}
	var conditions []query.Condition
	for i := range r.rules {
		c := &r.rules[i]
		if len(c.entries) == 0 || !c.any && c.kind != kind {
			continue
		}
		if conditions == nil {
			conditions = filter.Conditions()
		}
		if !c.pinnedBy(conditions) {
			continue
		}
		if names := c.forList(standing); len(names) > 0 {
			return names, false
		}
	}
	return nil, true
}

// ForCreate returns the name of the backend that o goes to, "" for none. A rule
// none of whose adapters is attached does not apply.
func (r *Router) ForCreate(o o2.Object, standing func(name string) (attached, synced, fresh bool)) string {
	for i := range r.rules {
		c := &r.rules[i]
		if !c.any && c.kind != o.Kind() || !c.holdsFor(o) {
			continue
		}
		if name := c.forCreate(standing); name != "" {
			return name
		}
	}
	return r.fallback
}

func (c *rule) holdsFor(o o2.Object) bool {
	for _, e := range c.entries {
		if !e.holds(o) {
			return false
		}
	}
	return true
}

// pinnedBy reports whether conditions admit only objects that the rule's filter
// holds for.
func (c *rule) pinnedBy(conditions []query.Condition) bool {
	for _, e := range c.entries {
		if !slices.ContainsFunc(conditions, e.pinnedBy) {
			return false
		}
	}
	return true
}

func (e filterEntry) pinnedBy(c query.Condition) bool {
	if c.Operator != query.Equal && c.Operator != query.In || len(c.Values) != 1 || c.Values[0] != e.value {
		return false
	}
	if e.inner == "" {
		return c.Path == e.attribute
	}
	for _, path := range spellings(e.inner) {
		if c.Path == e.attribute+"/"+path {
			return true
		}
	}
	return false
}

func (c *rule) forList(standing func(string) (attached, synced, fresh bool)) []string {
	var attached []string
	firstSynced, firstFresh := "", ""
	for _, name := range c.adapters {
		there, synced, fresh := standing(name)
		if there {
			attached = append(attached, name)
		}
		if synced && firstSynced == "" {
			firstSynced = name
		}
		if fresh && firstFresh == "" {
			firstFresh = name
		}
	}
	switch {
	case c.strategy == Merge || len(attached) == 0:
		return attached
	case c.strategy == First && firstFresh != "":
		return []string{firstFresh}
	case firstSynced != "":
		return []string{firstSynced}
	}
	return attached[:1]
}

func (c *rule) forCreate(standing func(string) (attached, synced, fresh bool)) string {
	first := ""
	for _, name := range c.adapters {
		there, _, fresh := standing(name)
		if !there {
			continue
		}
		if fresh || c.strategy == Merge {
			return name
		}
		if first == "" {
			first = name
		}
	}
	return first
}
