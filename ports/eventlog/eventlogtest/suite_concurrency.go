package eventlogtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// patience bounds what runs at once.
const patience = 60 * time.Second

var concurrencyCases = []suiteCase{
	{"while the leader commits, deliverers get everything once and in order", func(f *fixture) {
		const rounds, subscriptions = 150, 6
		var ids []o2.ID
		for range subscriptions {
			ids = append(ids, f.subscribe())
		}
		first := f.guard.Sequence + 1
		got := make([][]uint64, subscriptions)
		f.together(func(ctx context.Context) error {
			for i := range rounds {
				f.put(fmt.Sprint(i%7), i+1, ids...)
			}
			return ctx.Err()
		}, func(ctx context.Context) error {
			return eachAtOnce(subscriptions, func(i int) (err error) {
				got[i], err = drain(ctx, f.Log, f.holder(ids[i]), ids[i], rounds)
				return err
			})
		})
		var want []uint64
		for i := range uint64(rounds) {
			want = append(want, first+i)
		}
		for i := range got {
			f.equal(fmt.Sprintf("what subscription %d was sent", i), got[i], want)
		}
		f.wantStates("at the end", 7)
	}},
	{"of several who lead at once, only the last to begin commits", func(f *fixture) {
		const leaders, commits = 3, 15
		id := f.subscribe()
		f.together(func(ctx context.Context) error {
			return eachAtOnce(leaders, func(int) error { return usurp(ctx, f.Log, id, commits) })
		})
		queue := f.queueOf(id)
		f.equal("the number of entries", len(queue), leaders*commits)
		var before uint64
		for i, e := range queue {
			if e.Prior != before || e.Position != f.base+uint64(i)+1 {
				f.t.Fatalf("entry %d is %s, want it to follow on %s", i, f.entry(e), f.number(before))
			}
			before = e.Post
		}
	}},
	{"while the leader rewrites, deliverers lose nothing", func(f *fixture) {
		const rounds = 120
		id := f.subscribe()
		done := make(chan struct{})
		held := "-"
		f.together(func(ctx context.Context) error {
			defer close(done)
			for i := range rounds {
				f.put("a", i+1, id)
				if err := f.joinPairs(ctx, id); err != nil {
					return err
				}
			}
			return nil
		}, func(ctx context.Context) (err error) {
			held, err = follow(ctx, f.Log, f.holder(id), id, done)
			return err
		})
		f.equal("what the deliverer was told last", held, fmt.Sprintf("a%d", rounds))
		f.wantStates("at the end", 1)
	}},
	{"of several who claim at once, each gets the head", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.together(func(ctx context.Context) error {
			return eachAtOnce(8, func(i int) error {
				c, err := f.Log.Claim(ctx, f.holder(id), id, 1+i%2)
				if err == nil && (len(c.Deliveries) != 1+i%2 || c.Deliveries[0].Position != f.base+1) {
					err = fmt.Errorf("claimed %d entries", len(c.Deliveries))
				}
				return err
			})
		})
		f.equal("what is delivered", f.deliver(id, 10), []string{"#1 created a ->1 ->a1", "#2 modified a 1>2 a1>a2"})
	}},
}

// together runs the first function here, the others beside it, and fails the
// test with their errors.
func (f *fixture) together(here func(context.Context) error, beside ...func(context.Context) error) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, patience)
	defer cancel()
	errs := make([]error, len(beside))
	var running sync.WaitGroup
	for i, fn := range beside {
		running.Go(func() { errs[i] = fn(ctx) })
	}
	err := here(ctx)
	running.Wait()
	f.must("at once", errors.Join(append(errs, err)...))
}

func eachAtOnce(n int, fn func(i int) error) error {
	errs := make([]error, n)
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { errs[i] = fn(i) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// drain delivers until there were n entries, and returns their positions. It
// settles less than it claimed now and then.
func drain(ctx context.Context, log eventlog.Log, held assignment.Held, id o2.ID, n int) (got []uint64, err error) {
	for round := 0; len(got) < n; round++ {
		c, err := log.Claim(ctx, held, id, 1+round%5)
		if err != nil {
			return got, err
		}
		keep := len(c.Deliveries) - round%2
		if keep <= 0 {
			if err := ctx.Err(); err != nil {
				return got, fmt.Errorf("after %d of %d entries: %w", len(got), n, err)
			}
			continue
		}
		for _, d := range c.Deliveries[:keep] {
			got = append(got, d.Position)
		}
		s := eventlog.Settlement{Delivered: got[len(got)-1], DeliveredAt: start}
		if _, err := log.Settle(ctx, held, id, s); err != nil {
			return got, err
		}
	}
	return got, nil
}

// usurp leads again and again, until it has committed n changes of one object.
func usurp(ctx context.Context, log eventlog.Log, id o2.ID, n int) error {
	object := &o2.Resource{Header: o2.Header{ID: o2.DeriveID("lab", "a"), NativeID: "a", Backend: "lab"}}
	o2.Seal(object)
	for n > 0 {
		g, err := log.Lead(ctx)
		if err != nil {
			return err
		}
		var prior uint64
		if err := log.WalkTold(ctx, func(t eventlog.Told) error {
			prior = t.Sequence
			return nil
		}); err != nil {
			return err
		}
		for range min(n, 4) {
			next, _, err := log.Commit(ctx, g, []eventlog.Change{{
				Object: o2.ObjectKey{Kind: o2.KindResource, ID: object.ID}, Prior: prior,
				Post: &eventlog.State{Object: object, Owner: "o"}, At: start, Targets: targets(o2.EventModified, id),
			}})
			if errors.Is(err, store.ErrFenced) {
				break
			}
			if err != nil {
				return err
			}
			g, prior = next, next.Sequence
			n--
		}
	}
	return nil
}

// joinPairs makes one entry of the first two that may be rewritten.
func (f *fixture) joinPairs(ctx context.Context, id o2.ID) error {
	q, err := f.Log.Queue(ctx, id)
	if err != nil || len(q) < 2 {
		return err
	}
	whole := q[1]
	whole.Type, whole.Prior, whole.PriorDigest, whole.Coalesced = q[0].Type, q[0].Prior, q[0].PriorDigest, true
	err = f.Log.Rewrite(ctx, f.guard, id, []uint64{q[0].Position, q[1].Position}, []eventlog.Entry{whole})
	if errors.Is(err, store.ErrStale) {
		return nil
	}
	return err
}

// follow delivers until the queue is empty after done, checks that each entry
// follows on the one before, and returns the last state.
func follow(ctx context.Context, log eventlog.Log, held assignment.Held, id o2.ID, done <-chan struct{}) (last string, err error) {
	last = "-"
	for {
		over := false
		select {
		case <-done:
			over = true
		default:
		}
		c, err := log.Claim(ctx, held, id, 3)
		if err != nil {
			return last, err
		}
		if len(c.Deliveries) == 0 && over {
			return last, nil
		}
		for _, d := range c.Deliveries {
			if nameOf(d.PriorState) != last {
				return last, fmt.Errorf("entry %d tells of %s before, and the one before it of %s after", d.Position, nameOf(d.PriorState), last)
			}
			last = nameOf(d.PostState)
		}
		if n := len(c.Deliveries); n > 0 {
			s := eventlog.Settlement{Delivered: c.Deliveries[n-1].Position, DeliveredAt: start}
			if _, err := log.Settle(ctx, held, id, s); err != nil {
				return last, err
			}
		}
	}
}
