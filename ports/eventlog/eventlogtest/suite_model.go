package eventlogtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// Whatever the clock says, the one is past and the other to come.
var (
	longAgo = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	farAway = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

var modelCases = []suiteCase{
	{"any sequence of calls gives what the model gives", func(f *fixture) {
		for seed := range uint64(6) {
			if !f.t.Failed() {
				walkModel(f, seed, 120)
			}
		}
	}},
}

// walkModel makes the same calls, chosen at random, of the store and of a fresh
// Memory, and compares what they answer and what they then hold.
func walkModel(f *fixture, seed uint64, steps int) {
	f.t.Helper()
	memory := NewMemory()
	model := newFixture(f.t, Store{
		Log: memory, Assignment: memory.Partitions,
		States: nil,
	})
	walk := &walker{rand: rand.New(rand.NewPCG(seed, 7))}
	for i := range 4 {
		walk.subscriptions = append(walk.subscriptions, o2.DeriveID("walk", fmt.Sprint(i)))
	}
	// What an earlier walk left is put away, so that both begin alike.
	for name := range f.told {
		f.remove(name)
	}
	f.base, f.at, model.at = f.guard.Sequence, start, start
	var trace []string
	for range steps {
		act := walk.choose()
		got, want := act.do(f), act.do(model)
		trace = append(trace, act.name+": "+want)
		got += "\n" + f.picture(walk.subscriptions...)
		want += "\n" + model.picture(walk.subscriptions...)
		if got != want {
			f.t.Fatalf("seed %d, after\n  %s\nthe store gives\n%s\nwant\n%s", seed, strings.Join(trace, "\n  "), got, want)
		}
	}
	for _, id := range walk.subscriptions {
		f.must("Deactivate", f.Log.Deactivate(f.ctx, f.guard, id))
	}
	f.wantStates("when nobody is subscribed any more", len(f.told))
}

type walker struct {
	rand          *rand.Rand
	subscriptions []o2.ID
}

// action is one call, the same for every store.
type action struct {
	name string
	do   func(f *fixture) string
}

func (w *walker) choose() action {
	id := w.subscriptions[w.rand.IntN(len(w.subscriptions))]
	switch n := w.rand.IntN(100); {
	case n < 35:
		return w.commit()
	case n < 45:
		return w.activate(id)
	case n < 65:
		return w.deliver(id)
	case n < 75:
		return w.rewrite(id)
	case n < 79:
		return action{"overflow", func(f *fixture) string { return outcome(f.Log.Overflow(f.ctx, f.guard, id)) }}
	case n < 82:
		return action{"deactivate", func(f *fixture) string { return outcome(f.Log.Deactivate(f.ctx, f.guard, id)) }}
	case n < 90:
		return w.deadLetters(id)
	case n < 93:
		return action{"renew the epoch", func(f *fixture) string { return outcome(f.Log.RenewEpoch(f.ctx)) + f.refresh() }}
	case n < 95:
		return action{"lead", func(f *fixture) string {
			old := f.guard
			var err error
			f.guard, err = f.Log.Lead(f.ctx)
			return outcome(err) + outcome(f.Log.Overflow(f.ctx, old, id)) + outcome(f.Log.Deactivate(f.ctx, old, id))
		}}
	case n < 97:
		return action{"pass the partition", func(f *fixture) string {
			old := f.holder(id)
			f.pass(old)
			_, err := f.Log.Claim(f.ctx, old, id, 3)
			return outcome(err)
		}}
	default:
		return action{"sum up", summary}
	}
}

// commit changes one to three objects, each for some subscriptions.
func (w *walker) commit() action {
	type choice struct {
		name     string
		revision int // 0 removes
		types    [4]o2.EventType
	}
	var choices []choice
	for _, n := range w.rand.Perm(5)[:1+w.rand.IntN(3)] {
		c := choice{name: fmt.Sprintf("n%d-", n), revision: w.rand.IntN(4)}
		for i := range c.types {
			c.types[i] = o2.EventType(w.rand.IntN(4))
		}
		choices = append(choices, c)
	}
	return action{fmt.Sprintf("commit %v", choices), func(f *fixture) string {
		var changes []eventlog.Change
		for _, c := range choices {
			var post o2.Object
			if c.revision > 0 {
				post = f.object(c.name, c.revision)
			}
			before := f.told[c.name].object
			if before == nil && post == nil {
				continue
			}
			var list []eventlog.Target
			for i, t := range c.types {
				if t == 0 {
					continue
				}
				switch {
				case before == nil:
					t = o2.EventCreated
				case post == nil:
					t = o2.EventDeleted
				}
				list = append(list, eventlog.Target{Subscription: w.subscriptions[i], Type: t})
			}
			changes = append(changes, f.change(c.name, post, list...))
		}
		lengths := f.commit(changes...)
		var shown []string
		for _, id := range w.subscriptions {
			shown = append(shown, fmt.Sprint(lengths[id]))
		}
		return fmt.Sprintf("%d queues: %s", len(lengths), strings.Join(shown, " "))
	}}
}

func (w *walker) activate(id o2.ID) action {
	reset, version := w.rand.IntN(3) == 0, w.rand.Uint64N(9)+1
	chosen := w.rand.Perm(5)[:w.rand.IntN(4)]
	return action{fmt.Sprintf("activate %v reset %v", chosen, reset), func(f *fixture) string {
		var entries []eventlog.Entry
		for _, n := range chosen {
			if name := fmt.Sprintf("n%d-", n); f.told[name].object != nil {
				entries = append(entries, f.created(name))
			}
		}
		next, err := f.Log.Activate(f.ctx, f.guard, eventlog.Activation{Subscription: id, Version: version}, entries, reset)
		if err == nil {
			f.guard = next
		}
		return outcome(err)
	}}
}

// deliver claims some entries and settles them one way or another.
func (w *walker) deliver(id o2.ID) action {
	most, delivered, end := 1+w.rand.IntN(4), w.rand.IntN(4), w.rand.IntN(6)
	return action{fmt.Sprintf("deliver %d of %d, %d", delivered, most, end), func(f *fixture) string {
		c, err := f.Log.Claim(f.ctx, f.holder(id), id, most)
		shown := outcome(err) + strings.Join(f.deliveries(c.Deliveries), ", ")
		if err != nil || end == 0 {
			return shown
		}
		s := eventlog.Settlement{DeliveredAt: f.at}
		delivered := min(delivered, len(c.Deliveries))
		if delivered > 0 {
			s.Delivered = c.Deliveries[delivered-1].Position
		}
		if delivered < len(c.Deliveries) && end > 2 {
			next := c.Deliveries[delivered]
			s.Failed = failed(next.Position, next.Attempts+1, longAgo)
			s.Failed.Dead = end == 3
			if end == 4 {
				s.Failed.Next = farAway
			}
		}
		left, err := f.Log.Settle(f.ctx, f.holder(id), id, s)
		return fmt.Sprintf("%s; %d left %s", shown, left, outcome(err))
	}}
}

// rewrite makes one entry of two, or none.
func (w *walker) rewrite(id o2.ID) action {
	i, j, drop, gone := w.rand.IntN(4), w.rand.IntN(4), w.rand.IntN(3) == 0, w.rand.IntN(8) == 0
	return action{fmt.Sprintf("rewrite %d %d %v %v", i, j, drop, gone), func(f *fixture) string {
		q := f.queueOf(id)
		if max(i, j) >= len(q) || i >= j {
			return "too short"
		}
		remove, put := []uint64{q[i].Position, q[j].Position}, []eventlog.Entry{q[j]}
		put[0].Prior, put[0].PriorDigest, put[0].Coalesced = q[i].Prior, q[i].PriorDigest, true
		if drop {
			put = nil
		}
		if gone {
			remove[0] = f.base + 1_000_000
			put = nil
		}
		return outcome(f.Log.Rewrite(f.ctx, f.guard, id, remove, put))
	}}
}

func (w *walker) deadLetters(id o2.ID) action {
	end, which := w.rand.IntN(3), w.rand.IntN(3)
	return action{fmt.Sprintf("dead letters %d %d", end, which), func(f *fixture) string {
		dead, err := f.Log.DeadLetters(f.ctx, id, 0, 10)
		f.must("DeadLetters", err)
		var positions []uint64
		for i, d := range dead {
			if i%2 == which%2 {
				positions = append(positions, d.Position)
			}
		}
		if positions == nil {
			return "none"
		}
		switch end {
		case 0:
			n, err := f.Log.PurgeDeadLetters(f.ctx, id, positions)
			return fmt.Sprint(n, outcome(err))
		case 1:
			n, err := f.Log.RequestRedelivery(f.ctx, id, positions)
			return fmt.Sprint(n, outcome(err), f.refresh())
		default:
			next, err := f.Log.Requeue(f.ctx, f.guard, id, positions, nil)
			if err == nil {
				f.guard = next
			}
			return outcome(err)
		}
	}}
}

func (f *fixture) refresh() string {
	next, err := f.Log.Refresh(f.ctx, f.guard.Fence)
	if err == nil {
		f.guard = next
	}
	return outcome(err) + "sequence " + f.number(next.Sequence)
}

// summary shows what is due and the totals.
func summary(f *fixture) string {
	due, err := f.Log.Due(f.ctx, f.held, farAway.Add(-time.Hour), 100)
	f.must("Due", err)
	var partitions []int
	for _, d := range due {
		partitions = append(partitions, assignment.Of(d.Subscription))
	}
	slices.Sort(partitions)
	totals, err := f.Log.Totals(f.ctx)
	f.must("Totals", err)
	totals.Oldest = time.Time{} // it is that of the first entries, which a rewrite may reorder
	return fmt.Sprint(partitions, totals)
}

func outcome(err error) string {
	for _, known := range []error{store.ErrFenced, store.ErrStale, store.ErrNotFound, store.ErrUnavailable, store.ErrUnconfirmed} {
		if errors.Is(err, known) {
			return "(" + known.Error() + ") "
		}
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
