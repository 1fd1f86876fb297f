package detection

import (
	"context"
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
)

// sync puts subscriptions into force as they are stored.
func (t *term) sync(ctx context.Context) error {
	subs, err := t.readSubscriptions(ctx)
	if err != nil {
		return err
	}
	if t.unconfirmed || t.reread {
		if err := t.loadActivations(ctx); err != nil {
			return err
		}
		t.reread = false
	}
	stored := make(map[o2.ID]bool, len(subs))
	for _, s := range subs {
		stored[s.ID] = true
		if err := t.adopt(ctx, s); err != nil {
			return err
		}
	}
	var ended []o2.ID
	for id := range t.active {
		if !stored[id] {
			ended = append(ended, id)
		}
	}
	slices.Sort(ended)
	for _, id := range ended {
		if err := t.end(ctx, id); err != nil {
			return err
		}
	}
	if err := t.redeliver(ctx); err != nil {
		return err
	}
	if err := t.confirm(ctx); err != nil {
		return err
	}
	t.synced = true
	return nil
}

// readSubscriptions returns the subscriptions as they are under the guard's epoch,
// which it brings up to date.
func (t *term) readSubscriptions(ctx context.Context) ([]*o2.Subscription, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*t.Timeout)
	defer cancel()
	retry := retries{max: t.RetryMax}
	for {
		subs, epoch, err := t.Subscriptions.All(ctx)
		if err != nil {
			return nil, err
		}
		if epoch == t.guard.Epoch {
			return subs, nil
		}
		g, err := t.Log.Refresh(ctx, t.guard.Fence)
		if err != nil {
			return nil, err
		}
		if g.Sequence != t.guard.Sequence {
			return nil, errMoved
		}
		if t.guard = g; epoch == g.Epoch {
			return subs, nil
		}
		if err := retry.pause(ctx); err != nil { // subscriptions change all the time
			return nil, err
		}
	}
}

// adopt puts one subscription into force as it is stored, if it is not yet.
func (t *term) adopt(ctx context.Context, s *o2.Subscription) error {
	a := t.active[s.ID]
	switch {
	case a == nil || a.Overflowed && a.Returned:
		selection, ok := t.read(s)
		if !ok {
			return nil
		}
		next := activation(s)
		var entries []eventlog.Entry
		if a != nil {
			entries = append(entries, eventlog.Entry{Type: o2.EventResync, At: time.Now()})
		}
		if a != nil || s.InitialState {
			entries = t.initial(entries, next, selection)
		}
		return t.activate(ctx, next, entries, a != nil)
	case a.Overflowed:
		return nil // it gets what is then in force when it returns
	case a.Version == s.Version && a.Reaches == s.Reaches && a.selection != nil:
		return nil
	}
	selection, ok := t.read(s)
	if !ok || a.selection == nil {
		// What it would have been told meanwhile is not known; like one that
		// overflowed, it starts anew.
		return t.overflow(ctx, a)
	}
	next := activation(s)
	return t.activate(ctx, next, t.shifted(a, next, selection), false)
}

// read compiles a subscription's filter. One that cannot be read is logged once,
// and kept out until it changes or a leader knows how to read it.
func (t *term) read(s *o2.Subscription) (*subscription.Selection, bool) {
	selection, err := t.compile(s.Surface, s.Filter)
	if err == nil {
		delete(t.refused, s.ID)
		return selection, true
	}
	if t.refused[s.ID] != s.Version {
		t.refused[s.ID] = s.Version
		t.Logger.Error("a subscription gets nothing, as its filter cannot be read",
			"subscription", s.ID, "surface", s.Surface, "error", err)
	}
	return nil, false
}

func activation(s *o2.Subscription) eventlog.Activation {
	return eventlog.Activation{
		Subscription: s.ID, Version: s.Version, Tenant: s.Tenant, Platform: s.Platform, Reaches: s.Reaches,
		Surface: s.Surface, Filter: s.Filter,
	}
}

// initial appends a creation of everything that the subscription selects.
func (t *term) initial(entries []eventlog.Entry, a eventlog.Activation, s *subscription.Selection) []eventlog.Entry {
	now := time.Now()
	for _, f := range t.told.selected(s, func(r record) bool { return visible(a, s, r) }) {
		entries = append(entries, entered(f, now))
	}
	return entries
}

// shifted returns what a changed subscription gains and loses.
func (t *term) shifted(old *active, next eventlog.Activation, s *subscription.Selection) []eventlog.Entry {
	same := old.selection.Text == s.Text && old.selection.Kinds == s.Kinds
	if same && old.Tenant == next.Tenant && old.Reaches.Over(old.Platform) == next.Reaches.Over(next.Platform) {
		return nil
	}
	var entries []eventlog.Entry
	now := time.Now()
	was := func(r record) bool { return visible(old.Activation, old.selection, r) }
	is := func(r record) bool { return visible(next, s, r) }
	// Where a filter selects changes, only what the subscriber may hear of is new
	// or gone to it.
	stays, there := is, was
	if s.Either {
		stays = func(r record) bool { return next.Sees(r.object.Kind(), r.owner) }
		there = func(r record) bool { return old.Sees(r.object.Kind(), r.owner) }
	}
	lost := t.told.selected(old.selection, func(r record) bool { return was(r) && !stays(r) })
	for _, f := range lost {
		entries = append(entries, left(f, now))
	}
	gained := t.told.selected(s, func(r record) bool { return is(r) && !there(r) })
	for _, f := range gained {
		entries = append(entries, entered(f, now))
	}
	return entries
}

func entered(f found, at time.Time) eventlog.Entry {
	return eventlog.Entry{Type: o2.EventCreated, Object: f.key, Post: f.sequence, PostDigest: f.digest(), At: at}
}

func left(f found, at time.Time) eventlog.Entry {
	return eventlog.Entry{Type: o2.EventDeleted, Object: f.key, Prior: f.sequence, PriorDigest: f.digest(), At: at}
}

// activate puts a into force and queues entries.
func (t *term) activate(ctx context.Context, a eventlog.Activation, entries []eventlog.Entry, reset bool) error {
	err := t.write(ctx, func(ctx context.Context) (eventlog.Guard, error) {
		return t.Log.Activate(ctx, t.guard, a, entries, reset)
	})
	if err != nil {
		return err
	}
	t.put(a)
	t.queues.started(a.Subscription, len(entries))
	if len(entries) > 0 {
		t.wakePartitions(1 << assignment.Of(a.Subscription))
	}
	return nil
}

// end takes a subscription out of force.
func (t *term) end(ctx context.Context, id o2.ID) error {
	err := t.write(ctx, func(ctx context.Context) (eventlog.Guard, error) {
		return t.guard, t.Log.Deactivate(ctx, t.guard, id)
	})
	if err != nil {
		return err
	}
	delete(t.active, id)
	delete(t.refused, id)
	delete(t.waiting, id)
	t.queues.forget(id)
	t.index.Remove(id)
	return nil
}

// overflow gives a queue up; its subscription is in force again when what is left
// of it has been delivered.
func (t *term) overflow(ctx context.Context, a *active) error {
	err := t.write(ctx, func(ctx context.Context) (eventlog.Guard, error) {
		return t.guard, t.Log.Overflow(ctx, t.guard, a.Subscription)
	})
	if err != nil {
		return err
	}
	t.Events.Overflowed()
	a.Overflowed = true
	t.waiting[a.Subscription] = true
	t.queues.forget(a.Subscription)
	t.index.Remove(a.Subscription)
	return nil
}

// readReturned finds those that overflowed and have returned.
func (t *term) readReturned(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	all, err := t.Log.Activations(ctx)
	if err != nil {
		return err
	}
	for _, stored := range all {
		a := t.active[stored.Subscription]
		switch {
		case a == nil || a.Overflowed != stored.Overflowed:
			return store.ErrStale // somebody else wrote, or a write was lost
		case stored.Returned && !a.Returned:
			a.Returned, t.synced = true, false
		}
	}
	return nil
}
