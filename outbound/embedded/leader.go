package embedded

import (
	"context"
	"fmt"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// eventLog is the event log in the file.
type eventLog struct{ s *Store }

var _ eventlog.Log = (*eventLog)(nil)

// Incarnation is as in eventlog.Leader.
func (l *eventLog) Incarnation(context.Context) (o2.ID, error) { return l.s.incarnation, nil }

// Lead is as in eventlog.Leader.
func (l *eventLog) Lead(ctx context.Context) (g eventlog.Guard, err error) {
	err = l.s.write(ctx, "leading", func(c *change) error {
		c.guard.Fence = newToken()
		g = c.guard
		return nil
	})
	return g, err
}

// Refresh is as in eventlog.Leader.
func (l *eventLog) Refresh(_ context.Context, fence store.Token) (eventlog.Guard, error) {
	l.s.mu.Lock()
	g := l.s.index.guard
	l.s.mu.Unlock()
	if g.Fence != fence {
		return eventlog.Guard{}, fmt.Errorf("looking after the lead: %w", store.ErrFenced)
	}
	return g, nil
}

// RenewEpoch is as in eventlog.Log.
func (l *eventLog) RenewEpoch(ctx context.Context) error {
	return l.s.write(ctx, "renewing the epoch", func(c *change) error {
		c.guard.Epoch = newToken()
		return nil
	})
}

// walkPage is how many told records are read at a time: whoever reads for long
// holds up the file's growth.
const walkPage = 1000

// WalkTold is as in eventlog.Leader.
func (l *eventLog) WalkTold(ctx context.Context, fn func(eventlog.Told) error) error {
	var after []byte
	for {
		page, last, err := l.toldAfter(after)
		if err != nil {
			return err
		}
		for _, told := range page {
			if err := fn(told); err != nil {
				return err
			}
		}
		if last == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("reading what was told: %w", err)
		}
		after = last
	}
}

// toldAfter returns the told records behind a key, and the last of them, nil if
// none follow.
func (l *eventLog) toldAfter(after []byte) (page []eventlog.Told, last []byte, err error) {
	err = l.s.view("reading what was told", func(tx transaction) error {
		cursor := tx.Bucket(toldBucket).Cursor()
		key, value := cursor.Seek(append(after, 0))
		if after == nil {
			key, value = cursor.First()
		}
		for ; key != nil; key, value = cursor.Next() {
			if len(page) == walkPage {
				return nil
			}
			state, err := decodeState(tx.Bucket(statesBucket).Get(value))
			if err != nil {
				return err
			}
			page = append(page, eventlog.Told{Sequence: number(value), State: state})
			last = append([]byte(nil), key...)
		}
		last = nil
		return nil
	})
	return page, last, err
}

// Commit is as in eventlog.Leader.
func (l *eventLog) Commit(ctx context.Context, g eventlog.Guard, changes []eventlog.Change) (eventlog.Guard, map[o2.ID]int, error) {
	var next eventlog.Guard
	lengths := map[o2.ID]int{}
	err := l.s.write(ctx, "committing changes", func(c *change) error {
		if err := c.check(g); err != nil {
			return err
		}
		if err := c.priors(changes); err != nil {
			return err
		}
		for _, change := range changes {
			c.commit(change, lengths)
		}
		if len(changes) > 0 {
			c.drawn()
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
func (c *change) priors(changes []eventlog.Change) error {
	told := make(map[o2.ObjectKey]uint64, len(changes))
	for i, change := range changes {
		prior, ok := told[change.Object]
		if !ok {
			prior = number(c.tx.Bucket(toldBucket).Get(objectKey(change.Object)))
		}
		if prior != change.Prior {
			return fmt.Errorf("%s %s was told under %d, not %d: %w",
				change.Object.Kind, change.Object.ID, prior, change.Prior, store.ErrStale)
		}
		told[change.Object] = 0
		if change.Post != nil {
			told[change.Object] = c.guard.Sequence + uint64(i) + 1
		}
	}
	return nil
}

func (c *change) commit(change eventlog.Change, lengths map[o2.ID]int) {
	sequence := c.draw()
	e := eventlog.Entry{
		Position: sequence, Sequence: sequence, Object: change.Object, Prior: change.Prior,
		PriorDigest: change.PriorDigest, PostDigest: change.PostDigest, At: change.At,
	}
	if change.Post != nil {
		e.Post = sequence
		c.put(c.tx.Bucket(statesBucket), numberKey(sequence), encodeState(*change.Post))
		c.put(c.tx.Bucket(toldBucket), objectKey(change.Object), numberKey(sequence))
		c.hold(sequence)
	} else {
		c.remove(c.tx.Bucket(toldBucket), objectKey(change.Object))
	}
	records := map[o2.EventType][]byte{} // they differ by type alone
	for _, target := range change.Targets {
		q := c.queue(target.Subscription)
		if q == nil || q.Overflowed {
			continue
		}
		own := as(e, target.Type)
		record := records[target.Type]
		if record == nil {
			record = appendEntry(nil, own)
			records[target.Type] = record
		}
		c.append(q, own, record)
		lengths[target.Subscription] = q.length
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

// Totals is as in eventlog.Leader.
func (l *eventLog) Totals(context.Context) (t eventlog.Totals, err error) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for _, q := range l.s.index.queues {
		t.Subscriptions++
		t.Entries += q.length
		t.DeadLetters += q.dead
		if q.attempts > 0 {
			t.Retrying++
		}
		if q.length > 0 && (t.Oldest.IsZero() || q.headAt.Before(t.Oldest)) {
			t.Oldest = q.headAt
		}
	}
	return t, nil
}

// Aged is as in eventlog.Leader.
func (l *eventLog) Aged(_ context.Context, before time.Time, limit int) (ids []o2.ID, err error) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for _, ready := range l.s.index.ready {
		for id, q := range ready {
			if len(ids) < limit && q.length >= 2 && q.headAt.Before(before) {
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}
