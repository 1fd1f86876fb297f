package routing

import (
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
)

// Remark is about a rule that can never decide, or not as much as it says.
type Remark struct {
	// Index is the rule's place in the configuration.
	Index int
	// Reason completes the sentence "The rule ...".
	Reason string
}

// Remarks finds the rules that can never decide anything, whatever is asked: their
// type is never routed, or a rule that is tried before always decides first. enabled
// tells which adapters are.
func (r *Router) Remarks(enabled func(adapter string) bool) []Remark {
	var remarks []Remark
	for i := range r.rules {
		c := &r.rules[i]
		if !slices.ContainsFunc(c.adapters, enabled) {
			continue // which is remarked upon elsewhere, and is often on purpose
		}
		if reason := c.idle(); reason != "" {
			remarks = append(remarks, Remark{c.index, reason})
			continue
		}
		for k := range i {
			before := &r.rules[k]
			if !slices.ContainsFunc(before.adapters, enabled) {
				continue
			}
			if reason := c.overshadowed(before); reason != "" {
				remarks = append(remarks, Remark{c.index, reason})
				break
			}
		}
	}
	slices.SortFunc(remarks, func(a, b Remark) int { return a.Index - b.Index })
	return remarks
}

// idle says why a rule has no effect by itself, "" if it has one: only pools are
// created where a rule says, and only rules with a filter confine lists.
func (c *rule) idle() string {
	if c.any || len(c.entries) > 0 || c.kind == o2.KindResourcePool {
		return ""
	}
	if c.kind == o2.KindResource {
		return "has no effect: without a filter it confines no list, and a resource is created where its pool is"
	}
	return fmt.Sprintf("has no effect: without a filter it confines no list, and a %s is never created", c.kind)
}

// overshadowed says why a rule can never decide since before is tried first, ""
// if it can.
func (c *rule) overshadowed(before *rule) string {
	if !before.any && (c.any || c.kind != before.kind) {
		return ""
	}
	for _, e := range before.entries {
		if !slices.Contains(c.entries, e) {
			return ""
		}
	}
	switch {
	case len(before.entries) > 0 || len(c.entries) == 0:
		return fmt.Sprintf("can never decide: routing.rules[%d] is tried first and applies wherever it does", before.index)
	case c.any || c.kind == o2.KindResourcePool:
		return fmt.Sprintf("decides lists alone: creates never come to it, since routing.rules[%d] is tried first and takes them all", before.index)
	}
	return ""
}
