package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// mostClaimed bounds a claim, and so what a process that died may have sent of a
// queue without anyone's knowing.
const mostClaimed = 256

// Due is as in eventlog.Deliveries.
func (l *eventLog) Due(_ context.Context, held []assignment.Held, now time.Time, limit int) ([]eventlog.Due, error) {
	var all []eventlog.Due
	l.s.mu.Lock()
	for _, h := range held {
		for id, q := range l.s.index.ready[h.Partition] {
			if at, ok := q.due(); ok && !at.After(now) {
				all = append(all, eventlog.Due{Subscription: id, Since: at})
			}
		}
	}
	l.s.mu.Unlock()
	slices.SortFunc(all, func(a, b eventlog.Due) int { return a.Since.Compare(b.Since) })
	return all[:min(limit, len(all))], nil
}

// holds tells whether the subscription's partition is h.
func (s *Store) holds(h assignment.Held, subscription o2.ID) error {
	if assignment.Of(subscription) != h.Partition {
		return fmt.Errorf("subscription %s is not in partition %d: %w", subscription, h.Partition, store.ErrFenced)
	}
	return s.partitions.check(h)
}

// Claim is as in eventlog.Deliveries. What is read was on disk before, so that
// the claim itself needs no writing: see Open for what becomes of it.
func (l *eventLog) Claim(ctx context.Context, held assignment.Held, subscription o2.ID, most int) (eventlog.Claim, error) {
	const what = "claiming events"
	if err := l.s.lockThawed(ctx, subscription); err != nil {
		return eventlog.Claim{}, fmt.Errorf("%s: %w", what, err)
	}
	locked := true
	unlock := func() {
		if locked {
			locked = false
			l.s.mu.Unlock()
		}
	}
	defer unlock()
	if err := l.s.holds(held, subscription); err != nil {
		return eventlog.Claim{}, fmt.Errorf("%s: %w", what, err)
	}
	q := l.s.index.queues[subscription]
	if q == nil {
		return eventlog.Claim{}, fmt.Errorf("%s: subscription %s is not active: %w", what, subscription, store.ErrNotFound)
	}
	claim := eventlog.Claim{Epoch: l.s.index.guard.Epoch, Incarnation: l.s.incarnation}
	if at, ok := q.due(); !ok || at.After(time.Now()) {
		return claim, nil
	}
	err := l.s.view(what, func(tx transaction) error {
		entries, err := firstEntries(tx, subscription, min(most, mostClaimed))
		if err != nil || len(entries) == 0 {
			return err
		}
		m := l.s.marks[subscription]
		l.s.marks[subscription] = mark{claimed: max(m.claimed, entries[len(entries)-1].Position), unsettled: m.claimed}
		unlock() // the states stay as they are for as long as this reads
		claim.Deliveries, err = l.s.join(tx, entries)
		return err
	})
	if err != nil {
		return eventlog.Claim{}, err
	}
	if len(claim.Deliveries) > 0 && claim.Deliveries[0].Position == q.head {
		claim.Deliveries[0].Attempts, claim.Deliveries[0].First = q.attempts, q.first
	}
	return claim, nil
}

// lockThawed locks s.mu when the writer has nothing under way that changes what
// is claimed of a queue.
func (s *Store) lockThawed(ctx context.Context, subscription o2.ID) error {
	for {
		s.mu.Lock()
		if _, frozen := s.frozen[subscription]; !frozen {
			return nil
		}
		thawed := s.thawed
		s.mu.Unlock()
		select {
		case <-thawed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func firstEntries(tx transaction, subscription o2.ID, most int) (entries []eventlog.Entry, err error) {
	b := tx.Bucket(queuesBucket).Bucket([]byte(subscription))
	if b == nil {
		return nil, errors.New("a queue is missing")
	}
	cursor := b.Cursor()
	for key, value := cursor.First(); key != nil && len(entries) < most; key, value = cursor.Next() {
		e, err := decodeEntry(key, value)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// join adds their states to entries.
func (s *Store) join(tx transaction, entries []eventlog.Entry) ([]eventlog.Delivery, error) {
	list := make([]eventlog.Delivery, len(entries))
	for i, e := range entries {
		d, err := s.delivery(tx, e)
		if err != nil {
			return nil, err
		}
		list[i] = d
	}
	return list, nil
}

func (s *Store) delivery(tx transaction, e eventlog.Entry) (d eventlog.Delivery, err error) {
	d.Entry = e
	if d.PriorState, err = s.object(tx, e.Prior, e.PriorDigest); err != nil {
		return d, err
	}
	d.PostState, err = s.object(tx, e.Post, e.PostDigest)
	return d, err
}

func (s *Store) object(tx transaction, sequence uint64, digest o2.Digest) (o2.Object, error) {
	if sequence == 0 {
		return nil, nil
	}
	if held := s.states.Get(sequence, digest); held != nil {
		return held, nil
	}
	record := tx.Bucket(statesBucket).Get(numberKey(sequence))
	state, err := decodeState(record)
	if err != nil {
		return nil, err
	}
	s.states.Put(sequence, state.Object, len(record))
	return state.Object, nil
}

// Settle is as in eventlog.Deliveries.
func (l *eventLog) Settle(ctx context.Context, held assignment.Held, subscription o2.ID, s eventlog.Settlement) (int, error) {
	left := 0
	err := l.s.write(ctx, "settling a claim", func(c *change) error {
		if err := l.s.holds(held, subscription); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		m := c.own(subscription)
		c.settle(q, s, min(s.Delivered, m.claimed))
		c.marks[subscription] = mark{}
		if m.unsettled >= q.head && q.length > 0 {
			c.marks[subscription] = mark{claimed: m.unsettled, unsettled: m.unsettled}
		}
		left = q.length
		return nil
	})
	return left, err
}

// settle takes out what was delivered, and deals with what failed behind it.
func (c *change) settle(q *queue, s eventlog.Settlement, upTo uint64) {
	var gone []eventlog.Entry
	c.walk(q.Subscription, func(e eventlog.Entry) bool {
		if e.Position > upTo {
			return false
		}
		gone = append(gone, e)
		return true
	})
	q.since = time.Now()
	if len(gone) > 0 {
		q.lastSuccess = s.DeliveredAt
		c.cut(q, gone)
		for _, e := range gone {
			c.dropEntry(e)
		}
	}
	failed := s.Failed != nil && q.length > 0 && q.head == s.Failed.Position
	if failed {
		c.fail(q, *s.Failed)
	}
	if failed || len(gone) > 0 {
		c.save(q)
	}
}

// fail records that the first entry's delivery failed.
func (c *change) fail(q *queue, f eventlog.Failure) {
	now := time.Now()
	q.lastError, q.lastFailure = f.Reason, now
	q.attempts, q.first, q.next = f.Attempts, f.First, f.Next
	if !f.Dead {
		return
	}
	var head eventlog.Entry
	c.walk(q.Subscription, func(e eventlog.Entry) bool {
		head = e
		return false
	})
	d := deadLetter{Entry: head, attempts: f.Attempts, first: f.First, diedAt: now, reason: f.Reason}
	c.put(c.deadLetters(q.Subscription), numberKey(d.Position), encodeDeadLetter(d))
	q.dead++
	c.cut(q, []eventlog.Entry{head})
}
