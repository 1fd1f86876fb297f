package routing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/routes"
)

// Explain says what ForList or ForCreate would decide, and what comes of each rule.
// attached are the names of the backends that are there, sorted.
func (r *Router) Explain(q routes.Question, attached []string, standing func(name string) (attached, synced, fresh bool)) routes.Explanation {
	x := routes.Explanation{Rule: routes.NoRule, Rules: make([]routes.Rule, 0, len(r.rules))}
	for i := range r.rules {
		c := &r.rules[i]
		told := c.told()
		names, reason := c.judge(q, standing)
		told.Verdict, told.Reason = routes.Unfit, reason
		switch {
		case x.Rule != routes.NoRule:
			told.Verdict, told.Reason = routes.Unasked, fmt.Sprintf("rule %d has decided", x.Rule)
		case reason != "":
		case len(names) == 0:
			told.Verdict, told.Reason = routes.Passed, "it applies, but none of its adapters is enabled: "+strings.Join(c.adapters, ", ")
		default:
			told.Verdict, told.Reason = routes.Decided, c.how(q, names)
			x.Rule, x.Adapters = c.index, names
			x.Reason = fmt.Sprintf("rule %d applies: %s", c.index, told.Reason)
		}
		x.Rules = append(x.Rules, told)
	}
	if x.Rule == routes.NoRule {
		x.Adapters, x.Reason = r.otherwise(q, attached)
	}
	return x
}

// otherwise is what happens where no rule decides.
func (r *Router) otherwise(q routes.Question, attached []string) ([]string, string) {
	switch {
	case q.Object == nil:
		return attached, "no rule applies: a list covers every enabled adapter"
	case r.fallback == "":
		return nil, "no rule applies, and no adapter is the default: nothing takes it"
	case !slices.Contains(attached, r.fallback):
		return nil, fmt.Sprintf("no rule applies, and the default adapter %s is not there: nothing takes it", r.fallback)
	}
	return []string{r.fallback}, "no rule applies: creates go to the default adapter"
}

func (c *rule) told() routes.Rule {
	t := routes.Rule{
		Index: c.index, ResourceType: AnyType, Adapters: slices.Clone(c.adapters), Strategy: string(c.strategy), Priority: c.priority,
	}
	if !c.any {
		t.ResourceType = c.kind.String()
	}
	return t
}

// judge returns where the rule sends a request, or why it does not apply.
func (c *rule) judge(q routes.Question, standing func(string) (attached, synced, fresh bool)) (names []string, unfit string) {
	if !c.isFor(q.Kind) {
		return nil, "it is for " + c.kind.String()
	}
	if q.Object == nil {
		if len(c.entries) == 0 {
			return nil, "it has no filter: it says where creates go, and confines no list"
		}
		conditions := q.Filter.Conditions()
		for i := range c.entries {
			if !c.pins(i, conditions) {
				return nil, fmt.Sprintf("the list's filter does not pin %s to %q", c.entries[i].key(), c.entries[i].value)
			}
		}
		return c.forList(standing), ""
	}
	for _, e := range c.entries {
		if !e.holds(q.Object) {
			return nil, fmt.Sprintf("%s is not %q, but %s", e.key(), e.value, found(q.Object, e))
		}
	}
	if name := c.forCreate(standing); name != "" {
		names = []string{name}
	}
	return names, ""
}

// how says what the strategy made of the rule's adapters.
func (c *rule) how(q routes.Question, names []string) string {
	list := strings.Join(names, ", ")
	switch {
	case len(c.adapters) == 1:
		return "it goes to " + list
	case q.Object == nil && c.strategy == Merge:
		return "its strategy merge covers " + list
	case q.Object != nil && c.strategy == Merge:
		return "its strategy merge has creates go to the first that is there, " + list
	}
	return fmt.Sprintf("its strategy %s chooses %s of %s", c.strategy, list, strings.Join(c.adapters, ", "))
}

// key is the entry's attribute as the configuration has it.
func (e filterEntry) key() string {
	if e.inner == "" {
		return e.attribute
	}
	return e.attribute + "." + e.inner
}

// found says what an object has in place of an entry's value.
func found(o o2.Object, e filterEntry) string {
	var values []string
	valuesOf(o, e.attribute, e.inner, func(value string) bool {
		if value != "" {
			values = append(values, fmt.Sprintf("%q", value))
		}
		return len(values) < mostShown
	})
	if len(values) == 0 {
		return "not there"
	}
	return strings.Join(values, ", ")
}

// mostShown bounds how many values of an attribute are shown.
const mostShown = 5
