package embedded

import (
	"context"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// Standings is as in eventlog.Standings.
func (l *eventLog) Standings(_ context.Context, subscriptions []o2.ID) ([]eventlog.Standing, error) {
	all := make([]eventlog.Standing, len(subscriptions))
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for i, id := range subscriptions {
		if q := l.s.index.queues[id]; q != nil {
			all[i] = q.standing()
		}
	}
	return all, nil
}

// walkDead calls fn with the dead letters behind a position, in order, until fn
// returns false. fn is not to change them.
func (c *change) walkDead(id o2.ID, after uint64, fn func(d deadLetter) bool) {
	c.note(walkDead(c.tx, id, after, fn))
}

func walkDead(tx transaction, id o2.ID, after uint64, fn func(d deadLetter) bool) error {
	b := tx.Bucket(deadBucket).Bucket([]byte(id))
	if b == nil {
		return nil
	}
	cursor := b.Cursor()
	for key, value := cursor.Seek(numberKey(after + 1)); key != nil; key, value = cursor.Next() {
		d, err := decodeDeadLetter(key, value)
		if err != nil {
			return err
		}
		if !fn(d) {
			return nil
		}
	}
	return nil
}

// DeadLetters is as in eventlog.Standings.
func (l *eventLog) DeadLetters(_ context.Context, subscription o2.ID, after uint64, limit int) (all []eventlog.DeadLetter, err error) {
	err = l.s.view("reading dead letters", func(tx transaction) error {
		var list []deadLetter
		if err := walkDead(tx, subscription, after, func(d deadLetter) bool {
			if len(list) < limit {
				list = append(list, d)
			}
			return len(list) < limit
		}); err != nil {
			return err
		}
		for _, d := range list {
			joined, err := l.s.delivery(tx, d.Entry)
			if err != nil {
				return err
			}
			joined.Attempts, joined.First = d.attempts, d.first
			all = append(all, eventlog.DeadLetter{
				Delivery: joined, DiedAt: d.diedAt, Reason: d.reason, Redelivering: d.redelivering,
			})
		}
		return nil
	})
	return all, err
}

// chosen returns the dead letters at the positions, or all if positions is nil.
func (c *change) chosen(id o2.ID, positions []uint64) (list []deadLetter) {
	wanted := slices.Sorted(slices.Values(positions))
	c.walkDead(id, 0, func(d deadLetter) bool {
		if _, found := slices.BinarySearch(wanted, d.Position); found || positions == nil {
			list = append(list, d)
		}
		return true
	})
	return list
}

// RequestRedelivery is as in eventlog.Standings.
func (l *eventLog) RequestRedelivery(ctx context.Context, subscription o2.ID, positions []uint64) (n int, err error) {
	err = l.s.write(ctx, "asking for redelivery", func(c *change) error {
		n = 0
		c.guard.Epoch = newToken()
		q := c.queue(subscription)
		if q == nil {
			return nil
		}
		for _, d := range c.chosen(subscription, positions) {
			if !d.redelivering {
				q.redelivering++
			}
			d.redelivering = true
			c.put(c.deadLetters(subscription), numberKey(d.Position), encodeDeadLetter(d))
			n++
		}
		return nil
	})
	return n, err
}

// PurgeDeadLetters is as in eventlog.Standings.
func (l *eventLog) PurgeDeadLetters(ctx context.Context, subscription o2.ID, positions []uint64) (n int, err error) {
	err = l.s.write(ctx, "purging dead letters", func(c *change) error {
		n = 0
		q := c.queue(subscription)
		if q == nil {
			return nil
		}
		for _, d := range c.chosen(subscription, positions) {
			c.bury(q, d)
			c.dropEntry(d.Entry)
			n++
		}
		return nil
	})
	return n, err
}

// bury takes out a dead letter; its states are the caller's to drop.
func (c *change) bury(q *queue, d deadLetter) {
	c.remove(c.deadLetters(q.Subscription), numberKey(d.Position))
	q.dead--
	if d.redelivering {
		q.redelivering--
	}
}

// Redeliveries is as in eventlog.Leader.
func (l *eventLog) Redeliveries(context.Context) (map[o2.ID][]eventlog.Entry, error) {
	all := map[o2.ID][]eventlog.Entry{}
	var ids []o2.ID
	l.s.mu.Lock()
	for id, q := range l.s.index.queues {
		if q.redelivering > 0 {
			ids = append(ids, id)
		}
	}
	l.s.mu.Unlock()
	if len(ids) == 0 {
		return all, nil
	}
	err := l.s.view("reading what to deliver again", func(tx transaction) error {
		for _, id := range ids {
			if err := walkDead(tx, id, 0, func(d deadLetter) bool {
				if d.redelivering {
					all[id] = append(all[id], d.Entry)
				}
				return true
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// Requeue is as in eventlog.Leader.
func (l *eventLog) Requeue(ctx context.Context, g eventlog.Guard, subscription o2.ID, dead []uint64, entries []eventlog.Entry) (eventlog.Guard, error) {
	var next eventlog.Guard
	err := l.s.write(ctx, "queueing dead letters again", func(c *change) error {
		if err := c.check(g); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		if err := c.allKnown(entries); err != nil {
			return err
		}
		var moved []deadLetter
		if len(dead) > 0 {
			moved = c.chosen(subscription, dead)
		}
		for _, d := range moved {
			e := d.Entry
			e.Position = c.draw()
			c.append(q, e, appendEntry(nil, e))
			c.bury(q, d)
		}
		if len(moved) > 0 {
			c.drawn()
		}
		c.appendNew(q, entries)
		for _, d := range moved {
			c.dropEntry(d.Entry)
		}
		next = c.guard
		return nil
	})
	return next, err
}
