package inventory

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// Router decides which backends a list covers and which one a create goes to.
// core/routing has the one that reads rules. It is asked from many goroutines
// at once.
type Router interface {
	// ForList returns the names of the backends that a list covers; all means
	// every attached one. standing tells how a backend stands: attached at all,
	// read at least once, and not stale.
	ForList(kind o2.Kind, filter *query.Filter, standing func(name string) (attached, synced, fresh bool)) (names []string, all bool)
	// ForCreate returns the name of the backend that o goes to, "" for none.
	ForCreate(o o2.Object, standing func(name string) (attached, synced, fresh bool)) string
}
