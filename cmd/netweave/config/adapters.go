package config

import (
	"fmt"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

// aliases are other names for plugins.
var aliases = map[string]string{"k8s": "kubernetes"}

// The defaults of an adapter.
const (
	defaultPollInterval  = 30 * time.Second
	defaultStaleAfter    = 30 * time.Second
	defaultReadyWait     = 30 * time.Second
	defaultReadTimeout   = 30 * time.Second
	defaultWriteTimeout  = 45 * time.Second
	defaultHealthTimeout = 5 * time.Second
)

var (
	adapterName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	pluginName  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
)

func (r *reader) adapters(n *yaml.Node) []Adapter {
	items := r.list(n, "adapters", "a list of adapters")
	list := make([]Adapter, 0, len(items))
	for i, item := range items {
		list = append(list, r.adapter(item, fmt.Sprintf("adapters[%d]", i)))
	}
	return list
}

func (r *reader) adapter(n *yaml.Node, path string) Adapter {
	f := r.known(n, path, "name", "type", "enabled", "default", "config", "pollInterval", "staleAfter",
		"readyWait", "timeouts")
	a := Adapter{Line: n.Line}
	a.Enabled = r.flag(f["enabled"], path+".enabled", true)
	r.lenient = !a.Enabled
	defer func() { r.lenient = false }()

	a.Name = r.adapterName(f["name"], path+".name", n)
	a.Type = r.pluginName(f["type"], path+".type", n)
	a.Default = r.flag(f["default"], path+".default", false)
	a.Config = r.pluginConfig(f["config"], path+".config")
	a.PollInterval = r.duration(f["pollInterval"], path+".pollInterval", defaultPollInterval)
	a.StaleAfter = r.duration(f["staleAfter"], path+".staleAfter", defaultStaleAfter)
	a.ReadyWait = r.duration(f["readyWait"], path+".readyWait", defaultReadyWait)

	t := r.known(f["timeouts"], path+".timeouts", "read", "write", "health")
	a.Timeouts = AdapterTimeouts{
		Read:   r.duration(t["read"], path+".timeouts.read", defaultReadTimeout),
		Write:  r.duration(t["write"], path+".timeouts.write", defaultWriteTimeout),
		Health: r.duration(t["health"], path+".timeouts.health", defaultHealthTimeout),
	}
	return a
}

func (r *reader) adapterName(n *yaml.Node, path string, owner *yaml.Node) string {
	name, ok := r.mandatory(n, path, owner, "is missing: every adapter needs a name of its own")
	if ok && !adapterName.MatchString(name) {
		r.problem(path, n, "must be 1 to 63 letters, digits, dots, dashes and underscores, and start with a letter or digit")
	}
	return name
}

func (r *reader) pluginName(n *yaml.Node, path string, owner *yaml.Node) string {
	name, ok := r.mandatory(n, path, owner, "is missing: it names the plugin, for example kubernetes or mock")
	if alias, known := aliases[name]; known {
		return alias
	}
	if ok && !pluginName.MatchString(name) {
		r.problem(path, n, "must name a plugin: lower-case letters, digits, dots, dashes and underscores")
	}
	return name
}

// checkAdapters looks at the adapters together.
func (r *reader) checkAdapters(n *yaml.Node, list []Adapter) {
	firsts := map[string]int{}
	chosen, enabled := -1, 0
	for i, a := range list {
		path := fmt.Sprintf("adapters[%d]", i)
		item := resolve(resolve(n).Content[i])
		if first, twice := firsts[a.Name]; twice && a.Name != "" {
			r.problem(path+".name", childOf(item, "name"), fmt.Sprintf("adapters[%d] has the name %s already: names must differ", first, a.Name))
		} else {
			firsts[a.Name] = i
		}
		if a.Enabled {
			enabled++
		}
		if !a.Default {
			continue
		}
		switch {
		case chosen >= 0:
			r.problem(path+".default", childOf(item, "default"), fmt.Sprintf("adapters[%d] is the default already: only one can be", chosen))
		case !a.Enabled:
			r.problem(path+".default", childOf(item, "default"), "the default adapter must be enabled")
		}
		if chosen < 0 {
			chosen = i
		}
	}
	if enabled == 0 {
		r.problem("adapters", n, "at least one adapter must be there and enabled")
	}
}

// childOf returns a mapping's value for where a problem is shown, or the mapping
// itself if it has none of its own.
func childOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return n
}
