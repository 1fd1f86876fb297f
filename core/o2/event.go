package o2

import (
	"crypto/sha1" // RFC 4122 defines version 5 by SHA-1; nothing secret hangs on it.
	"encoding/binary"
	"fmt"
	"time"
)

// EventType tells what happened to an object, as one subscriber sees it.
type EventType uint8

// The types of event.
const (
	// EventCreated: the object is new, or has entered the subscriber's filter.
	EventCreated EventType = iota + 1
	// EventModified: it has changed, and was and is in the filter.
	EventModified
	// EventDeleted: it is gone, or has left the filter.
	EventDeleted
	// EventResync is about no object: what the subscriber holds may lack changes
	// and is to be discarded; an EventCreated for every object in the filter follows.
	EventResync
)

var eventNames = [...]string{EventCreated: "created", EventModified: "modified", EventDeleted: "deleted", EventResync: "resync"}

// String returns "created", "modified", "deleted" or "resync".
func (t EventType) String() string {
	if t >= EventCreated && int(t) < len(eventNames) {
		return eventNames[t]
	}
	return fmt.Sprintf("EventType(%d)", uint8(t))
}

// ObjectKey names one object of any kind.
type ObjectKey struct {
	Kind Kind
	ID   ID
}

// Event is one change of one object, as told to one subscriber.
type Event struct {
	// ID is the same whenever the same event is sent, and never that of another.
	ID   ID
	Type EventType
	// Object is what the event is about; the zero ObjectKey for EventResync.
	Object ObjectKey
	// Prior and Post are the canonical states before and after, nil where there
	// is none: before EventCreated, after EventDeleted.
	Prior, Post Object
	// At is when the change was seen.
	At time.Time
	// Coalesced says that the event stands for several changes in a row.
	Coalesced bool
}

// EventID derives the id of an event from the store's incarnation, the object,
// the event's sequence number, the digests of its states (zero for none) and the
// subscription: equal events, equal ids.
func EventID(incarnation ID, object ObjectKey, sequence uint64, prior, post Digest, subscription ID) ID {
	buf := make([]byte, 0, 192)
	buf = append(buf, idSpace[:]...)
	buf = append(buf, "event"...)
	buf = appendText(buf, string(incarnation))
	buf = append(buf, byte(object.Kind))
	buf = appendText(buf, string(object.ID))
	buf = binary.BigEndian.AppendUint64(buf, sequence)
	buf = append(buf, prior[:]...)
	buf = append(buf, post[:]...)
	buf = appendText(buf, string(subscription))
	return nameBased(sha1.Sum(buf))
}
