package app

import (
	"fmt"
	"slices"
	"time"

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

// Notes are remarks on what a configuration says to no effect, or too late: those that
// it was read with, versions of an API whose time is over, and the rules that can never
// decide.
func Notes(c *config.Config) []config.Problem {
	notes := append(slices.Clone(c.Notes), notesOfVersions(c, time.Now())...)
	r, err := newRouter(c)
	if err != nil {
		return notes // which is a problem, and told as one
	}
	enabled := map[string]bool{}
	for _, a := range c.EnabledAdapters() {
		enabled[a.Name] = true
	}
	for _, m := range r.Remarks(func(adapter string) bool { return enabled[adapter] }) {
		notes = append(notes, config.Problem{
			Key: fmt.Sprintf("routing.rules[%d]", m.Index), Line: c.Routing.Rules[m.Index].Line, Reason: m.Reason,
		})
	}
	return notes
}
