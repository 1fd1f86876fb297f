package reading

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// withinSlots bounds how many conditions are kept.
const withinSlots = 1024

// conditions keeps the conditions that paths make, which a poller makes again and
// again. A condition takes its place from another. The zero conditions is empty; its
// methods take no lock.
type conditions struct {
	slots [withinSlots]atomic.Pointer[condition]
}

type condition struct {
	schema    *query.Schema
	reference string
	parent    o2.ID
	filter    *query.Filter
}

var withinSeed = maphash.MakeSeed()

// within returns the condition that an object's attribute reference is the parent's
// id.
func (c *conditions) within(schema *query.Schema, reference string, parent o2.ID) (*query.Filter, error) {
	slot := &c.slots[maphash.String(withinSeed, string(parent))%withinSlots]
	if kept := slot.Load(); kept != nil && kept.parent == parent && kept.reference == reference && kept.schema == schema {
		return kept.filter, nil
	}
	filter, err := query.NewFilter(schema, reference, query.Equal, string(parent))
	if err != nil {
		return nil, err
	}
	slot.Store(&condition{schema: schema, reference: reference, parent: parent, filter: filter})
	return filter, nil
}
