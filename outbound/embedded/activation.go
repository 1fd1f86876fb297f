package embedded

import (
	"context"
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// Activations is as in eventlog.Leader.
func (l *eventLog) Activations(context.Context) ([]eventlog.Activation, error) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	all := make([]eventlog.Activation, 0, len(l.s.index.queues))
	for _, q := range l.s.index.queues {
		a := q.Activation
		a.Returned = a.Overflowed && q.length == 0
		all = append(all, a)
	}
	return all, nil
}

// Activate is as in eventlog.Leader.
func (l *eventLog) Activate(ctx context.Context, g eventlog.Guard, a eventlog.Activation, entries []eventlog.Entry, reset bool) (eventlog.Guard, error) {
	var next eventlog.Guard
	err := l.s.write(ctx, "activating a subscription", func(c *change) error {
		if err := c.check(g); err != nil {
			return err
		}
		if err := c.allKnown(entries); err != nil {
			return err
		}
		claimed := c.own(a.Subscription).claimed
		q := c.queue(a.Subscription)
		if q == nil {
			q = c.establish(a.Subscription)
		}
		q.Activation = a
		q.Returned = false
		c.saveReaches(q)
		var gone []eventlog.Entry
		if reset {
			gone = c.collect(q, func(e eventlog.Entry) bool { return e.Position > claimed })
			c.cut(q, gone)
		}
		c.appendNew(q, entries)
		for _, e := range gone {
			c.dropEntry(e)
		}
		c.save(q)
		next = c.guard
		return nil
	})
	return next, err
}

// establish makes room for a subscription that was not in force.
func (c *change) establish(id o2.ID) *queue {
	c.dirty = true
	for _, name := range [][]byte{queuesBucket, deadBucket} {
		_, err := c.tx.Bucket(name).CreateBucket([]byte(id))
		c.note(err)
	}
	q := &queue{}
	q.Subscription = id
	c.queues[id] = q
	return q
}

// allKnown tells whether the states that entries refer to are there.
func (c *change) allKnown(entries []eventlog.Entry) error {
	for _, e := range entries {
		for _, sequence := range []uint64{e.Prior, e.Post} {
			if !c.known(sequence) {
				return fmt.Errorf("there is no state %d: %w", sequence, store.ErrStale)
			}
		}
	}
	return nil
}

// appendNew appends entries, each under a new position and sequence number.
func (c *change) appendNew(q *queue, entries []eventlog.Entry) {
	for _, e := range entries {
		e.Position = c.draw()
		e.Sequence = e.Position
		c.append(q, e, appendEntry(nil, e))
	}
	if len(entries) > 0 {
		c.drawn()
	}
}

// collect returns the entries of a queue for which fn is true.
func (c *change) collect(q *queue, fn func(eventlog.Entry) bool) (list []eventlog.Entry) {
	c.walk(q.Subscription, func(e eventlog.Entry) bool {
		if fn(e) {
			list = append(list, e)
		}
		return true
	})
	return list
}

// Deactivate is as in eventlog.Leader.
func (l *eventLog) Deactivate(ctx context.Context, g eventlog.Guard, subscription o2.ID) error {
	return l.s.write(ctx, "ending a subscription", func(c *change) error {
		if err := c.check(g); err != nil {
			return err
		}
		c.own(subscription)
		q := c.queue(subscription)
		if q == nil {
			return nil
		}
		c.walk(subscription, func(e eventlog.Entry) bool {
			c.dropEntry(e)
			return true
		})
		c.walkDead(subscription, 0, func(d deadLetter) bool {
			c.dropEntry(d.Entry)
			return true
		})
		for _, name := range [][]byte{queuesBucket, deadBucket} {
			c.note(c.tx.Bucket(name).DeleteBucket([]byte(subscription)))
		}
		c.remove(c.tx.Bucket(activeBucket), []byte(subscription))
		c.forgetReaches(subscription)
		c.queues[subscription], c.marks[subscription] = nil, mark{}
		return nil
	})
}

// Queue is as in eventlog.Leader.
func (l *eventLog) Queue(_ context.Context, subscription o2.ID) (entries []eventlog.Entry, err error) {
	l.s.mu.Lock()
	q, claimed := l.s.index.queues[subscription], l.s.marks[subscription].claimed
	l.s.mu.Unlock()
	if q == nil {
		return nil, nil
	}
	err = l.s.view("reading a queue", func(tx transaction) error {
		b := tx.Bucket(queuesBucket).Bucket([]byte(subscription))
		if b == nil {
			return nil // it has ended meanwhile
		}
		cursor := b.Cursor()
		for key, value := cursor.Seek(numberKey(claimed + 1)); key != nil; key, value = cursor.Next() {
			e, err := decodeEntry(key, value)
			if err != nil {
				return err
			}
			if q.untouched(e, claimed) {
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries, err
}

// untouched reports whether an entry is neither claimed nor attempted.
func (q *queue) untouched(e eventlog.Entry, claimed uint64) bool {
	return e.Position > claimed && (e.Position != q.head || q.attempts == 0)
}

// Rewrite is as in eventlog.Leader.
func (l *eventLog) Rewrite(ctx context.Context, g eventlog.Guard, subscription o2.ID, remove []uint64, put []eventlog.Entry) error {
	return l.s.write(ctx, "rewriting a queue", func(c *change) error {
		if err := c.check(g); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		claimed := c.own(subscription).claimed
		gone, err := c.pick(q, remove)
		if err != nil {
			return err
		}
		for _, e := range gone {
			if !q.untouched(e, claimed) {
				return fmt.Errorf("the entry at %d is claimed: %w", e.Position, store.ErrStale)
			}
		}
		if err := c.allKnown(put); err != nil {
			return err
		}
		c.cut(q, gone)
		for _, e := range put {
			c.append(q, e, appendEntry(nil, e))
		}
		c.rehead(q)
		for _, e := range gone {
			c.dropEntry(e)
		}
		c.save(q)
		return nil
	})
}

// pick returns the entries at positions, all of which must be there.
func (c *change) pick(q *queue, positions []uint64) ([]eventlog.Entry, error) {
	sorted := slices.Compact(slices.Sorted(slices.Values(positions)))
	list := make([]eventlog.Entry, 0, len(sorted))
	b := c.entries(q.Subscription)
	for _, position := range sorted {
		key := numberKey(position)
		value := b.Get(key)
		if value == nil {
			return nil, fmt.Errorf("the entry at %d is gone: %w", position, store.ErrStale)
		}
		e, err := decodeEntry(key, value)
		c.note(err)
		list = append(list, e)
	}
	return list, nil
}

// Overflow is as in eventlog.Leader.
func (l *eventLog) Overflow(ctx context.Context, g eventlog.Guard, subscription o2.ID) error {
	return l.s.write(ctx, "cutting a queue", func(c *change) error {
		if err := c.check(g); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		claimed := c.own(subscription).claimed
		gone := c.collect(q, func(e eventlog.Entry) bool { return e.Position > claimed && e.Position != q.head })
		c.cut(q, gone)
		for _, e := range gone {
			c.dropEntry(e)
		}
		q.Overflowed = true
		c.save(q)
		return nil
	})
}
