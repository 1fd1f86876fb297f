package eventlogtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Lead is as in eventlog.Leader.
func (m *Memory) Lead(context.Context) (g eventlog.Guard, err error) {
	err = m.do("Lead", func(c *contents) error {
		c.guard.Fence = storetest.NewToken()
		g = c.guard
		return nil
	})
	return g, err
}

// Refresh is as in eventlog.Leader.
func (m *Memory) Refresh(_ context.Context, fence store.Token) (g eventlog.Guard, err error) {
	err = m.do("Refresh", func(c *contents) error {
		if c.guard.Fence != fence {
			return store.ErrFenced
		}
		g = c.guard
		return nil
	})
	return g, err
}

// WalkTold is as in eventlog.Leader.
func (m *Memory) WalkTold(_ context.Context, fn func(eventlog.Told) error) error {
	var all []eventlog.Told
	err := m.do("WalkTold", func(c *contents) error {
		for _, sequence := range c.told {
			all = append(all, eventlog.Told{Sequence: sequence, State: c.states[sequence]})
		}
		return nil
	})
	for _, told := range all {
		if err == nil {
			err = fn(told)
		}
	}
	return err
}

// Commit is as in eventlog.Leader.
func (m *Memory) Commit(_ context.Context, g eventlog.Guard, changes []eventlog.Change) (next eventlog.Guard, lengths map[o2.ID]int, err error) {
	err = m.do("Commit", func(c *contents) error {
		if err := c.check(g); err != nil {
			return err
		}
		if err := c.priors(changes); err != nil {
			return err
		}
		lengths = map[o2.ID]int{}
		for _, change := range changes {
			c.commit(change, lengths)
		}
		next = c.guard
		return nil
	})
	if err != nil {
		return eventlog.Guard{}, nil, err
	}
	return next, lengths, nil
}

// priors tells whether every change replaces what is told.
func (c *contents) priors(changes []eventlog.Change) error {
	told := map[o2.ObjectKey]uint64{}
	for i, change := range changes {
		prior, ok := told[change.Object]
		if !ok {
			prior = c.told[change.Object]
		}
		if prior != change.Prior {
			return fmt.Errorf("%v was told under %d, not %d: %w", change.Object, prior, change.Prior, store.ErrStale)
		}
		told[change.Object] = 0
		if change.Post != nil {
			told[change.Object] = c.guard.Sequence + uint64(i) + 1
		}
	}
	return nil
}

func (c *contents) commit(change eventlog.Change, lengths map[o2.ID]int) {
	sequence := c.draw()
	e := eventlog.Entry{
		Position: sequence, Sequence: sequence, Object: change.Object, Prior: change.Prior,
		PriorDigest: change.PriorDigest, PostDigest: change.PostDigest, At: change.At,
	}
	if change.Post != nil {
		e.Post = sequence
		c.states[sequence] = *change.Post
		c.told[change.Object] = sequence
		c.hold(sequence)
	} else {
		delete(c.told, change.Object)
	}
	for _, target := range change.Targets {
		if q := c.queues[target.Subscription]; q != nil && !q.Overflowed {
			c.append(q, as(e, target.Type))
			lengths[target.Subscription] = len(q.entries)
		}
	}
	c.drop(change.Prior)
}

// as returns e as what it is to one subscriber.
func as(e eventlog.Entry, t o2.EventType) eventlog.Entry {
	e.Type = t
	switch t {
	case o2.EventCreated:
		e.Prior, e.PriorDigest = 0, o2.Digest{}
	case o2.EventDeleted:
		e.Post, e.PostDigest = 0, o2.Digest{}
	}
	return e
}

// Activations is as in eventlog.Leader.
func (m *Memory) Activations(context.Context) (all []eventlog.Activation, err error) {
	err = m.do("Activations", func(c *contents) error {
		for _, q := range c.queues {
			a := q.Activation
			a.Returned = a.Overflowed && len(q.entries) == 0
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

// Activate is as in eventlog.Leader.
func (m *Memory) Activate(_ context.Context, g eventlog.Guard, a eventlog.Activation, entries []eventlog.Entry, reset bool) (next eventlog.Guard, err error) {
	err = m.do("Activate", func(c *contents) error {
		if err := c.check(g); err != nil {
			return err
		}
		if err := c.known(entries); err != nil {
			return err
		}
		q := c.queues[a.Subscription]
		if q == nil {
			q = &queue{}
			c.queues[a.Subscription] = q
		}
		q.Activation = a
		var gone []eventlog.Entry
		if reset {
			gone = q.keep(func(e eventlog.Entry) bool { return e.Position <= q.claimed })
		}
		c.draws(q, entries)
		for _, e := range gone {
			c.dropEntry(e)
		}
		next = c.guard
		return nil
	})
	return next, err
}

// known tells whether the states that entries refer to are there.
func (c *contents) known(entries []eventlog.Entry) error {
	for _, e := range entries {
		for _, sequence := range []uint64{e.Prior, e.Post} {
			if sequence != 0 && c.refs[sequence] == 0 {
				return fmt.Errorf("there is no state %d: %w", sequence, store.ErrStale)
			}
		}
	}
	return nil
}

// draws appends entries, each under a new position and sequence number.
func (c *contents) draws(q *queue, entries []eventlog.Entry) {
	for _, e := range entries {
		e.Position = c.draw()
		e.Sequence = e.Position
		c.append(q, e)
	}
}

// keep leaves those entries in the queue for which fn is true, and returns the
// others. The attempts made for the first entry are forgotten if it goes.
func (q *queue) keep(fn func(eventlog.Entry) bool) (gone []eventlog.Entry) {
	var kept []eventlog.Entry
	for i, e := range q.entries {
		if fn(e) {
			kept = append(kept, e)
			continue
		}
		if i == 0 {
			q.attempts, q.first, q.next = 0, time.Time{}, time.Time{}
		}
		gone = append(gone, e)
	}
	q.entries = kept
	return gone
}

// Deactivate is as in eventlog.Leader.
func (m *Memory) Deactivate(_ context.Context, g eventlog.Guard, subscription o2.ID) error {
	return m.do("Deactivate", func(c *contents) error {
		if err := c.check(g); err != nil {
			return err
		}
		q := c.queues[subscription]
		if q == nil {
			return nil
		}
		for _, e := range q.entries {
			c.dropEntry(e)
		}
		for _, d := range q.dead {
			c.dropEntry(d.Entry)
		}
		delete(c.queues, subscription)
		return nil
	})
}

// Redeliveries is as in eventlog.Leader.
func (m *Memory) Redeliveries(context.Context) (all map[o2.ID][]eventlog.Entry, err error) {
	err = m.do("Redeliveries", func(c *contents) error {
		all = map[o2.ID][]eventlog.Entry{}
		for id, q := range c.queues {
			for _, d := range q.dead {
				if d.Redelivering {
					all[id] = append(all[id], d.Entry)
				}
			}
		}
		return nil
	})
	return all, err
}

// Requeue is as in eventlog.Leader.
func (m *Memory) Requeue(_ context.Context, g eventlog.Guard, subscription o2.ID, dead []uint64, entries []eventlog.Entry) (next eventlog.Guard, err error) {
	err = m.do("Requeue", func(c *contents) error {
		if err := c.check(g); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		if err := c.known(entries); err != nil {
			return err
		}
		var left, moved []eventlog.DeadLetter
		for _, d := range q.dead {
			if slices.Contains(dead, d.Position) {
				moved = append(moved, d)
			} else {
				left = append(left, d)
			}
		}
		q.dead = left
		for _, d := range moved {
			d.Position = c.draw()
			c.append(q, d.Entry)
		}
		c.draws(q, entries)
		for _, d := range moved {
			c.dropEntry(d.Entry)
		}
		next = c.guard
		return nil
	})
	return next, err
}
