package delivery

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
)

// turn is one subscription's being served, from its first claim until its
// worker ends or gives way.
type turn struct {
	id o2.ID
	// stale: the subscription has changed; what was claimed is to be let go.
	stale atomic.Bool
	// again: something was seen due since the last claim or settlement began.
	again atomic.Bool
	// slow: the turn has lost its slot, since its receiver takes long. Guarded by
	// roster.mu.
	slow bool
	// stop breaks off what is being sent. Guarded by roster.mu.
	stop context.CancelFunc
}

// roster says who is being served and who waits. A turn takes one of a limited
// number of slots, until its receiver shows itself slow: then it goes on without,
// up to a higher limit on all turns.
type roster struct {
	slots, ceiling int
	// hungry is called when nobody waits any more though more were due.
	hungry func()

	mu      sync.Mutex
	brisk   int
	running map[o2.ID]*turn
	waiting []o2.ID
	waits   map[o2.ID]struct{}
	// more: the last look for what is due did not show everything.
	more bool
	// failing are those whose last attempt failed.
	failing map[o2.ID]struct{}
}

func newRoster(slots int, hungry func()) *roster {
	return &roster{
		slots: slots, ceiling: 8 * slots, hungry: hungry,
		running: map[o2.ID]*turn{}, waits: map[o2.ID]struct{}{}, failing: map[o2.ID]struct{}{},
	}
}

// room returns how many to look for, so that those served and waiting already
// do not hide others.
func (r *roster) room() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.running) + len(r.waiting) + 2*r.slots
}

// offer lines up subscriptions that are due.
func (r *roster) offer(list []o2.ID, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.more = more
	for _, id := range list {
		r.line(id)
	}
}

func (r *roster) line(id o2.ID) {
	if t := r.running[id]; t != nil {
		t.again.Store(true)
		return
	}
	if _, ok := r.waits[id]; ok {
		return
	}
	r.waits[id] = struct{}{}
	r.waiting = append(r.waiting, id)
}

// begin returns the turn of who has waited longest, nil if nobody waits or all
// slots are taken.
func (r *roster) begin() *turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 || r.brisk >= r.slots || len(r.running) >= r.ceiling {
		return nil
	}
	t := &turn{id: r.waiting[0]}
	r.waiting = r.waiting[1:]
	delete(r.waits, t.id)
	r.running[t.id] = t
	r.brisk++
	if len(r.waiting) == 0 && r.more {
		r.more = false
		r.hungry()
	}
	return t
}

// end ends a turn; with due set the subscription lines up again.
func (r *roster) end(t *turn, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, t.id)
	if !t.slow {
		r.brisk--
	}
	if due {
		r.line(t.id)
	}
}

// slowed takes a turn's slot away, if there is room for turns without. It
// reports whether it did.
func (r *roster) slowed(t *turn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.slow || r.running[t.id] != t || len(r.running) >= r.ceiling {
		return false
	}
	t.slow = true
	r.brisk--
	return true
}

// givesWay reports whether a turn that has had its share is to end: others
// wait, or it has no slot.
func (r *roster) givesWay(t *turn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return t.slow || len(r.waiting) > 0
}

// bind has stop called when the subscription changes.
func (r *roster) bind(t *turn, stop context.CancelFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t.stop = stop
	if t.stale.Load() {
		stop()
	}
}

// changed breaks off what is being sent to a subscription.
func (r *roster) changed(id o2.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.running[id]; t != nil {
		t.stale.Store(true)
		if t.stop != nil {
			t.stop()
		}
	}
}

// doubt has every turn claim again before it sends anything more.
func (r *roster) doubt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.running {
		t.stale.Store(true)
	}
}

// fails notes whether the subscription's last attempt failed; failed asks.
func (r *roster) fails(id o2.ID, yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if yes {
		r.failing[id] = struct{}{}
	} else {
		delete(r.failing, id)
	}
}

func (r *roster) failed(id o2.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.failing[id]
	return ok
}
