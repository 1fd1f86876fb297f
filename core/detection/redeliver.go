package detection

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
)

// redeliver queues the dead letters again that were asked for, and behind them
// what has changed in their objects since.
func (t *term) redeliver(ctx context.Context) error {
	all, err := t.redeliveries(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		a := t.active[id]
		if a == nil || a.Overflowed || a.selection == nil || len(all[id]) == 0 {
			continue // it is redelivered when the subscription is in force again
		}
		var positions []uint64
		for _, e := range all[id] {
			positions = append(positions, e.Position)
		}
		entries := t.since(a, all[id])
		err := t.write(ctx, func(ctx context.Context) (eventlog.Guard, error) {
			return t.Log.Requeue(ctx, t.guard, id, positions, entries)
		})
		if err != nil {
			return err
		}
		t.wakePartitions(1 << assignment.Of(id))
	}
	return nil
}

func (t *term) redeliveries(ctx context.Context) (map[o2.ID][]eventlog.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	return t.Log.Redeliveries(ctx)
}

// touched is what dead letters make of one object in a subscriber's copy.
type touched struct {
	last eventlog.Entry
	// has says that the copy then has the object.
	has bool
	// unsure: a subscriber that had received some of the dead letters though nobody
	// knew, and leaves out what it knows by its id, ends elsewhere than one that
	// had not.
	unsure bool
}

// since returns what leads from the subscriber's copy, as dead letters delivered
// now leave it, to what was told.
func (t *term) since(a *active, dead []eventlog.Entry) []eventlog.Entry {
	copied, anew := map[o2.ObjectKey]touched{}, false
	for _, e := range dead {
		if e.Type == o2.EventResync {
			anew = true
			for key, of := range copied {
				of.has, of.unsure = false, true
				copied[key] = of
			}
			continue
		}
		_, again := copied[e.Object]
		copied[e.Object] = touched{last: e, has: e.Type != o2.EventDeleted, unsure: again || anew}
	}
	keys := slices.Collect(maps.Keys(copied))
	if anew { // nothing is left in the copy but what the dead letters bring
		selected := t.told.selected(a.selection, func(r record) bool { return visible(a.Activation, a.selection, r) })
		for _, f := range selected {
			if _, ok := copied[f.key]; !ok {
				keys = append(keys, f.key)
			}
		}
	}
	slices.SortFunc(keys, compareKeys)
	var entries []eventlog.Entry
	now := time.Now()
	for _, key := range keys {
		r, is := t.told.get(key)
		is = is && (visible(a.Activation, a.selection, r) || a.selection.Either && a.Sees(key.Kind, r.owner))
		if e, ok := copied[key].to(key, r, is); ok {
			e.At = now
			entries = append(entries, e)
		}
	}
	return entries
}

// to returns the event behind the dead letters that leaves the copy with what
// was told, or without the object. ok is false if none is needed.
func (c touched) to(key o2.ObjectKey, r record, is bool) (e eventlog.Entry, ok bool) {
	e.Object, e.Coalesced = key, true
	if c.has || !is { // the last that is known of it
		if e.Prior, e.PriorDigest = c.last.Post, c.last.PostDigest; c.last.Type == o2.EventDeleted {
			e.Prior, e.PriorDigest = c.last.Prior, c.last.PriorDigest
		}
	}
	if is {
		e.Post, e.PostDigest = r.sequence, r.digest()
	}
	switch {
	case !is:
		e.Type = o2.EventDeleted
	case c.has:
		e.Type = o2.EventModified
	default:
		e.Type = o2.EventCreated
	}
	return e, c.unsure || c.has != is || c.has && e.PriorDigest != e.PostDigest
}
