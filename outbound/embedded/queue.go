package embedded

import (
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// queue is what is kept in memory of a subscription in force. Once it is in the
// index it is never changed, only replaced.
type queue struct {
	eventlog.Activation
	// length counts its entries, dead its dead letters, redelivering those of them
	// that are to be queued again.
	length, dead, redelivering int
	// head is the first entry's position and headAt when its change was seen.
	head   uint64
	headAt time.Time
	// since is when the queue became due, unless next is later.
	since time.Time
	// attempts, first and next are of the first entry.
	attempts    int
	first, next time.Time
	lastSuccess time.Time
	lastError   string
	lastFailure time.Time
}

// due is when the queue is or was due; ok is false if nothing is queued.
func (q *queue) due() (at time.Time, ok bool) {
	if q.next.After(q.since) {
		return q.next, q.length > 0
	}
	return q.since, q.length > 0
}

// fresh forgets the attempts made for the first entry: another is first now.
func (q *queue) fresh() { q.attempts, q.first, q.next = 0, time.Time{}, time.Time{} }

func (q *queue) standing() eventlog.Standing {
	return eventlog.Standing{
		Length: q.length, DeadLetters: q.dead, Oldest: q.headAt, Attempts: q.attempts, Next: q.next,
		LastSuccess: q.lastSuccess, LastError: q.lastError, LastFailure: q.lastFailure, Overflowed: q.Overflowed,
	}
}

// mark says which of a queue's entries are claimed: those up to the position
// claimed. Those up to unsettled were so already when the last claim came.
type mark struct{ claimed, unsettled uint64 }

// index is what is kept in memory of the file. The writer alone changes it.
type index struct {
	guard  eventlog.Guard
	queues map[o2.ID]*queue
	// ready has the queues that are not empty, by partition.
	ready [assignment.Partitions]map[o2.ID]*queue
	// refs counts, for each state, the told records, entries and dead letters that
	// refer to it.
	refs map[uint64]int
	// subscriptions counts those stored.
	subscriptions int
	// tenancy is the epoch of tenancy's records.
	tenancy store.Token
	// used is what tenants have.
	used map[string]o2.Amounts
}

func newIndex() *index {
	x := &index{queues: map[o2.ID]*queue{}, refs: map[uint64]int{}, tenancy: newToken(), used: map[string]o2.Amounts{}}
	for p := range x.ready {
		x.ready[p] = map[o2.ID]*queue{}
	}
	return x
}

// set puts a queue into the index, or takes it out if q is nil.
func (x *index) set(id o2.ID, q *queue) {
	ready := x.ready[assignment.Of(id)]
	if q == nil {
		delete(x.queues, id)
		delete(ready, id)
		return
	}
	x.queues[id] = q
	if q.length > 0 {
		ready[id] = q
	} else {
		delete(ready, id)
	}
}
