// Package eventlogtest is the conformance suite of ports/eventlog, and an
// implementation in memory for the tests of those who use it.
package eventlogtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment/assignmenttest"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is an eventlog.Log. Make it with NewMemory.
type Memory struct {
	storetest.Faults
	// Partitions says who holds which partition.
	Partitions *assignmenttest.Memory

	incarnation o2.ID

	mu       sync.Mutex
	contents contents
}

// contents is all that a log holds.
type contents struct {
	guard  eventlog.Guard
	told   map[o2.ObjectKey]uint64
	states map[uint64]eventlog.State
	// refs counts the told records, entries and dead letters that refer to a state.
	refs   map[uint64]int
	queues map[o2.ID]*queue
}

// queue is one subscription that is in force.
type queue struct {
	eventlog.Activation
	entries []eventlog.Entry
	// claimed is the position up to which entries are claimed, 0 for none; unsettled
	// that up to which they were already when the last claim came.
	claimed, unsettled uint64
	// since is when the queue became due, unless next is later.
	since time.Time
	// attempts, first and next are of the first entry.
	attempts    int
	first, next time.Time
	lastSuccess time.Time
	lastError   string
	lastFailure time.Time
	dead        []eventlog.DeadLetter
}

var _ eventlog.Log = (*Memory)(nil)

// NewMemory returns an empty log.
func NewMemory() *Memory {
	return &Memory{
		Partitions:  &assignmenttest.Memory{},
		incarnation: o2.NewID(),
		contents: contents{
			guard:  eventlog.Guard{Fence: storetest.NewToken(), Epoch: storetest.NewToken()},
			told:   map[o2.ObjectKey]uint64{},
			states: map[uint64]eventlog.State{},
			refs:   map[uint64]int{},
			queues: map[o2.ID]*queue{},
		},
	}
}

// do runs one method under the lock, between the faults planted for it.
func (m *Memory) do(op string, run func(c *contents) error) error {
	if err := m.Before(op); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	err := m.locked(run)
	if err := m.After(op, err); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

func (m *Memory) locked(run func(c *contents) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return run(&m.contents)
}

// Epoch returns the epoch in force.
func (m *Memory) Epoch() store.Token {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.contents.guard.Epoch
}

// Leads reports whether fence is that of the leader.
func (m *Memory) Leads(fence store.Token) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.contents.guard.Fence == fence
}

// RenewEpoch is as in eventlog.Log.
func (m *Memory) RenewEpoch(context.Context) error {
	return m.do("RenewEpoch", func(c *contents) error {
		c.guard.Epoch = storetest.NewToken()
		return nil
	})
}

// Incarnation is as in eventlog.Leader.
func (m *Memory) Incarnation(context.Context) (o2.ID, error) {
	return m.incarnation, m.do("Incarnation", func(*contents) error { return nil })
}

// States counts the states that are kept.
func (m *Memory) States() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.contents.states)
}

// Save returns a function that puts everything back as it is now, as a failover
// to a replica that is behind does.
func (m *Memory) Save() (restore func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	saved := m.contents.clone()
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.contents = saved.clone()
	}
}

func (c *contents) clone() contents {
	d := contents{
		guard: c.guard, told: maps.Clone(c.told), states: maps.Clone(c.states), refs: maps.Clone(c.refs),
		queues: make(map[o2.ID]*queue, len(c.queues)),
	}
	for id, q := range c.queues {
		copied := *q
		copied.entries, copied.dead = slices.Clone(q.entries), slices.Clone(q.dead)
		d.queues[id] = &copied
	}
	return d
}

// check tells whether g holds.
func (c *contents) check(g eventlog.Guard) error {
	if g.Fence != c.guard.Fence {
		return store.ErrFenced
	}
	if g != c.guard {
		return store.ErrStale
	}
	return nil
}

// active returns the queue of a subscription in force.
func (c *contents) active(subscription o2.ID) (*queue, error) {
	q := c.queues[subscription]
	if q == nil {
		return nil, fmt.Errorf("subscription %s is not active: %w", subscription, store.ErrNotFound)
	}
	return q, nil
}

// draw returns the next sequence number.
func (c *contents) draw() uint64 {
	c.guard.Sequence++
	return c.guard.Sequence
}

// hold counts one more reference to a state; 0 is none.
func (c *contents) hold(sequence uint64) {
	if sequence != 0 {
		c.refs[sequence]++
	}
}

// drop counts one reference less, and forgets a state that has none left.
func (c *contents) drop(sequence uint64) {
	if sequence == 0 {
		return
	}
	if c.refs[sequence]--; c.refs[sequence] == 0 {
		delete(c.refs, sequence)
		delete(c.states, sequence)
	}
}

func (c *contents) dropEntry(e eventlog.Entry) {
	c.drop(e.Prior)
	c.drop(e.Post)
}

// append puts an entry at a queue's end.
func (c *contents) append(q *queue, e eventlog.Entry) {
	c.hold(e.Prior)
	c.hold(e.Post)
	if len(q.entries) == 0 {
		q.since = time.Now()
	}
	q.entries = append(q.entries, e)
}
