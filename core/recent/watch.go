package recent

import (
	"slices"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// watch turns what a follower tells into changes: it knows what there was before.
// One goroutine uses it.
type watch struct {
	record   *Record
	follower inventory.Follower
	// met are the backends of which all is known; known is all that they have.
	met   map[string]bool
	known map[o2.ObjectKey]state
}

// take takes what has changed. A backend that is met for the first time, or again, is
// no change: its objects were there.
func (w *watch) take() {
	changed := w.follower.Take()
	w.record.mu.Lock()
	defer w.record.mu.Unlock()
	for _, backend := range changed.Whole {
		w.whole(backend, changed.Objects)
	}
	for i := range changed.Objects {
		w.seen(&changed.Objects[i], true)
	}
	for _, backend := range changed.Whole {
		if attached, _ := w.follower.Standing(backend); attached {
			w.met[backend] = true
		}
	}
}

// whole takes over all that there is of a backend.
func (w *watch) whole(backend string, objects []inventory.Seen) {
	there := map[o2.ObjectKey]bool{}
	for i := range objects {
		s := &objects[i]
		if s.Object == nil || s.Object.Head().Backend != backend {
			continue
		}
		there[s.Key] = true
		if !w.met[backend] {
			w.seen(s, false)
		}
	}
	now := time.Now()
	for key, s := range w.known {
		if s.object.Head().Backend == backend && !there[key] {
			w.seen(&inventory.Seen{Key: key, At: now}, true)
		}
	}
	if attached, _ := w.follower.Standing(backend); !attached {
		delete(w.met, backend)
	}
}

// seen notes what an object is now, and remembers the change if it is to be told.
func (w *watch) seen(s *inventory.Seen, told bool) {
	if s.Key.Kind != o2.KindResourcePool && s.Key.Kind != o2.KindResource {
		return
	}
	prior, post := w.known[s.Key], state{object: s.Object, owner: s.Owner}
	switch {
	case prior.object == nil && post.object == nil:
		return
	case post.object == nil:
		delete(w.known, s.Key)
	case prior.object != nil && prior.owner == post.owner && prior.object.Head().StateDigest == post.object.Head().StateDigest:
		return
	default:
		w.known[s.Key] = post
	}
	if told {
		w.remember(s.Key, change{at: s.At, prior: prior, post: post})
	}
	if s.Key.Kind == o2.KindResourcePool && post.object == nil {
		w.record.forget(s.Key.ID)
	}
}

// remember keeps a change for the pools that it is about.
func (w *watch) remember(key o2.ObjectKey, c change) {
	r := w.record
	r.seq++
	c.id = o2.DeriveID("recent "+r.incarnation, strconv.FormatUint(r.seq, 10))
	var pools []o2.ID
	if key.Kind == o2.KindResourcePool {
		pools = append(pools, key.ID)
	}
	for _, s := range []state{c.prior, c.post} {
		if resource, ok := s.object.(*o2.Resource); ok && !slices.Contains(pools, resource.ResourcePoolID) {
			pools = append(pools, resource.ResourcePoolID)
		}
	}
	for _, pool := range pools {
		if _, there := w.known[o2.ObjectKey{Kind: o2.KindResourcePool, ID: pool}]; there {
			r.keep(pool, c)
		}
	}
}

// keep adds a change to a pool's, and forgets what goes beyond the bounds.
func (r *Record) keep(pool o2.ID, c change) {
	r.pools[pool] = append(r.pools[pool], c)
	r.total++
	r.cut(pool, perPool)
	if r.total <= inAll {
		return
	}
	// Somewhat more than has to be: this is not to be done for each change.
	share := max(1, inAll*9/10/len(r.pools))
	for other := range r.pools {
		r.cut(other, share)
	}
}

// cut leaves a pool no more than its latest changes.
func (r *Record) cut(pool o2.ID, most int) {
	list := r.pools[pool]
	if excess := len(list) - most; excess > 0 {
		clear(list[:excess]) // what they hold on to is not to wait for the list to move
		r.pools[pool] = list[excess:]
		r.total -= excess
	}
}

// forget forgets a pool.
func (r *Record) forget(pool o2.ID) {
	r.total -= len(r.pools[pool])
	delete(r.pools, pool)
}
