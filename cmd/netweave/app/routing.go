package app

import (
	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/routing"
)

// newRouter compiles the rules. Its error starts with the key at fault.
func newRouter(c *config.Config) (*routing.Router, error) {
	rules := make([]routing.Rule, 0, len(c.Routing.Rules))
	for _, r := range c.Routing.Rules {
		rules = append(rules, routing.Rule{
			ResourceType: r.ResourceType,
			Filter:       r.Filter,
			Adapters:     r.Adapters,
			Strategy:     routing.Strategy(r.Strategy),
			Priority:     r.Priority,
		})
	}
	return routing.New(rules, c.DefaultAdapter())
}
