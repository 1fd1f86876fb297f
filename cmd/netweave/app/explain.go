package app

import (
	"fmt"
	"slices"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/ports/routes"
)

// RouteQuestion is a question about routing in the words of the command line.
type RouteQuestion struct {
	// Type is the name of a kind of object, "" for resource pools.
	Type string
	// Filter is a list's, Create a JSON object of a new pool's attributes. One of the
	// two may be given.
	Filter, Create string
}

// ExplainRoute says where c's rules send a request if every enabled adapter is there
// and current.
func ExplainRoute(c *config.Config, asked RouteQuestion) (routes.Explanation, error) {
	r, err := newRouter(c)
	if err != nil {
		return routes.Explanation{}, &config.Invalid{Path: c.Path, Problems: problemOf("routing.rules", err)}
	}
	p := query.Parameters{}
	for name, text := range map[string]string{
		adminv1.ParamResourceType: asked.Type, adminv1.ParamFilter: asked.Filter, adminv1.ParamCreate: asked.Create,
	} {
		if text != "" {
			p[name] = []string{text}
		}
	}
	q, err := adminv1.Question(p, o2imsv1.Schema, query.Limits{})
	if err != nil {
		return routes.Explanation{}, fmt.Errorf("the question: %w", err)
	}
	var enabled []string
	for _, a := range c.EnabledAdapters() {
		enabled = append(enabled, a.Name)
	}
	slices.Sort(enabled)
	there := func(name string) (attached, synced, fresh bool) {
		_, ok := slices.BinarySearch(enabled, name)
		return ok, ok, ok
	}
	return r.Explain(q, enabled, there), nil
}
