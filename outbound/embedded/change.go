package embedded

import (
	"fmt"
	"maps"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"go.etcd.io/bbolt"
)

type transaction = *bbolt.Tx

// change is one transaction under way: what it has written, and what the index
// is to be once it is on disk. The writer alone uses it.
type change struct {
	s  *Store
	tx transaction
	// fault is the first error of the file; the transaction ends with it.
	fault error
	dirty bool

	guard  eventlog.Guard
	queues map[o2.ID]*queue // nil for those that are no longer in force
	marks  map[o2.ID]mark
	refs   map[uint64]int // differences
	// subscriptions is the difference in their number.
	subscriptions int
	// tenancy is the new epoch of tenancy's records, "" if they are as they were.
	tenancy store.Token
	used    map[string]o2.Amounts
	// settled are the reservations that have ended with this.
	settled map[reservationKey]struct{}
}

func newChange(s *Store, tx transaction) *change {
	return &change{
		s: s, tx: tx, guard: s.index.guard,
		queues: map[o2.ID]*queue{}, marks: map[o2.ID]mark{}, refs: map[uint64]int{},
		used: map[string]o2.Amounts{}, settled: map[reservationKey]struct{}{},
	}
}

// apply makes the change part of the index; s.mu is held.
func (c *change) apply() {
	x := c.s.index
	x.guard = c.guard
	x.subscriptions += c.subscriptions
	for id, q := range c.queues {
		x.set(id, q)
	}
	for sequence, difference := range c.refs {
		if x.refs[sequence] += difference; x.refs[sequence] == 0 {
			delete(x.refs, sequence)
		}
	}
	maps.Copy(c.s.marks, c.marks)
	for id, m := range c.marks {
		if m == (mark{}) {
			delete(c.s.marks, id)
		}
	}
	if c.tenancy != "" {
		x.tenancy = c.tenancy
	}
	maps.Copy(x.used, c.used)
	for tenant := range c.used {
		c.s.reservations.renew(tenant)
	}
	for key := range c.settled {
		c.s.reservations.settle(key, time.Now())
	}
}

// check tells whether g holds.
func (c *change) check(g eventlog.Guard) error {
	if g.Fence != c.guard.Fence {
		return store.ErrFenced
	}
	if g != c.guard {
		return store.ErrStale
	}
	return nil
}

// draw returns the next sequence number.
func (c *change) draw() uint64 {
	c.guard.Sequence++
	return c.guard.Sequence
}

// drawn writes the sequence number down, once all are drawn.
func (c *change) drawn() {
	c.put(c.tx.Bucket(metaBucket), sequenceKey, numberKey(c.guard.Sequence))
}

func (c *change) put(b *bbolt.Bucket, key, value []byte) {
	c.dirty = true
	c.note(b.Put(key, value))
}

func (c *change) remove(b *bbolt.Bucket, key []byte) {
	c.dirty = true
	c.note(b.Delete(key))
}

func (c *change) note(err error) {
	if c.fault == nil {
		c.fault = err
	}
}

// queue returns the queue of a subscription in force, to be changed; nil if it
// is not in force.
func (c *change) queue(id o2.ID) *queue {
	if q, ok := c.queues[id]; ok {
		return q
	}
	q := c.s.index.queues[id]
	if q != nil {
		changed := *q
		q = &changed
		c.queues[id] = q
	}
	return q
}

// active is queue, with an error for a subscription that is not in force.
func (c *change) active(id o2.ID) (*queue, error) {
	q := c.queue(id)
	if q == nil {
		return nil, fmt.Errorf("subscription %s is not active: %w", id, store.ErrNotFound)
	}
	return q, nil
}

// own keeps deliverers from claiming of a queue until the change is on disk, and
// returns what they have claimed.
func (c *change) own(id o2.ID) mark {
	if m, ok := c.marks[id]; ok {
		return m
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.frozen[id] = struct{}{}
	m := c.s.marks[id]
	c.marks[id] = m
	return m
}

// save writes down what lasts of a queue but its entries.
func (c *change) save(q *queue) {
	c.put(c.tx.Bucket(activeBucket), []byte(q.Subscription), encodeActive(q))
}

func (c *change) entries(id o2.ID) *bbolt.Bucket {
	return c.tx.Bucket(queuesBucket).Bucket([]byte(id))
}

func (c *change) deadLetters(id o2.ID) *bbolt.Bucket {
	return c.tx.Bucket(deadBucket).Bucket([]byte(id))
}

// known tells whether there is a state, or none is meant.
func (c *change) known(sequence uint64) bool {
	return sequence == 0 || c.s.index.refs[sequence]+c.refs[sequence] > 0
}

// hold counts one more reference to a state; 0 is none.
func (c *change) hold(sequence uint64) {
	if sequence != 0 {
		c.refs[sequence]++
	}
}

// drop counts one reference less, and forgets a state that has none left.
func (c *change) drop(sequence uint64) {
	if sequence == 0 {
		return
	}
	c.refs[sequence]--
	if !c.known(sequence) {
		c.remove(c.tx.Bucket(statesBucket), numberKey(sequence))
	}
}

func (c *change) dropEntry(e eventlog.Entry) {
	c.drop(e.Prior)
	c.drop(e.Post)
}

// append puts an entry, of which record is the encoding, at a queue's end.
func (c *change) append(q *queue, e eventlog.Entry, record []byte) {
	c.hold(e.Prior)
	c.hold(e.Post)
	b := c.entries(q.Subscription)
	b.FillPercent = 0.9 // positions only grow
	c.put(b, numberKey(e.Position), record)
	if q.length == 0 {
		q.head, q.headAt, q.since = e.Position, e.At, time.Now()
	}
	q.length++
}

// walk calls fn with every entry of a queue, in order, until fn returns false. fn
// is not to change the queue.
func (c *change) walk(id o2.ID, fn func(e eventlog.Entry) bool) {
	cursor := c.entries(id).Cursor()
	for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
		e, err := decodeEntry(key, value)
		if c.note(err); c.fault != nil || !fn(e) {
			return
		}
	}
}

// cut takes entries out of a queue; their states are the caller's to drop.
func (c *change) cut(q *queue, gone []eventlog.Entry) {
	b := c.entries(q.Subscription)
	for _, e := range gone {
		c.remove(b, numberKey(e.Position))
	}
	q.length -= len(gone)
	c.rehead(q)
}

// rehead finds out which entry is the first now.
func (c *change) rehead(q *queue) {
	before := q.head
	q.head, q.headAt = 0, time.Time{}
	c.walk(q.Subscription, func(e eventlog.Entry) bool {
		q.head, q.headAt = e.Position, e.At
		return false
	})
	if q.head != before {
		q.fresh()
	}
}
