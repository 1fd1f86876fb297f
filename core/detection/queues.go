package detection

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

const (
	// trims bounds how many queues are coalesced before changes are looked at again.
	trims = 4
	// agedMost bounds how many old queues are looked at in one go.
	agedMost = 1000
	// claimRaces is how often a queue is read again whose head was claimed while
	// it was being coalesced.
	claimRaces = 3
)

// queues is what the leader remembers of the queues that are not short.
type queues struct {
	coalesceLength int
	known          map[o2.ID]*queue
	// due are those to be coalesced.
	due map[o2.ID]bool
}

// queue is what is known of one.
type queue struct {
	// length is what it was when last heard of.
	length int
	// base is the length that coalescing would hardly shorten: what was left by
	// the last time, or the initial state that the queue began with.
	base int
	// rest is until when the age of its entries is no reason to coalesce it.
	rest time.Time
}

func newQueues(coalesceLength int) queues {
	return queues{coalesceLength: coalesceLength, known: map[o2.ID]*queue{}, due: map[o2.ID]bool{}}
}

func (q *queues) of(id o2.ID) *queue {
	one := q.known[id]
	if one == nil {
		one = &queue{}
		q.known[id] = one
	}
	return one
}

// grown notes the lengths that queues have now; past hardCap they are due at once.
func (q *queues) grown(lengths map[o2.ID]int, hardCap int) {
	for id, length := range lengths {
		if q.known[id] == nil && length <= min(q.coalesceLength, hardCap) {
			continue
		}
		one := q.of(id)
		one.length, one.base = length, min(one.base, length)
		if length > q.coalesceLength && length >= 2*one.base || length > hardCap {
			q.due[id] = true
		}
	}
}

// started notes that a queue has got that many entries about as many objects.
func (q *queues) started(id o2.ID, entries int) {
	if entries > 0 {
		one := q.of(id)
		one.length, one.base = one.length+entries, one.base+entries
	}
}

func (q *queues) forget(id o2.ID) {
	delete(q.known, id)
	delete(q.due, id)
}

// hardCap is the length past which a queue is given up.
func (t *term) hardCap() int { return max(t.HardCap, 2*t.told.size) }

// trim coalesces some of the queues that have grown long or old, and gives up
// those that are too long nevertheless. more says that it has left some.
func (t *term) trim(ctx context.Context) (more bool, err error) {
	for i, id := range slices.Sorted(maps.Keys(t.queues.due)) {
		if i == trims {
			return true, nil
		}
		if err := t.trimOne(ctx, id); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (t *term) trimOne(ctx context.Context, id o2.ID) error {
	a := t.active[id]
	if a == nil || a.Overflowed {
		t.queues.forget(id)
		return nil
	}
	q, hardCap := t.queues.of(id), t.hardCap()
	// Past the cap the queue is coalesced once more if that may help.
	if q.length <= hardCap || q.length-q.base >= hardCap/4 {
		if err := t.shorten(ctx, id, q); err != nil {
			return err
		}
	}
	delete(t.queues.due, id)
	if q.length <= hardCap {
		return nil
	}
	entries := q.length
	if err := t.overflow(ctx, a); err != nil {
		return err
	}
	t.Logger.Warn("a subscription's queue has grown past its cap and is dropped; "+
		"the subscriber gets a fresh initial state when it returns", "subscription", id, "entries", entries)
	return t.confirm(ctx)
}

// shorten coalesces one queue.
func (t *term) shorten(ctx context.Context, id o2.ID, q *queue) error {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	for range claimRaces {
		entries, err := t.Log.Queue(ctx, id)
		if err != nil {
			return err
		}
		remove, put := coalesce(entries)
		if len(remove) > 0 {
			err = t.Log.Rewrite(ctx, t.guard, id, remove, put)
		}
		if errors.Is(err, store.ErrStale) {
			if g, asked := t.Log.Refresh(ctx, t.guard.Fence); asked != nil || g != t.guard {
				return errors.Join(err, asked)
			}
			continue // only a deliverer was faster
		}
		if err != nil {
			return err
		}
		if len(remove) > 0 {
			t.Events.Coalesced(len(remove) - len(put))
		}
		q.length = len(entries) - len(remove) + len(put)
		break
	}
	// If the deliverer was always faster, the queue is not stuck: later will do.
	q.base = q.length
	q.rest = time.Now().Add(min(time.Minute, t.CoalesceAge))
	return nil
}

func (t *term) agedInterval() time.Duration { return min(15*time.Second, t.CoalesceAge/4) }

// findAged finds the queues whose first entry has waited for long, and forgets
// what is remembered of those that are short.
func (t *term) findAged(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	now := time.Now()
	ids, err := t.Log.Aged(ctx, now.Add(-t.CoalesceAge), agedMost)
	if err != nil {
		return err
	}
	maps.DeleteFunc(t.queues.known, func(id o2.ID, q *queue) bool {
		return !t.queues.due[id] && now.After(q.rest) && q.length <= t.CoalesceLength/2
	})
	for _, id := range ids {
		if a := t.active[id]; a != nil && !a.Overflowed && now.After(t.queues.of(id).rest) {
			t.queues.due[id] = true
		}
	}
	return nil
}
