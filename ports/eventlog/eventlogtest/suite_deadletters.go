package eventlogtest

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

var deadLetterCases = []suiteCase{
	{"dead letters come in pages, in order", func(f *fixture) {
		id := f.withDead(4)
		f.wantDead(id, 0, 2, "#1 created a ->1 ->a1", "#2 modified a 1>2 a1>a2")
		f.wantDead(id, f.base+2, 2, "#3 modified a 2>3 a2>a3", "#4 modified a 3>4 a3>a4")
		f.wantDead(id, f.base+4, 2)
		f.wantDead(o2.DeriveID("subscriptions", "never active"), 0, 2)
	}},
	{"a request for redelivery marks dead letters, and renews the epoch", func(f *fixture) {
		id := f.withDead(4)
		n, err := f.Log.RequestRedelivery(f.ctx, id, []uint64{f.base + 2, f.base + 4, f.base + 99})
		f.must("RequestRedelivery", err)
		f.equal("the number asked for", n, 2)
		f.wantRedeliveries(id, "#2 modified a 1>2", "#4 modified a 3>4")
		dead, err := f.Log.DeadLetters(f.ctx, id, 0, 10)
		f.must("DeadLetters", err)
		for i, want := range []bool{false, true, false, true} {
			f.equal("whether it is redelivering", dead[i].Redelivering, want)
		}
		f.wantError("a write under the old epoch", f.Log.Overflow(f.ctx, f.guard, id), store.ErrStale)
		n, err = f.Log.RequestRedelivery(f.ctx, id, nil)
		f.must("RequestRedelivery", err)
		f.equal("the number of all", n, 4)
		f.wantRedeliveries(id, "#1 created a ->1", "#2 modified a 1>2", "#3 modified a 2>3", "#4 modified a 3>4")
		n, err = f.Log.RequestRedelivery(f.ctx, o2.DeriveID("subscriptions", "never active"), nil)
		f.must("RequestRedelivery of what is not active", err)
		f.equal("the number of none", n, 0)
	}},
	{"a dead letter is queued again under its own sequence number", func(f *fixture) {
		id := f.withDead(2)
		f.put("a", 3, id)
		f.put("a", 4, id)
		f.request(id)
		behind := eventlog.Entry{
			Type: o2.EventModified, Object: o2.ObjectKey{Kind: o2.KindResource, ID: o2.DeriveID("lab", "a")},
			Prior: f.base + 2, Post: f.base + 4, At: f.at,
		}
		next, err := f.Log.Requeue(f.ctx, f.guard, id, []uint64{f.base + 1, f.base + 2}, []eventlog.Entry{behind})
		f.must("Requeue", err)
		f.equal("the sequence", f.number(next.Sequence), "7")
		f.guard = next
		f.wantRedeliveries(id)
		f.wantDead(id, 0, 10)
		f.equal("what is delivered", f.deliver(id, 10), []string{
			"#3 modified a 2>3 a2>a3", "#4 modified a 3>4 a3>a4",
			"#5=1 created a ->1 ->a1", "#6=2 modified a 1>2 a1>a2", "#7 modified a 2>4 a2>a4",
		})
		f.wantStates("at the end", 1)
		f.put("a", 5, id)
		f.wantQueue(id, "#8 modified a 4>8")
	}},
	{"a dead letter queued again begins its attempts anew, and can die again", func(f *fixture) {
		id := f.withDead(1)
		f.request(id)
		f.requeue(id, f.base+1)
		f.wantClaim(id, 1, "#2=1 created a ->1 ->a1")
		f.die(id)
		f.wantDead(id, 0, 10, "#2=1 created a ->1 ->a1")
		f.wantRedeliveries(id)
	}},
	{"dead letters that are gone are left out", func(f *fixture) {
		id := f.withDead(3)
		f.request(id)
		n, err := f.Log.PurgeDeadLetters(f.ctx, id, []uint64{f.base + 2})
		f.must("PurgeDeadLetters", err)
		f.equal("the number purged", n, 1)
		f.requeue(id, f.base+1, f.base+2, f.base+77)
		f.wantQueue(id, "#4=1 created a ->1")
		f.wantDead(id, 0, 10, "#3 modified a 2>3 a2>a3")
	}},
	{"an entry that refers to a dead letter's state is stale once that is gone", func(f *fixture) {
		id := f.withDead(2)
		f.put("a", 3)
		f.request(id)
		behind := eventlog.Entry{Type: o2.EventModified, Prior: f.base + 2, Post: f.base + 3, At: f.at}
		_, err := f.Log.PurgeDeadLetters(f.ctx, id, []uint64{f.base + 2})
		f.must("PurgeDeadLetters", err)
		before := f.picture(id)
		_, err = f.Log.Requeue(f.ctx, f.guard, id, []uint64{f.base + 1, f.base + 2}, []eventlog.Entry{behind})
		f.wantError("Requeue", err, store.ErrStale)
		f.equal("the log", f.picture(id), before)
	}},
	{"what is purged is gone, and its states", func(f *fixture) {
		id := f.withDead(4)
		f.wantStates("while dead letters refer to them", 4)
		n, err := f.Log.PurgeDeadLetters(f.ctx, id, []uint64{f.base + 1, f.base + 2, f.base + 50})
		f.must("PurgeDeadLetters", err)
		f.equal("the number purged", n, 2)
		f.wantDead(id, 0, 10, "#3 modified a 2>3 a2>a3", "#4 modified a 3>4 a3>a4")
		f.wantStates("while two are left", 3)
		n, err = f.Log.PurgeDeadLetters(f.ctx, id, nil)
		f.must("PurgeDeadLetters", err)
		f.equal("the number purged", n, 2)
		f.wantDead(id, 0, 10)
		f.equal("the number that stands", f.standing(id).DeadLetters, 0)
		f.wantStates("at the end", 1)
		n, err = f.Log.PurgeDeadLetters(f.ctx, o2.DeriveID("subscriptions", "never active"), nil)
		f.must("PurgeDeadLetters of what is not active", err)
		f.equal("the number of none", n, 0)
	}},
	{"dead letters survive a reset and a changed filter", func(f *fixture) {
		id := f.withDead(1)
		f.activate(eventlog.Activation{Subscription: id, Version: 2, Filter: "other"}, true, f.created("a"))
		f.wantDead(id, 0, 10, "#1 created a ->1 ->a1")
	}},
}

// withDead returns a subscription with n dead letters and an empty queue.
func (f *fixture) withDead(n int) o2.ID {
	f.t.Helper()
	id := f.subscribe()
	for i := range n {
		f.put("a", i+1, id)
	}
	for range n {
		f.die(id)
	}
	return id
}

// request asks for redelivery of everything and goes on under the new epoch.
func (f *fixture) request(id o2.ID) {
	f.t.Helper()
	_, err := f.Log.RequestRedelivery(f.ctx, id, nil)
	f.must("RequestRedelivery", err)
	f.guard, err = f.Log.Refresh(f.ctx, f.guard.Fence)
	f.must("Refresh", err)
}

func (f *fixture) requeue(id o2.ID, dead ...uint64) {
	f.t.Helper()
	next, err := f.Log.Requeue(f.ctx, f.guard, id, dead, nil)
	f.must("Requeue", err)
	f.guard = next
}

// wantDead compares a page of dead letters, each of which had 9 attempts.
func (f *fixture) wantDead(id o2.ID, after uint64, limit int, want ...string) {
	f.t.Helper()
	dead, err := f.Log.DeadLetters(f.ctx, id, after, limit)
	f.must("DeadLetters", err)
	var got []string
	for _, d := range dead {
		f.equal("the attempts", d.Attempts, 9)
		d.Attempts = 0
		got = append(got, f.delivery(d.Delivery))
	}
	f.equal("the dead letters", got, want)
}

func (f *fixture) wantRedeliveries(id o2.ID, want ...string) {
	f.t.Helper()
	all, err := f.Log.Redeliveries(f.ctx)
	f.must("Redeliveries", err)
	f.equal("what is to be redelivered", f.entries(all[id]), want)
}
