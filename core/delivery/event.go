package delivery

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// EventOf returns the event that a delivery is to a subscription. What was
// before a creation, or is after a deletion, is left out whatever d holds: it
// may be another tenant's.
func EventOf(incarnation o2.ID, subscription o2.ID, d *eventlog.Delivery) o2.Event {
	e := o2.Event{
		ID:   o2.EventID(incarnation, d.Object, d.Sequence, d.PriorDigest, d.PostDigest, subscription),
		Type: d.Type, Object: d.Object, Prior: d.PriorState, Post: d.PostState, At: d.At, Coalesced: d.Coalesced,
	}
	switch d.Type {
	case o2.EventCreated:
		e.Prior = nil
	case o2.EventDeleted:
		e.Post = nil
	case o2.EventResync:
		e.Prior, e.Post = nil, nil
	}
	return e
}
