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

// since returns what leads from the subscriber's copy, as dead letters delivered
// now leave it, to what was told.
func (t *term) since(a *active, dead []eventlog.Entry) []eventlog.Entry {
	copied, anew := map[o2.ObjectKey]eventlog.Entry{}, false
	for _, e := range dead {
		if e.Type == o2.EventResync {
			clear(copied)
			anew = true
			continue
		}
		copied[e.Object] = e
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
		last, ok := copied[key]
		has := ok && last.Type != o2.EventDeleted
		r, is := t.told.get(key)
		is = is && visible(a.Activation, a.selection, r)
		e := eventlog.Entry{Object: key, At: now}
		if has {
			e.Type, e.Prior, e.PriorDigest = o2.EventDeleted, last.Post, last.PostDigest
		}
		if is {
			e.Type, e.Post, e.PostDigest = o2.EventCreated, r.sequence, r.digest()
		}
		if has && is {
			e.Type = o2.EventModified
		}
		if has != is || has && e.PriorDigest != e.PostDigest {
			entries = append(entries, e)
		}
	}
	return entries
}
