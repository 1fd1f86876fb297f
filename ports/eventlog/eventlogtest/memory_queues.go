package eventlogtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// untouched reports whether the entry at i is neither claimed nor attempted.
func (q *queue) untouched(i int) bool {
	return q.entries[i].Position > q.claimed && (i > 0 || q.attempts == 0)
}

// Queue is as in eventlog.Leader.
func (m *Memory) Queue(_ context.Context, subscription o2.ID) (entries []eventlog.Entry, err error) {
	err = m.do("Queue", func(c *contents) error {
		q := c.queues[subscription]
		for i := 0; q != nil && i < len(q.entries); i++ {
			if q.untouched(i) {
				entries = append(entries, q.entries[i])
			}
		}
		return nil
	})
	return entries, err
}

// Rewrite is as in eventlog.Leader.
func (m *Memory) Rewrite(_ context.Context, g eventlog.Guard, subscription o2.ID, remove []uint64, put []eventlog.Entry) error {
	return m.do("Rewrite", func(c *contents) error {
		if err := c.check(g); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		removable := 0
		for i, e := range q.entries {
			if slices.Contains(remove, e.Position) && q.untouched(i) {
				removable++
			}
		}
		if removable != len(remove) {
			return fmt.Errorf("%d of %d entries are claimed or gone: %w", len(remove)-removable, len(remove), store.ErrStale)
		}
		gone := q.keep(func(e eventlog.Entry) bool { return !slices.Contains(remove, e.Position) })
		for _, e := range put {
			c.append(q, e)
		}
		slices.SortFunc(q.entries, func(a, b eventlog.Entry) int { return cmp.Compare(a.Position, b.Position) })
		for _, e := range gone {
			c.dropEntry(e)
		}
		return nil
	})
}

// Overflow is as in eventlog.Leader.
func (m *Memory) Overflow(_ context.Context, g eventlog.Guard, subscription o2.ID) error {
	return m.do("Overflow", func(c *contents) error {
		if err := c.check(g); err != nil {
			return err
		}
		q, err := c.active(subscription)
		if err != nil {
			return err
		}
		var keep []eventlog.Entry
		for i, e := range q.entries {
			if i == 0 || !q.untouched(i) {
				keep = append(keep, e)
			} else {
				c.dropEntry(e)
			}
		}
		q.entries, q.Overflowed = keep, true
		return nil
	})
}

// Totals is as in eventlog.Leader.
func (m *Memory) Totals(context.Context) (t eventlog.Totals, err error) {
	err = m.do("Totals", func(c *contents) error {
		for _, q := range c.queues {
			t.Subscriptions++
			t.Entries += len(q.entries)
			t.DeadLetters += len(q.dead)
			if q.attempts > 0 {
				t.Retrying++
			}
			if at := q.oldest(); !at.IsZero() && (t.Oldest.IsZero() || at.Before(t.Oldest)) {
				t.Oldest = at
			}
		}
		return nil
	})
	return t, err
}

// oldest is when the first entry's change was seen, zero if there is none.
func (q *queue) oldest() time.Time {
	if len(q.entries) == 0 {
		return time.Time{}
	}
	return q.entries[0].At
}

// Aged is as in eventlog.Leader.
func (m *Memory) Aged(_ context.Context, before time.Time, limit int) (ids []o2.ID, err error) {
	err = m.do("Aged", func(c *contents) error {
		for id, q := range c.queues {
			if len(ids) < limit && len(q.entries) >= 2 && q.oldest().Before(before) {
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}
