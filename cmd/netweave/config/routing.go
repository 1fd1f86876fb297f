package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netweave/netweave/core/o2"
)

func (r *reader) routing(n *yaml.Node, adapters []Adapter) (Routing, []Problem) {
	f := r.known(n, "routing", "rules")
	byName := map[string]Adapter{}
	for _, a := range adapters {
		byName[a.Name] = a
	}
	var routing Routing
	var notes []Problem
	for i, item := range r.list(f["rules"], "routing.rules", "a list of rules") {
		rule, remarks := r.rule(item, fmt.Sprintf("routing.rules[%d]", i), byName)
		routing.Rules = append(routing.Rules, rule)
		notes = append(notes, remarks...)
	}
	return routing, notes
}

func (r *reader) rule(n *yaml.Node, path string, adapters map[string]Adapter) (Rule, []Problem) {
	f := r.known(n, path, "resourceType", "filter", "adapter", "adapters", "strategy", "priority")
	rule := Rule{Strategy: StrategyMerge, Line: n.Line}
	rule.ResourceType = r.resourceType(f["resourceType"], path+".resourceType", n)
	rule.Filter = r.filter(f["filter"], path+".filter")
	rule.Priority = r.integer(f["priority"], path+".priority")

	var notes []Problem
	one, many := f["adapter"], f["adapters"]
	_, oneSet := r.override(path + ".adapter")
	switch oneSet = oneSet || !isNull(one); {
	case oneSet && !isNull(many):
		r.problem(path+".adapters", many, "adapter is there as well: write one of the two")
	case oneSet:
		rule.Adapters, notes = r.reference(rule.Adapters, one, path+".adapter", adapters, notes)
	default:
		items := r.list(many, path+".adapters", "a list of adapters' names")
		if len(items) == 0 {
			r.problem(path, n, "names no adapter: write adapter, or adapters with a strategy")
		}
		for i, item := range items {
			rule.Adapters, notes = r.reference(rule.Adapters, item, fmt.Sprintf("%s.adapters[%d]", path, i), adapters, notes)
		}
	}
	if text := r.text(f["strategy"], path+".strategy"); text != "" {
		rule.Strategy = Strategy(text)
		if err := oneOf(string(StrategyMerge), string(StrategyFirst), string(StrategyFallback))(text); err != nil {
			r.problem(path+".strategy", f["strategy"], err.Error())
		}
	}
	return rule, notes
}

// reference reads an adapter's name and adds it to list. A disabled adapter is
// no mistake, since one switches adapters off and on, but worth a note.
func (r *reader) reference(list []string, n *yaml.Node, path string, adapters map[string]Adapter, notes []Problem) ([]string, []Problem) {
	name, ok := r.mandatory(n, path, n, "must name an adapter")
	if !ok {
		return list, notes
	}
	a, known := adapters[name]
	switch {
	case !known:
		names := strings.Join(slices.Sorted(maps.Keys(adapters)), ", ")
		r.problem(path, n, fmt.Sprintf("no adapter has the name %s: the adapters are [%s]", name, names))
		return list, notes
	case slices.Contains(list, name):
		r.problem(path, n, fmt.Sprintf("names the adapter %s again: once is enough", name))
		return list, notes
	case !a.Enabled:
		note := Problem{Key: path, Reason: fmt.Sprintf("the adapter %s is disabled: it takes nothing until it is enabled", name)}
		if n = resolve(n); n != nil {
			note.Line = n.Line
		}
		notes = append(notes, note)
	}
	return append(list, name), notes
}

func (r *reader) resourceType(n *yaml.Node, path string, owner *yaml.Node) string {
	text, ok := r.mandatory(n, path, owner, `is missing: write ResourcePool, Resource, ResourceType, DeploymentManager or "*"`)
	if _, err := o2.ParseKind(text); ok && text != "*" && err != nil {
		r.problem(path, n, `must be ResourcePool, Resource, ResourceType, DeploymentManager or "*"`)
	}
	return text
}
