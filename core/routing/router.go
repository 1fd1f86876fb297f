package routing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// Router routes by rules. It is immutable and safe for concurrent use.
type Router struct {
	// rules are in the order in which they are tried.
	rules    []rule
	byKind   [o2.KindCount]index
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
		c.index = i
		r.rules = append(r.rules, c)
	}
	slices.SortStableFunc(r.rules, func(a, b rule) int { return cmp.Compare(b.priority, a.priority) })
	for _, kind := range o2.InventoryKinds() {
		r.byKind[kind] = newIndex(kind, r.rules)
	}
	return r, nil
}

// ForList returns the names of the backends that a list covers; all means every
// attached one. standing tells how a backend stands: attached at all, read at
// least once, and not stale. A rule none of whose adapters is attached does not
// apply.
func (r *Router) ForList(
	kind o2.Kind, filter *query.Filter, standing func(name string) (attached, synced, fresh bool),
) (names []string, all bool) {
	if filter == nil || len(r.byKind[kind].listed) == 0 {
		return nil, true
	}
	var few [fewRules]int
	conditions := filter.Conditions()
	for _, place := range r.byKind[kind].forList(few[:0], conditions) {
		c := &r.rules[place]
		if !c.pinnedBy(conditions) {
			continue
		}
		if names := c.forList(standing); len(names) > 0 {
			return names, false
		}
	}
	return nil, true
}

// fewRules is how many rules that may apply are looked at without an allocation.
const fewRules = 16

// ForCreate returns the name of the backend that o goes to, "" for none. A rule
// none of whose adapters is attached does not apply.
func (r *Router) ForCreate(o o2.Object, standing func(name string) (attached, synced, fresh bool)) string {
	var few [fewRules]int
	for _, place := range r.byKind[o.Kind()].forCreate(few[:0], o) {
		c := &r.rules[place]
		if !c.holdsFor(o) {
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
	for i := range c.entries {
		if !c.pins(i, conditions) {
			return false
		}
	}
	return true
}

// pins reports whether a condition admits only what entry i holds for.
func (c *rule) pins(i int, conditions []query.Condition) bool {
	for k := range conditions {
		value, ok := pinned(&conditions[k])
		if ok && value == c.entries[i].value && slices.Contains(c.paths[i], conditions[k].Path) {
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
