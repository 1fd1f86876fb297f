package eventlogtest

import (
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

var queueCases = []suiteCase{
	{"a rewrite replaces entries, and keeps positions", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("b", 1, id)
		f.put("a", 2, id)
		f.put("a", 3, id)
		f.put("b", 2, id)
		q := f.queueOf(id)
		whole := q[3]
		whole.Type, whole.Prior, whole.PriorDigest, whole.Coalesced = o2.EventCreated, 0, o2.Digest{}, true
		f.must("Rewrite", f.Log.Rewrite(f.ctx, f.guard, id,
			[]uint64{q[0].Position, q[2].Position, q[3].Position}, []eventlog.Entry{whole}))
		f.wantQueue(id, "#2 created b ->2", "#4 created a ->4 coalesced", "#5 modified b 2>5")
		f.equal("the length", f.standing(id).Length, 3)
		f.wantStates("after the rewrite", 3)
		f.put("a", 4, id)
		f.equal("what is delivered", f.deliver(id, 10), []string{
			"#2 created b ->2 ->b1", "#4 created a ->4 coalesced ->a3", "#5 modified b 2>5 b1>b2", "#6 modified a 4>6 a3>a4",
		})
	}},
	{"a rewrite may join the oldest prior and the newest post", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1)
		f.put("a", 2, id)
		f.put("a", 3, id)
		f.put("a", 4, id)
		q := f.queueOf(id)
		whole := q[2]
		whole.Prior, whole.PriorDigest, whole.At, whole.Coalesced = q[0].Prior, q[0].PriorDigest, q[0].At, true
		f.must("Rewrite", f.Log.Rewrite(f.ctx, f.guard, id, []uint64{q[0].Position, q[1].Position, q[2].Position}, []eventlog.Entry{whole}))
		f.wantStates("after the rewrite", 2)
		f.equal("the oldest", f.standing(id).Oldest, start.Add(2*time.Second))
		c := f.claim(id, 10)
		f.equal("the claim", f.deliveries(c.Deliveries), []string{"#4 modified a 1>4 coalesced a1>a4"})
		f.equal("its prior digest", c.Deliveries[0].PriorDigest, f.object("a", 1).Head().StateDigest)
		f.equal("its post digest", c.Deliveries[0].PostDigest, f.object("a", 4).Head().StateDigest)
	}},
	{"a rewrite to nothing empties the queue", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.remove("a", id)
		q := f.queueOf(id)
		f.must("Rewrite", f.Log.Rewrite(f.ctx, f.guard, id, []uint64{q[0].Position, q[1].Position}, nil))
		f.equal("the standing", f.standing(id), eventlog.Standing{})
		f.wantDue(f.held, time.Now().Add(time.Minute), 10)
		f.wantStates("at the end", 0)
		f.put("a", 2, id)
		f.equal("what is delivered", f.deliver(id, 10), []string{"#3 created a ->3 ->a2"})
	}},
	{"a rewrite of what is claimed, attempted or gone is stale, and changes nothing", func(f *fixture) {
		id := f.subscribe()
		for i := range 4 {
			f.put("a", i+1, id)
		}
		q := f.queueOf(id)
		rewrite := func(what string, positions ...uint64) {
			f.t.Helper()
			before := f.picture(id)
			f.wantError(what, f.Log.Rewrite(f.ctx, f.guard, id, positions, q[3:]), store.ErrStale)
			f.equal("the log", f.picture(id), before)
		}
		f.claim(id, 2)
		rewrite("of the first claimed", q[0].Position, q[3].Position)
		rewrite("of the second claimed", q[1].Position, q[2].Position, q[3].Position)
		f.settle(id, eventlog.Settlement{Failed: failed(q[0].Position, 1, time.Now().Add(-time.Minute))})
		rewrite("of what was attempted", q[0].Position, q[3].Position)
		f.claim(id, 2)
		f.settle(id, eventlog.Settlement{Delivered: q[1].Position, DeliveredAt: f.at})
		rewrite("of what is gone", q[1].Position, q[3].Position)
		f.must("Rewrite", f.Log.Rewrite(f.ctx, f.guard, id, []uint64{q[2].Position, q[3].Position}, q[3:]))
		f.wantQueue(id, "#4 modified a 3>4")
	}},
	{"a queue that overflows keeps what is claimed", func(f *fixture) {
		id := f.subscribe()
		for i := range 5 {
			f.put("a", i+1, id)
		}
		f.claim(id, 2)
		f.must("Overflow", f.Log.Overflow(f.ctx, f.guard, id))
		f.wantClaim(id, 10, "#1 created a ->1 ->a1", "#2 modified a 1>2 a1>a2")
		f.wantStates("after it overflowed", 3)
	}},
	{"a queue that overflows keeps what was attempted", func(f *fixture) {
		id := f.subscribe()
		for i := range 3 {
			f.put("a", i+1, id)
		}
		f.claim(id, 2)
		f.settle(id, eventlog.Settlement{Failed: failed(f.base+1, 4, time.Now().Add(-time.Minute))})
		f.must("Overflow", f.Log.Overflow(f.ctx, f.guard, id))
		f.wantClaim(id, 10, "#1 created a ->1 ->a1 after 4 since 12:00:00")
	}},
	{"a queue that overflows keeps its first entry, and returns when that is gone", func(f *fixture) {
		id, other := f.subscribe(), f.subscribe()
		for i := range 3 {
			f.put("a", i+1, id)
		}
		f.must("Overflow", f.Log.Overflow(f.ctx, f.guard, id))
		f.wantQueue(id, "#1 created a ->1")
		f.equal("whether it stands overflowed", f.standing(id).Overflowed, true)
		f.overflowed(id, true, false)
		f.overflowed(other, false, false)
		lengths := f.commit(f.change("a", f.object("a", 4), targets(o2.EventModified, id, other)...))
		f.equal("the lengths", lengths, map[o2.ID]int{other: 1})
		f.wantQueue(id, "#1 created a ->1")
		f.equal("what is delivered", f.deliver(id, 10), []string{"#1 created a ->1 ->a1"})
		f.overflowed(id, true, true)
		f.put("a", 5, id)
		f.wantQueue(id)
		f.activate(eventlog.Activation{Subscription: id, Version: 1}, true,
			eventlog.Entry{Type: o2.EventResync, At: f.at}, f.created("a"))
		f.overflowed(id, false, false)
		f.put("a", 6, id)
		f.wantQueue(id, "#6 resync - ->-", "#7 created a ->5", "#8 modified a 5>8")
		f.equal("whether it stands overflowed", f.standing(id).Overflowed, false)
	}},
	{"a queue that overflowed returns as well when its last entry is given up on", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.must("Overflow", f.Log.Overflow(f.ctx, f.guard, id))
		f.die(id)
		f.overflowed(id, true, true)
	}},
	{"a queue that overflowed stays so if its activation says so", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.must("Overflow", f.Log.Overflow(f.ctx, f.guard, id))
		f.activate(eventlog.Activation{Subscription: id, Version: 2, Filter: "other", Overflowed: true}, false)
		f.overflowed(id, true, false)
		f.put("a", 2, id)
		f.wantQueue(id, "#1 created a ->1")
	}},
	{"totals sum up", func(f *fixture) {
		f.totals(eventlog.Totals{})
		one, two := f.subscribe(), f.subscribe()
		f.subscribe()
		f.totals(eventlog.Totals{Subscriptions: 3})
		f.put("a", 1, two)
		f.put("a", 2, one, two)
		f.put("a", 3, one, two)
		f.totals(eventlog.Totals{Subscriptions: 3, Entries: 5, Oldest: start.Add(time.Second)})
		f.die(two)
		f.claim(one, 1)
		f.settle(one, eventlog.Settlement{Failed: failed(f.base+2, 1, time.Now().Add(-time.Minute))})
		f.totals(eventlog.Totals{Subscriptions: 3, Entries: 4, DeadLetters: 1, Retrying: 1, Oldest: start.Add(2 * time.Second)})
		f.deliver(one, 10)
		f.deliver(two, 10)
		f.totals(eventlog.Totals{Subscriptions: 3, DeadLetters: 1})
		f.must("Deactivate", f.Log.Deactivate(f.ctx, f.guard, two))
		f.totals(eventlog.Totals{Subscriptions: 2})
	}},
	{"aged are those with two entries and an old one", func(f *fixture) {
		one, two, three := f.subscribe(), f.subscribe(), f.subscribe()
		f.put("a", 1, one, two)
		f.put("a", 2, two, three)
		f.put("a", 3, three)
		f.aged(start.Add(time.Second))
		f.aged(start.Add(1500*time.Millisecond), two)
		f.aged(start.Add(time.Hour), two, three)
		few, err := f.Log.Aged(f.ctx, start.Add(time.Hour), 1)
		f.must("Aged", err)
		f.equal("the number of aged queues, at most one,", len(few), 1)
		f.deliver(two, 1)
		f.aged(start.Add(time.Hour), three)
	}},
	{"standings come in the order asked for", func(f *fixture) {
		one, two := f.subscribe(), f.subscribe()
		f.put("a", 1, one)
		f.put("a", 2, one)
		f.put("b", 1, two)
		list, err := f.Log.Standings(f.ctx, []o2.ID{two, o2.DeriveID("subscriptions", "never active"), one, two})
		f.must("Standings", err)
		var lengths []int
		for _, s := range list {
			lengths = append(lengths, s.Length)
		}
		f.equal("the lengths", lengths, []int{1, 0, 2, 1})
	}},
}

func (f *fixture) queueOf(id o2.ID) []eventlog.Entry {
	f.t.Helper()
	q, err := f.Log.Queue(f.ctx, id)
	f.must("Queue", err)
	return q
}

func (f *fixture) overflowed(id o2.ID, overflowed, returned bool) {
	f.t.Helper()
	a := f.activation(id)
	f.equal("whether it overflowed", a.Overflowed, overflowed)
	f.equal("whether it returned", a.Returned, returned)
}

func (f *fixture) totals(want eventlog.Totals) {
	f.t.Helper()
	got, err := f.Log.Totals(f.ctx)
	f.must("Totals", err)
	got.Oldest = utc(got.Oldest)
	f.equal("the totals", got, want)
}

func (f *fixture) aged(before time.Time, want ...o2.ID) {
	f.t.Helper()
	all, err := f.Log.Aged(f.ctx, before, 10)
	f.must("Aged", err)
	got, wanted := map[o2.ID]bool{}, map[o2.ID]bool{}
	for _, id := range all {
		got[id] = true
	}
	for _, id := range want {
		wanted[id] = true
	}
	f.equal("what is aged", got, wanted)
}
