package eventlogtest

import (
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

var deliveryCases = []suiteCase{
	{"a claim takes from the head, in order, up to most", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("b", 1, id)
		f.put("a", 2, id)
		f.wantClaim(id, 2, "#1 created a ->1 ->a1", "#2 created b ->2 ->b1")
		f.wantQueue(id, "#3 modified a 1>3")
		f.equal("the length", f.standing(id).Length, 3)
	}},
	{"a claim again is the same, and may go further", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("b", 1, id)
		f.wantClaim(id, 1, "#1 created a ->1 ->a1")
		f.wantClaim(id, 1, "#1 created a ->1 ->a1")
		f.wantClaim(id, 9, "#1 created a ->1 ->a1", "#2 created b ->2 ->b1")
		f.wantClaim(id, 1, "#1 created a ->1 ->a1")
		f.wantQueue(id)
	}},
	{"a claim of an empty queue has nothing", func(f *fixture) {
		id := f.subscribe()
		c := f.claim(id, 10)
		f.equal("the deliveries", len(c.Deliveries), 0)
		f.equal("the epoch", c.Epoch, f.guard.Epoch)
		f.equal("the incarnation", c.Incarnation, f.incarnation)
	}},
	{"a claim tells the epoch in force", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.equal("the epoch", f.claim(id, 1).Epoch, f.guard.Epoch)
		f.must("RenewEpoch", f.Log.RenewEpoch(f.ctx))
		fresh, err := f.Log.Refresh(f.ctx, f.guard.Fence)
		f.must("Refresh", err)
		f.equal("the epoch renewed", f.claim(id, 1).Epoch, fresh.Epoch)
	}},
	{"what is delivered goes, the rest is let go of", func(f *fixture) {
		id := f.subscribe()
		for i := range 4 {
			f.put("a", i+1, id)
		}
		c := f.claim(id, 3)
		left := f.settle(id, eventlog.Settlement{Delivered: c.Deliveries[0].Position, DeliveredAt: start.Add(time.Hour)})
		f.equal("what is left", left, 3)
		f.wantQueue(id, "#2 modified a 1>2", "#3 modified a 2>3", "#4 modified a 3>4")
		f.equal("the standing", f.standing(id), eventlog.Standing{
			Length: 3, Oldest: start.Add(2 * time.Second), LastSuccess: start.Add(time.Hour),
		})
	}},
	{"a settlement of nothing lets go", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.claim(id, 1)
		f.wantQueue(id)
		f.equal("what is left", f.settle(id, eventlog.Settlement{}), 1)
		f.wantQueue(id, "#1 created a ->1")
		f.equal("the standing", f.standing(id), eventlog.Standing{Length: 1, Oldest: f.at})
	}},
	{"what is queued behind a claim stays", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		c := f.claim(id, 10)
		f.put("a", 2, id)
		left := f.settle(id, eventlog.Settlement{Delivered: c.Deliveries[0].Position, DeliveredAt: f.at})
		f.equal("what is left", left, 1)
		f.wantQueue(id, "#2 modified a 1>2")
	}},
	{"what was not claimed cannot be delivered", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.claim(id, 1)
		left := f.settle(id, eventlog.Settlement{Delivered: f.base + 2, DeliveredAt: f.at})
		f.equal("what is left", left, 1)
		f.wantQueue(id, "#2 modified a 1>2")
	}},
	{"the same settlement again changes nothing more", func(f *fixture) {
		id := f.subscribe()
		for i := range 4 {
			f.put("a", i+1, id)
		}
		f.claim(id, 4)
		failure := failed(f.base+2, 1, time.Time{})
		failure.Dead = true
		s := eventlog.Settlement{Delivered: f.base + 1, DeliveredAt: f.at, Failed: failure}
		f.equal("what is left", f.settle(id, s), 2)
		f.claim(id, 1)
		f.equal("what is left the second time", f.settle(id, s), 2)
		f.wantQueue(id, "#3 modified a 2>3", "#4 modified a 3>4")
		f.equal("the dead letters", f.standing(id).DeadLetters, 1)
	}},
	{"due are those with something queued, in partitions that are held", func(f *fixture) {
		one, two := f.subscribe(), f.subscribe()
		f.subscribe() // has nothing queued
		f.wantDue(f.held, time.Now().Add(time.Minute), 10)
		before := time.Now().Add(-time.Minute)
		f.put("a", 1, two)
		f.put("b", 1, one)
		f.wantDueSet(time.Now().Add(time.Minute), one, two)
		all, err := f.Log.Due(f.ctx, f.held, time.Now().Add(time.Minute), 10)
		f.must("Due", err)
		for _, due := range all {
			if due.Since.Before(before) || due.Since.After(time.Now().Add(time.Minute)) {
				f.t.Errorf("due since %s, want about now", due.Since)
			}
		}
		f.wantDue([]assignment.Held{f.holder(one)}, time.Now().Add(time.Minute), 10, sharing(one, one, two)...)
		f.wantDue(nil, time.Now().Add(time.Minute), 10)
		f.deliver(two, 10)
		f.wantDue(f.held, time.Now().Add(time.Minute), 10, one)
		f.must("Deactivate", f.Log.Deactivate(f.ctx, f.guard, one))
		f.wantDue(f.held, time.Now().Add(time.Minute), 10)
	}},
	{"due the longest come first", func(f *fixture) {
		var ids []o2.ID
		for range 3 {
			ids = append(ids, f.subscribe())
		}
		f.put("a", 1, ids...)
		later := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		for i, after := range []time.Duration{2 * time.Hour, 0, time.Hour} {
			c := f.claim(ids[i], 1)
			f.settle(ids[i], eventlog.Settlement{Failed: failed(c.Deliveries[0].Position, 1, later.Add(after))})
		}
		f.wantDue(f.held, later.Add(-time.Second), 10)
		f.wantDue(f.held, later, 10, ids[1])
		f.wantDue(f.held, later.Add(time.Hour), 10, ids[1], ids[2])
		f.wantDue(f.held, later.Add(3*time.Hour), 10, ids[1], ids[2], ids[0])
		f.wantDue(f.held, later.Add(3*time.Hour), 2, ids[1], ids[2])
	}},
	{"what someone has claimed and left is due to the next holder", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		old := f.holder(id)
		f.claim(id, 1)
		f.pass(old)
		f.wantDue(f.held, time.Now().Add(time.Minute), 10, id)
		f.wantClaim(id, 1, "#1 created a ->1 ->a1")
		f.equal("what is left", f.settle(id, eventlog.Settlement{Delivered: f.base + 1, DeliveredAt: f.at}), 0)
	}},
	{"what an unsettled claim had is not let go of", func(f *fixture) {
		id := f.subscribe()
		for i := range 5 {
			f.put("a", i+1, id)
		}
		q := f.queueOf(id)
		f.claim(id, 3)
		f.pass(f.holder(id))
		f.wantClaim(id, 4, "#1 created a ->1 ->a1", "#2 modified a 1>2 a1>a2", "#3 modified a 2>3 a2>a3", "#4 modified a 3>4 a3>a4")
		f.wantQueue(id, "#5 modified a 4>5")
		f.equal("what is left", f.settle(id, eventlog.Settlement{Delivered: q[0].Position, DeliveredAt: f.at}), 4)
		f.wantQueue(id, "#4 modified a 3>4", "#5 modified a 4>5")
		err := f.Log.Rewrite(f.ctx, f.guard, id, []uint64{q[2].Position, q[3].Position}, q[3:4])
		f.wantError("Rewrite", err, store.ErrStale)
		f.claim(id, 1)
		f.settle(id, eventlog.Settlement{})
		f.wantQueue(id, "#4 modified a 3>4", "#5 modified a 4>5")
		f.must("Overflow", f.Log.Overflow(f.ctx, f.guard, id))
		f.equal("what is delivered", f.deliver(id, 10), []string{"#2 modified a 1>2 a1>a2", "#3 modified a 2>3 a2>a3"})
	}},
	{"what an unsettled claim had is let go of once it is delivered", func(f *fixture) {
		id := f.subscribe()
		for i := range 4 {
			f.put("a", i+1, id)
		}
		f.claim(id, 2)
		c := f.claim(id, 3)
		f.settle(id, eventlog.Settlement{Delivered: c.Deliveries[1].Position, DeliveredAt: f.at})
		f.wantQueue(id, "#3 modified a 2>3", "#4 modified a 3>4")
	}},
	{"whoever lost a partition is fenced, and changes nothing", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		old := f.holder(id)
		f.claim(id, 1)
		f.must("Release", f.Assignment.Release(f.ctx, "suite", old))
		before := f.picture(id)
		for _, when := range []string{"after it was released", "after it passed on"} {
			_, err := f.Log.Claim(f.ctx, old, id, 2)
			f.wantError("Claim "+when, err, store.ErrFenced)
			_, err = f.Log.Settle(f.ctx, old, id, eventlog.Settlement{Delivered: f.base + 1, DeliveredAt: f.at})
			f.wantError("Settle "+when, err, store.ErrFenced)
			f.equal("the log", f.picture(id), before)
			f.pass(old)
		}
	}},
	{"a fence is good for its own partition alone", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		wrong := f.held[(assignment.Of(id)+1)%assignment.Partitions]
		_, err := f.Log.Claim(f.ctx, wrong, id, 1)
		f.wantError("Claim under another partition", err, store.ErrFenced)
		mixed := assignment.Held{Partition: assignment.Of(id), Fence: wrong.Fence}
		_, err = f.Log.Claim(f.ctx, mixed, id, 1)
		f.wantError("Claim under another partition's fence", err, store.ErrFenced)
	}},
	{"what is not active cannot be claimed", func(f *fixture) {
		id := o2.DeriveID("subscriptions", "never active")
		_, err := f.Log.Claim(f.ctx, f.holder(id), id, 1)
		f.wantError("Claim", err, store.ErrNotFound)
	}},
}

// pass lets a partition go and takes it again under a new fence.
func (f *fixture) pass(old assignment.Held) {
	f.t.Helper()
	f.must("Release", f.Assignment.Release(f.ctx, "suite", old))
	share, err := f.Assignment.Join(f.ctx, "suite", 10*time.Minute)
	f.must("Join", err)
	f.held = share.Held
	if f.held[old.Partition].Fence == old.Fence {
		f.t.Fatalf("partition %d was released and taken again under the same fence", old.Partition)
	}
}

// sharing returns those of ids that are in the same partition as id.
func sharing(id o2.ID, ids ...o2.ID) (list []o2.ID) {
	for _, other := range ids {
		if assignment.Of(other) == assignment.Of(id) {
			list = append(list, other)
		}
	}
	return list
}

func (f *fixture) wantDue(held []assignment.Held, now time.Time, limit int, want ...o2.ID) {
	f.t.Helper()
	all, err := f.Log.Due(f.ctx, held, now, limit)
	f.must("Due", err)
	var got []o2.ID
	for _, due := range all {
		got = append(got, due.Subscription)
	}
	f.equal("what is due", got, want)
}

// wantDueSet is wantDue for what became due at about the same time.
func (f *fixture) wantDueSet(now time.Time, want ...o2.ID) {
	f.t.Helper()
	all, err := f.Log.Due(f.ctx, f.held, now, 10)
	f.must("Due", err)
	got, wanted := map[o2.ID]bool{}, map[o2.ID]bool{}
	for _, due := range all {
		got[due.Subscription] = true
	}
	for _, id := range want {
		wanted[id] = true
	}
	f.equal("what is due", got, wanted)
}
