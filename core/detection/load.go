package detection

import (
	"context"

	"github.com/netweave/netweave/core/matching"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/inventory"
)

// load reads everything that the leader believes, and compares it with the views.
func (t *term) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*t.Timeout)
	defer cancel()
	if t.loads > 0 {
		t.Events.Reloaded()
	}
	t.loads++
	// The guard is read first: what is then lost or written shows when it is used.
	guard, err := t.Log.Refresh(ctx, t.guard.Fence)
	if err != nil {
		return err
	}
	old := t.told
	t.guard, t.told = guard, told{}
	err = t.Log.WalkTold(ctx, func(r eventlog.Told) error {
		t.told.put(record{r.Sequence, r.Object, r.Owner})
		return nil
	})
	if err == nil {
		err = t.loadActivations(ctx)
	}
	if err != nil {
		// What the views showed is found through old or pending alone.
		old.each(func(key o2.ObjectKey, r record) {
			if _, ok := t.told.get(key); !ok {
				t.told.put(r)
			}
		})
		return err
	}
	t.compareAll(&old)
	t.loaded, t.synced = true, false
	t.due.checked(t.Refresh)
	return nil
}

func (t *term) loadActivations(ctx context.Context) error {
	all, err := t.Log.Activations(ctx)
	if err != nil {
		return err
	}
	t.active, t.waiting, t.index = make(map[o2.ID]*active, len(all)), map[o2.ID]bool{}, matching.Index{}
	for _, a := range all {
		t.put(a)
	}
	return nil
}

// put notes that a subscription is in force.
func (t *term) put(a eventlog.Activation) {
	selection, err := t.compile(a.Surface, a.Filter)
	if err != nil {
		selection = nil
	}
	t.active[a.Subscription] = &active{Activation: a, selection: selection}
	if delete(t.waiting, a.Subscription); a.Overflowed {
		t.waiting[a.Subscription] = true
	}
	if selection == nil || a.Overflowed {
		t.index.Remove(a.Subscription)
		return
	}
	t.index.Put(a.Subscription, a.Tenant, a.Reaches.Over(a.Platform), selection)
}

// compareAll looks up everything that was told, by what the leader believed and
// by what the store says, and everything pending, as there is no other way to
// know what a store that has gone back has not been told.
func (t *term) compareAll(old *told) {
	seen := make(map[o2.ObjectKey]bool, t.told.size)
	pending := make([]inventory.Seen, 0, len(t.pending))
	look := func(s inventory.Seen) {
		if seen[s.Key] {
			return
		}
		seen[s.Key] = true
		if now, ok := t.follower.Lookup(s.Key); ok {
			s.Object, s.Owner = now.Object, now.Owner
		} else {
			s.Object, s.Owner = nil, ""
		}
		if t.settled(s) {
			pending = append(pending, s)
		}
	}
	for _, s := range t.pending { // first: these know when they were seen
		look(s)
	}
	each := func(key o2.ObjectKey, _ record) { look(inventory.Seen{Key: key}) }
	t.told.each(each)
	old.each(each)
	t.pending = pending
}

// settled reports whether the views can be believed about an object: not as long
// as a backend that has or had it is attached and does not take part.
func (t *term) settled(s inventory.Seen) bool {
	if s.Object != nil {
		attached, follows := t.follower.Standing(s.Object.Head().Backend)
		return attached && follows
	}
	r, ok := t.told.get(s.Key)
	if !ok {
		return false // neither there nor told
	}
	attached, follows := t.follower.Standing(r.object.Head().Backend)
	return !attached || follows
}
