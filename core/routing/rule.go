package routing

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netweave/netweave/core/o2"
)

// Strategy says how a rule with several adapters uses them.
type Strategy string

// The strategies.
const (
	// Merge: lists cover all of the rule's adapters; creates go to the first.
	Merge Strategy = "merge"
	// First: the first adapter that has been read and is not stale. If there is
	// none, the first that has been read; for creates, then the first attached.
	First Strategy = "first"
	// Fallback: the first adapter that has been read, stale or not, so that the
	// order decides as long as possible; for creates, as First.
	Fallback Strategy = "fallback"
)

// AnyType is the resource type of a rule for all of them.
const AnyType = "*"

// Rule is one routing rule as the configuration has it.
type Rule struct {
	// ResourceType is a kind's name, such as "ResourcePool", or AnyType.
	ResourceType string
	// Filter maps attributes to the values that they must have: strings, numbers
	// or booleans. "extensions." leads to an extension of that key.
	Filter map[string]any
	// Adapters are names of backends, at least one.
	Adapters []string
	// Strategy is Merge if empty.
	Strategy Strategy
	Priority int
}

// rule is a Rule compiled.
type rule struct {
	// index is the rule's place in the configuration.
	index   int
	any     bool
	kind    o2.Kind
	entries []filterEntry
	// paths are, for each entry, the spellings of its attribute in a list's filter.
	paths    [][]string
	adapters []string
	strategy Strategy
	priority int
}

// filterEntry is one attribute with the value that it must have.
type filterEntry struct {
	// attribute is the top-level attribute. inner is what stands behind it: for
	// an extension its key, dots and all.
	attribute, inner string
	value            string
}

// isFor reports whether the rule is for that kind of object.
func (c *rule) isFor(kind o2.Kind) bool { return c.any || c.kind == kind }

func (e filterEntry) paths() []string {
	if e.inner == "" {
		return []string{e.attribute}
	}
	paths := spellings(e.inner)
	for i := range paths {
		paths[i] = e.attribute + "/" + paths[i]
	}
	return paths
}

func compile(r Rule) (rule, error) {
	c := rule{adapters: slices.Clone(r.Adapters), strategy: r.Strategy, priority: r.Priority}
	if r.ResourceType == AnyType {
		c.any = true
	} else {
		kind, err := o2.ParseKind(r.ResourceType)
		if err != nil {
			return rule{}, fmt.Errorf("resourceType: %w, or \"*\" for all", err)
		}
		c.kind = kind
	}
	if len(r.Adapters) == 0 {
		return rule{}, errors.New("adapters: at least one is needed")
	}
	switch r.Strategy {
	case "":
		c.strategy = Merge
	case Merge, First, Fallback:
	default:
		return rule{}, fmt.Errorf("strategy: %q is none; want %s, %s or %s", r.Strategy, Merge, First, Fallback)
	}
	for key, value := range r.Filter {
		e, err := compileEntry(c, key, value)
		if err != nil {
			return rule{}, fmt.Errorf("filter: %q %w", key, err)
		}
		c.entries = append(c.entries, e)
	}
	slices.SortFunc(c.entries, func(a, b filterEntry) int {
		return strings.Compare(a.attribute+"/"+a.inner, b.attribute+"/"+b.inner)
	})
	for _, e := range c.entries {
		c.paths = append(c.paths, e.paths())
	}
	return c, nil
}

func compileEntry(r rule, key string, value any) (filterEntry, error) {
	text, ok := scalar(value)
	if !ok {
		return filterEntry{}, errors.New("must have a string, a number or a boolean as its value")
	}
	if id, isUUID := o2.ParseID(text); isUUID {
		text = string(id) // as objects and filters spell it
	}
	e := filterEntry{attribute: key, value: text}
	for _, object := range objectAttributes {
		for _, separator := range []string{".", "/"} {
			if inner, found := strings.CutPrefix(key, object+separator); found && inner != "" {
				e.attribute, e.inner = object, inner
			}
		}
	}
	known := knownAttributes(r)
	if !slices.Contains(known, e.attribute) {
		return filterEntry{}, fmt.Errorf("is no attribute to route by; want one of %s", strings.Join(known, ", "))
	}
	if slices.Contains(objectAttributes, e.attribute) && e.inner == "" {
		return filterEntry{}, fmt.Errorf("is an object; name what is in it, for example %s.key", e.attribute)
	}
	return e, nil
}

// scalar writes a configured value as filters do.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}
