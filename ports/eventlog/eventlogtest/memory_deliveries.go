package eventlogtest

import (
	"context"
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// due is when the queue is or was due; ok is false if nothing is queued.
func (q *queue) due() (at time.Time, ok bool) {
	if q.next.After(q.since) {
		return q.next, len(q.entries) > 0
	}
	return q.since, len(q.entries) > 0
}

// Due is as in eventlog.Deliveries.
func (m *Memory) Due(_ context.Context, held []assignment.Held, now time.Time, limit int) (all []eventlog.Due, err error) {
	err = m.do("Due", func(c *contents) error {
		var partitions [assignment.Partitions]bool
		for _, h := range held {
			partitions[h.Partition] = true
		}
		for id, q := range c.queues {
			if at, ok := q.due(); ok && !at.After(now) && partitions[assignment.Of(id)] {
				all = append(all, eventlog.Due{Subscription: id, Since: at})
			}
		}
		slices.SortFunc(all, func(a, b eventlog.Due) int { return a.Since.Compare(b.Since) })
		all = all[:min(limit, len(all))]
		return nil
	})
	return all, err
}

// holds tells whether the subscription's partition is h.
func (m *Memory) holds(h assignment.Held, subscription o2.ID) error {
	if assignment.Of(subscription) != h.Partition {
		return store.ErrFenced
	}
	return m.Partitions.Check(h)
}

// Claim is as in eventlog.Deliveries.
func (m *Memory) Claim(_ context.Context, held assignment.Held, subscription o2.ID, most int) (claim eventlog.Claim, err error) {
	err = m.do("Claim", func(c *contents) error {
		if err := m.holds(held, subscription); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		claim = eventlog.Claim{Epoch: c.guard.Epoch, Incarnation: m.incarnation}
		if at, ok := q.due(); !ok || at.After(time.Now()) {
			return nil
		}
		q.unsettled = q.claimed
		for _, e := range q.entries[:min(most, len(q.entries))] {
			claim.Deliveries = append(claim.Deliveries, c.delivery(e))
			q.claimed = max(q.claimed, e.Position)
		}
		if len(claim.Deliveries) > 0 {
			claim.Deliveries[0].Attempts, claim.Deliveries[0].First = q.attempts, q.first
		}
		return nil
	})
	if err != nil {
		return eventlog.Claim{}, err
	}
	return claim, nil
}

// delivery joins an entry and its states.
func (c *contents) delivery(e eventlog.Entry) eventlog.Delivery {
	d := eventlog.Delivery{Entry: e}
	if e.Prior != 0 {
		d.PriorState = c.states[e.Prior].Object
	}
	if e.Post != 0 {
		d.PostState = c.states[e.Post].Object
	}
	return d
}

// Settle is as in eventlog.Deliveries.
func (m *Memory) Settle(_ context.Context, held assignment.Held, subscription o2.ID, s eventlog.Settlement) (left int, err error) {
	err = m.do("Settle", func(c *contents) error {
		if err := m.holds(held, subscription); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		upTo := min(s.Delivered, q.claimed)
		for _, e := range q.keep(func(e eventlog.Entry) bool { return e.Position > upTo }) {
			c.dropEntry(e)
			q.lastSuccess = s.DeliveredAt
		}
		q.claimed, q.since = q.unsettled, time.Now()
		if s.Failed != nil && len(q.entries) > 0 && q.entries[0].Position == s.Failed.Position {
			q.fail(c, *s.Failed)
		}
		left = len(q.entries)
		return nil
	})
	return left, err
}

// fail records that the first entry's delivery failed.
func (q *queue) fail(c *contents, f eventlog.Failure) {
	now := time.Now()
	q.lastError, q.lastFailure = f.Reason, now
	q.attempts, q.first, q.next = f.Attempts, f.First, f.Next
	if !f.Dead {
		return
	}
	d := eventlog.DeadLetter{Delivery: c.delivery(q.entries[0]), DiedAt: now, Reason: f.Reason}
	d.Attempts, d.First = f.Attempts, f.First
	q.keep(func(e eventlog.Entry) bool { return e.Position != f.Position })
	q.dead = append(q.dead, d)
}
