package alarm

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/routes"
)

// Everywhere is how lists of alarms are routed: there is one book, and nothing is
// created through it.
type Everywhere struct{}

// ForList returns that all is covered.
func (Everywhere) ForList(o2.Kind, *query.Filter, func(string) (bool, bool, bool)) ([]string, bool) {
	return nil, true
}

// ForCreate returns that nobody takes it.
func (Everywhere) ForCreate(o2.Object, func(string) (bool, bool, bool)) string { return "" }

// Explain has nothing to explain.
func (Everywhere) Explain(routes.Question, []string, func(string) (bool, bool, bool)) routes.Explanation {
	return routes.Explanation{}
}
