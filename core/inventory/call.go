package inventory

import (
	"time"

	"github.com/netweave/netweave/core/o2"
)

// A write is a call to the backend and then a change of the view. Between the two
// the feed and other writes go on, and what they say may be later: an object that
// has left the view meanwhile must not come back by the result of an older call.
// No later word from the feed would take it away again.

// departure is how and when an object left the view.
type departure struct {
	clock    uint64
	revision uint64
	at       time.Time
}

// beginCreate notes that a create is under way; endCreate must follow. It returns
// the moment by the view's clock, for created.
func (v *view) beginCreate() (began uint64) {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	v.creates++
	return v.clock
}

func (v *view) endCreate() {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	if v.creates--; v.creates == 0 && v.shelf.announcer == nil {
		clear(v.departed)
	}
}

// noteDeparture remembers what left the view, while creates are under way or
// other processes may announce some.
func (v *view) noteDeparture(key objectKey, revision uint64) {
	if v.creates > 0 || v.shelf.announcer != nil {
		v.prune()
		v.clock++
		v.departed[key] = departure{clock: v.clock, revision: revision, at: time.Now()}
	}
}

// created applies what a backend returned of a create that began then. It returns
// what the view then holds, nil if another backend holds the id, and the object by
// itself if the object has been there and left already.
func (v *view) created(o o2.Object, began uint64) *entry {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	revision := o.Head().Revision
	if d, left := v.departed[keyOf(o)]; left && d.clock > began && revision != 0 && revision <= d.revision && !v.holds(o) {
		return v.newEntry(&intent{object: o})
	}
	return v.wrote(o)
}

// updated applies what a backend returned of an update. An object that the view
// held when the update began and holds no longer was deleted meanwhile: it is
// returned by itself.
func (v *view) updated(o o2.Object) *entry {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	if !v.holds(o) {
		return v.newEntry(&intent{object: o})
	}
	return v.wrote(o)
}

func (v *view) holds(o o2.Object) bool {
	_, ok := v.state.Load().kinds[o.Kind()].all.get(o.Head().ID)
	return ok
}

// confirming is how long a feed has to confirm a delete through us before what it
// says of the object instead is believed.
const confirming = 2 * time.Second

// hold keeps what the feed says of an object that we deleted and whose revision is
// later than what we knew. Either it was changed before our delete, and the feed's
// word of its end follows at once; or it was made anew, and that word came before
// or never will. The caller holds the shelf's lock.
func (v *view) hold(key objectKey, w write, o o2.Object) {
	first := w.held == nil
	w.held = o
	v.writes[key] = w
	if first {
		time.AfterFunc(confirming, func() { v.release(key, w.clock) })
	}
}

// release shows what is held for the delete of that moment, if the feed has not
// said anything else since.
func (v *view) release(key objectKey, deleted uint64) {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	w, ok := v.writes[key]
	if !ok || w.clock != deleted || w.held == nil || v.holds(w.held) || v.shelf.view(v.backend) != v {
		return
	}
	delete(v.writes, key)
	v.refused.Add(uint64(len(v.commit([]intent{{objectKey: key, object: w.held}}))))
}
