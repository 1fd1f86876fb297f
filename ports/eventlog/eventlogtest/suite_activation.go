package eventlogtest

import (
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// many is more than a store would move in one piece.
const many = 20_000

var activationCases = []suiteCase{
	{"an activation comes back whole, and is replaced", func(f *fixture) {
		a := eventlog.Activation{
			Subscription: o2.DeriveID("subscriptions", "x"), Version: 7, Tenant: "t\x00\xff", Platform: true,
			Reaches: o2.Reaches{o2.KindResource: o2.ReachTenant | o2.ReachShared, o2.KindResourceType: o2.ReachAll},
			Surface: "o2ims/v1", Filter: "(eq,name,\u00e9|a;b)",
		}
		f.activate(a, false)
		f.equal("the activation", f.activation(a.Subscription), a)
		b := eventlog.Activation{Subscription: a.Subscription, Version: 8, Surface: "o2ims/v2"}
		f.activate(b, false)
		f.equal("the activation replaced", f.activation(a.Subscription), b)
		f.subscribe()
		all, err := f.Log.Activations(f.ctx)
		f.must("Activations", err)
		f.equal("the number of activations", len(all), 2)
	}},
	{"entries of an activation come from what is told", func(f *fixture) {
		f.put("a", 1)
		f.put("b", 1)
		first, second := f.created("a"), f.created("b")
		first.Position, first.Sequence = 77, 78 // these are not the caller's to set
		id := f.subscribe(first, second)
		f.wantQueue(id, "#3 created a ->1", "#4 created b ->2")
		f.equal("the guard's sequence", f.number(f.guard.Sequence), "4")
		f.put("a", 2, id)
		f.put("b", 2)
		f.equal("what is delivered", f.deliver(id, 10), []string{
			"#3 created a ->1 ->a1", "#4 created b ->2 ->b1", "#5 modified a 1>5 a1>a2",
		})
		f.wantStates("when all is settled", 2)
	}},
	{"an activation again adds to the queue", func(f *fixture) {
		f.put("a", 1)
		id := f.subscribe(f.created("a"))
		leaves := f.created("a")
		leaves.Type, leaves.Prior, leaves.Post = o2.EventDeleted, leaves.Post, 0
		leaves.PriorDigest, leaves.PostDigest = leaves.PostDigest, o2.Digest{}
		f.activate(eventlog.Activation{Subscription: id, Version: 2}, false, leaves)
		f.wantQueue(id, "#2 created a ->1", "#3 deleted a 1>-")
	}},
	{"an entry about no object needs no state", func(f *fixture) {
		id := f.subscribe(eventlog.Entry{Type: o2.EventResync, At: f.at})
		f.wantClaim(id, 1, "#1 resync - ->- ->-")
		f.equal("the object", f.claim(id, 1).Deliveries[0].Object, o2.ObjectKey{})
	}},
	{"an entry of a state that is not there is stale, and changes nothing", func(f *fixture) {
		f.put("a", 1)
		old := f.created("a")
		f.put("a", 2)
		id := f.subscribe()
		before := f.picture(id)
		_, err := f.Log.Activate(f.ctx, f.guard, eventlog.Activation{Subscription: id, Version: 9},
			[]eventlog.Entry{f.created("a"), old}, true)
		f.wantError("Activate", err, store.ErrStale)
		f.equal("the log", f.picture(id), before)
		f.wantStates("after it", 1)
	}},
	{"a reset drops what is not claimed", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.put("a", 3, id)
		f.wantClaim(id, 1, "#1 created a ->1 ->a1")
		f.activate(eventlog.Activation{Subscription: id, Version: 2}, true,
			eventlog.Entry{Type: o2.EventResync, At: f.at}, f.created("a"))
		f.wantStates("after the reset", 2)
		f.equal("the length", f.standing(id).Length, 3)
		f.equal("what is delivered", f.deliver(id, 10), []string{
			"#1 created a ->1 ->a1", "#4 resync - ->- ->-", "#5 created a ->3 ->a3",
		})
	}},
	{"a reset of what is not claimed drops all, and keeps what is put anew", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("b", 1, id)
		f.remove("b", id)
		f.activate(eventlog.Activation{Subscription: id, Version: 2}, true, f.created("a"))
		f.wantQueue(id, "#4 created a ->1")
		f.wantStates("after the reset", 1)
	}},
	{"a subscription that ends leaves nothing", func(f *fixture) {
		id, other := f.subscribe(), f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id, other)
		f.put("a", 3, id)
		f.die(id)
		f.claim(id, 1)
		f.must("Deactivate", f.Log.Deactivate(f.ctx, f.guard, id))
		f.equal("the standing", f.standing(id), eventlog.Standing{})
		f.wantQueue(id)
		dead, err := f.Log.DeadLetters(f.ctx, id, 0, 10)
		f.must("DeadLetters", err)
		f.equal("the dead letters", len(dead), 0)
		all, err := f.Log.Activations(f.ctx)
		f.must("Activations", err)
		f.equal("the number of activations", len(all), 1)
		f.wantStates("while another queue refers to two", 3)
		_, err = f.Log.Claim(f.ctx, f.holder(id), id, 1)
		f.wantError("Claim", err, store.ErrNotFound)
		_, err = f.Log.Settle(f.ctx, f.holder(id), id, eventlog.Settlement{})
		f.wantError("Settle", err, store.ErrNotFound)
		f.equal("what the other is sent", f.deliver(other, 10), []string{"#2 modified a 1>2 a1>a2"})
		f.wantStates("at the end", 1)
	}},
	{"a subscription that ended and begins anew begins empty", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.die(id)
		f.must("Deactivate", f.Log.Deactivate(f.ctx, f.guard, id))
		f.activate(eventlog.Activation{Subscription: id, Version: 1}, false)
		f.equal("the standing", f.standing(id), eventlog.Standing{})
		f.put("a", 3, id)
		f.equal("what is delivered", f.deliver(id, 10), []string{"#3 modified a 2>3 a2>a3"})
	}},
	{"what is not active can end without error", func(f *fixture) {
		f.must("Deactivate", f.Log.Deactivate(f.ctx, f.guard, o2.DeriveID("subscriptions", "never active")))
	}},
	{"what is not active has no queue to work on", func(f *fixture) {
		id := o2.DeriveID("subscriptions", "never active")
		f.wantError("Rewrite", f.Log.Rewrite(f.ctx, f.guard, id, nil, nil), store.ErrNotFound)
		f.wantError("Overflow", f.Log.Overflow(f.ctx, f.guard, id), store.ErrNotFound)
		_, err := f.Log.Requeue(f.ctx, f.guard, id, nil, nil)
		f.wantError("Requeue", err, store.ErrNotFound)
	}},
	{"an activation with very many entries is one step", func(f *fixture) {
		names := numbered("object", many)
		for i := 0; i < many; i += 500 {
			var changes []eventlog.Change
			for _, name := range names[i : i+500] {
				changes = append(changes, f.change(name, f.object(name, 1)))
			}
			f.commit(changes...)
		}
		var entries []eventlog.Entry
		for _, name := range names {
			entries = append(entries, f.created(name))
		}
		id := f.subscribe(entries...)
		f.equal("the sequence", f.number(f.guard.Sequence), fmt.Sprint(2*many))
		f.equal("the length", f.standing(id).Length, many)
		queue, err := f.Log.Queue(f.ctx, id)
		f.must("Queue", err)
		for i, e := range queue {
			if e.Position != f.base+many+uint64(i)+1 || e.Post != f.base+uint64(i)+1 {
				f.t.Fatalf("entry %d is %s, want #%d created %s ->%d", i, f.entry(e), many+i+1, names[i], i+1)
			}
		}
		f.activate(eventlog.Activation{Subscription: id, Version: 2}, true, entries[:10]...)
		f.equal("the length after a reset", f.standing(id).Length, 10)
		f.activate(eventlog.Activation{Subscription: id, Version: 3}, false, entries...)
		f.must("Deactivate", f.Log.Deactivate(f.ctx, f.guard, id))
		f.wantStates("at the end", many)
	}},
}

// numbered returns n names.
func numbered(name string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s-%d-", name, i)
	}
	return list
}

func (f *fixture) activation(id o2.ID) eventlog.Activation {
	f.t.Helper()
	all, err := f.Log.Activations(f.ctx)
	f.must("Activations", err)
	for _, a := range all {
		if a.Subscription == id {
			return a
		}
	}
	f.t.Fatalf("subscription %s is not among %d activations", id, len(all))
	return eventlog.Activation{}
}
