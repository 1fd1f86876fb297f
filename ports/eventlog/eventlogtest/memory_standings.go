package eventlogtest

import (
	"context"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Standings is as in eventlog.Standings.
func (m *Memory) Standings(_ context.Context, subscriptions []o2.ID) (all []eventlog.Standing, err error) {
	err = m.do("Standings", func(c *contents) error {
		all = make([]eventlog.Standing, len(subscriptions))
		for i, id := range subscriptions {
			if q := c.queues[id]; q != nil {
				all[i] = eventlog.Standing{
					Length: len(q.entries), DeadLetters: len(q.dead), Oldest: q.oldest(),
					Attempts: q.attempts, Next: q.next, LastSuccess: q.lastSuccess,
					LastError: q.lastError, LastFailure: q.lastFailure, Overflowed: q.Overflowed,
				}
			}
		}
		return nil
	})
	return all, err
}

// DeadLetters is as in eventlog.Standings.
func (m *Memory) DeadLetters(_ context.Context, subscription o2.ID, after uint64, limit int) (all []eventlog.DeadLetter, err error) {
	err = m.do("DeadLetters", func(c *contents) error {
		if q := c.queues[subscription]; q != nil {
			for _, d := range q.dead {
				if d.Position > after && len(all) < limit {
					all = append(all, d)
				}
			}
		}
		return nil
	})
	return all, err
}

// RequestRedelivery is as in eventlog.Standings.
func (m *Memory) RequestRedelivery(_ context.Context, subscription o2.ID, positions []uint64) (n int, err error) {
	err = m.do("RequestRedelivery", func(c *contents) error {
		if q := c.queues[subscription]; q != nil {
			for i := range q.dead {
				if chosen(positions, q.dead[i].Position) {
					q.dead[i].Redelivering = true
					n++
				}
			}
		}
		c.guard.Epoch = storetest.NewToken()
		return nil
	})
	return n, err
}

// PurgeDeadLetters is as in eventlog.Standings.
func (m *Memory) PurgeDeadLetters(_ context.Context, subscription o2.ID, positions []uint64) (n int, err error) {
	err = m.do("PurgeDeadLetters", func(c *contents) error {
		q := c.queues[subscription]
		if q == nil {
			return nil
		}
		var left []eventlog.DeadLetter
		for _, d := range q.dead {
			if chosen(positions, d.Position) {
				c.dropEntry(d.Entry)
				n++
			} else {
				left = append(left, d)
			}
		}
		q.dead = left
		return nil
	})
	return n, err
}

// chosen reports whether position is among positions; nil chooses all.
func chosen(positions []uint64, position uint64) bool {
	return positions == nil || slices.Contains(positions, position)
}
