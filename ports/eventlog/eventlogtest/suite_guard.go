package eventlogtest

import (
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

var guardCases = []suiteCase{
	{"an earlier leader is fenced, and changes nothing", func(f *fixture) {
		id := guarded(f)
		old := f.guard
		var err error
		f.guard, err = f.Log.Lead(f.ctx)
		f.must("Lead", err)
		f.refused(id, old, store.ErrFenced)
		_, err = f.Log.Refresh(f.ctx, old.Fence)
		f.wantError("Refresh by an earlier leader", err, store.ErrFenced)
	}},
	{"an earlier leader is fenced even if its guard is stale besides", func(f *fixture) {
		id := guarded(f)
		old := f.guard
		var err error
		f.guard, err = f.Log.Lead(f.ctx)
		f.must("Lead", err)
		f.put("c", 1, id)
		f.must("RenewEpoch", f.Log.RenewEpoch(f.ctx))
		f.refused(id, old, store.ErrFenced)
	}},
	{"a guard of another epoch is stale, and changes nothing", func(f *fixture) {
		id := guarded(f)
		f.must("RenewEpoch", f.Log.RenewEpoch(f.ctx))
		f.refused(id, f.guard, store.ErrStale)
		fresh, err := f.Log.Refresh(f.ctx, f.guard.Fence)
		f.must("Refresh", err)
		f.equal("the sequence after RenewEpoch", fresh.Sequence, f.guard.Sequence)
		if fresh.Epoch == f.guard.Epoch {
			f.t.Errorf("RenewEpoch left the epoch as it was")
		}
		f.guard = fresh
		f.put("c", 1, id)
	}},
	{"a guard of another sequence number is stale, and changes nothing", func(f *fixture) {
		id := guarded(f)
		behind, ahead := f.guard, f.guard
		behind.Sequence--
		ahead.Sequence++
		f.refused(id, behind, store.ErrStale)
		f.refused(id, ahead, store.ErrStale)
	}},
	{"a guard goes on from each write to the next", func(f *fixture) {
		id := guarded(f)
		before := f.guard
		f.put("c", 1, id)
		f.equal("the sequence after one change", f.guard.Sequence, before.Sequence+1)
		fresh, err := f.Log.Refresh(f.ctx, f.guard.Fence)
		f.must("Refresh", err)
		f.equal("the guard refreshed", fresh, f.guard)
	}},
	{"no token is used twice", func(f *fixture) {
		seen := map[store.Token]string{f.guard.Fence: "the first fence", f.guard.Epoch: "the first epoch"}
		note := func(token store.Token, what string) {
			f.t.Helper()
			if before, twice := seen[token]; twice || token == "" {
				f.t.Fatalf("%s is %q, as was %s", what, token, before)
			}
			seen[token] = what
		}
		for i := range 20 {
			g, err := f.Log.Lead(f.ctx)
			f.must("Lead", err)
			note(g.Fence, fmt.Sprintf("fence %d", i))
			f.must("RenewEpoch", f.Log.RenewEpoch(f.ctx))
			g, err = f.Log.Refresh(f.ctx, g.Fence)
			f.must("Refresh", err)
			note(g.Epoch, fmt.Sprintf("epoch %d", i))
		}
	}},
	{"the incarnation is one UUID", func(f *fixture) {
		if _, ok := o2.ParseID(string(f.incarnation)); !ok {
			f.t.Errorf("the incarnation is %q, which is no UUID", f.incarnation)
		}
		again, err := f.Log.Incarnation(f.ctx)
		f.must("Incarnation", err)
		f.equal("the incarnation, asked again,", again, f.incarnation)
	}},
}

// guarded fills a queue so that every guarded write would change something.
func guarded(f *fixture) o2.ID {
	f.t.Helper()
	id := f.subscribe()
	f.put("a", 1, id)
	f.put("a", 2, id)
	f.put("b", 1, id)
	f.die(id)
	return id
}

// refused makes every guarded write with g and sees that it fails and that
// nothing has changed.
func (f *fixture) refused(id o2.ID, g eventlog.Guard, want error) {
	f.t.Helper()
	before := f.picture(id)
	queue, err := f.Log.Queue(f.ctx, id)
	f.must("Queue", err)
	dead, err := f.Log.DeadLetters(f.ctx, id, 0, 10)
	f.must("DeadLetters", err)
	positions := []uint64{queue[0].Position, queue[1].Position}
	_, _, err = f.Log.Commit(f.ctx, g, []eventlog.Change{f.change("a", f.object("a", 3), targets(o2.EventModified, id)...)})
	f.wantError("Commit", err, want)
	_, _, err = f.Log.Commit(f.ctx, g, nil)
	f.wantError("Commit of nothing", err, want)
	_, err = f.Log.Activate(f.ctx, g, eventlog.Activation{Subscription: id, Version: 2}, []eventlog.Entry{f.created("a")}, true)
	f.wantError("Activate", err, want)
	_, err = f.Log.Activate(f.ctx, g, eventlog.Activation{Subscription: o2.DeriveID("subscriptions", "new"), Version: 1}, nil, false)
	f.wantError("Activate of another", err, want)
	f.wantError("Deactivate", f.Log.Deactivate(f.ctx, g, id), want)
	f.wantError("Rewrite", f.Log.Rewrite(f.ctx, g, id, positions, queue[1:2]), want)
	f.wantError("Overflow", f.Log.Overflow(f.ctx, g, id), want)
	_, err = f.Log.Requeue(f.ctx, g, id, []uint64{dead[0].Position}, nil)
	f.wantError("Requeue", err, want)
	f.equal("the log after refused writes", f.picture(id), before)
}
