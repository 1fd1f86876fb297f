package inventory

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// view is what one backend holds, as far as it has said. Reading needs no lock;
// all that changes a view is done under its shelf's.
type view struct {
	backend string
	shelf   *shelf
	// feed is what keeps the view current. It is set before anyone else sees
	// the view.
	feed  *feed
	state atomic.Pointer[state]

	synced    atomic.Bool
	refused   atomic.Uint64
	snapshots atomic.Uint64
	// born is when the view was attached. current is how long after that it was
	// last known to hold what the backend holds; no change of the wall clock
	// touches either.
	born    time.Time
	current atomic.Int64

	// clock orders writes and the beginnings of snapshots. With all below it
	// belongs to the shelf's lock.
	clock uint64
	// confirmed is as of when this process has itself found the view current.
	confirmed time.Time
	fetches   fetches
	// writes are the writes through us that something older may still contradict.
	writes map[objectKey]write
	pruned time.Time
	// running is the snapshot that has begun and not ended, nil for none.
	running *snapshot
	// creates counts those under way; departed is what left the view meanwhile.
	creates  int
	departed map[objectKey]departure
}

type objectKey struct {
	kind o2.Kind
	id   o2.ID
}

// write is the last write of an object through us.
type write struct {
	clock    uint64
	at       time.Time
	revision uint64
	// deleted: the write removed the object. The feed has not confirmed it yet.
	deleted bool
	// held is what the feed has said of a deleted object since, nil for nothing.
	held o2.Object
	// recreated: the object was deleted through us before, and the feed's word
	// of that, still to come, is not about the object that is there now.
	recreated bool
}

// reached reports whether o, from the feed, shows that the feed has come to the
// write that made e.
func (w write) reached(e *entry, o o2.Object) bool {
	if revision := o.Head().Revision; revision != 0 && w.revision != 0 {
		return revision >= w.revision
	}
	return e.object.Head().Digest == o.Head().Digest
}

// settling bounds how long a write holds against a feed that says otherwise
// without a revision or snapshot to tell which is later.
const settling = 30 * time.Second

func newView(backend string, s *shelf) *view {
	v := &view{backend: backend, shelf: s, born: time.Now(), writes: map[objectKey]write{}, departed: map[objectKey]departure{}}
	v.state.Store(&state{})
	return v
}

// intent is one object to take the place at its id, or nil to empty it.
type intent struct {
	objectKey
	object o2.Object
	// fresh: the object is known to be later than our own last write to it.
	fresh bool
	// floor is the revision of the write that made it, 0 for what a feed says.
	floor uint64
	// order is the intent's place among those of one commit.
	order int
}

// commit applies intents in their order; the last one for an object counts.
// Objects that did not change swap nothing. It returns the ids that another
// backend holds. The caller holds the shelf's lock.
func (v *view) commit(intents []intent) (foreign []o2.ID) {
	for i := range intents {
		intents[i].order = i
	}
	slices.SortFunc(intents, func(a, b intent) int {
		if c := cmp.Compare(a.kind, b.kind); c != 0 {
			return c
		}
		if c := strings.Compare(string(a.id), string(b.id)); c != 0 {
			return c
		}
		return a.order - b.order
	})
	now := v.state.Load()
	next := *now
	swap := false
	for len(intents) > 0 {
		kind := intents[0].kind
		n := 1
		for n < len(intents) && intents[n].kind == kind {
			n++
		}
		var changes []change
		for i := range n {
			if i+1 < n && intents[i+1].id == intents[i].id {
				continue
			}
			in := &intents[i]
			before, there := now.kinds[kind].all.get(in.id)
			switch {
			case in.object == nil:
				if there {
					changes = append(changes, change{id: in.id, before: before})
					v.noteDeparture(in.objectKey, before.revision)
				}
			case there && before.object.Head().Digest == in.object.Head().Digest:
				before.noteUnchanged(in)
			case !there && v.shelf.heldElsewhere(v, kind, in.id):
				foreign = append(foreign, in.id)
			default:
				changes = append(changes, change{id: in.id, before: before, after: v.newEntry(in)})
			}
		}
		if len(changes) > 0 {
			next.kinds[kind] = next.kinds[kind].apply(changes)
			v.shelf.note(v, kind, changes)
			swap = true
		}
		intents = intents[n:]
	}
	if swap {
		v.state.Store(&next)
	}
	return foreign
}

func (v *view) newEntry(in *intent) *entry {
	return &entry{
		id: in.object.Head().ID, tenant: v.shelf.tenancy.ownerOf(in.object), object: in.object,
		encoder: v.shelf.encoder, encodings: make([]atomic.Pointer[[]byte], len(v.shelf.encoder.projections)),
		revision: in.object.Head().Revision, floor: in.floor, size: v.shelf.sizes.of(in.object),
	}
}

// noteUnchanged takes over what an equal object says of its revision.
func (e *entry) noteUnchanged(in *intent) {
	revision := in.object.Head().Revision
	if in.fresh {
		e.revision, e.floor = revision, 0
	}
	e.revision = max(e.revision, revision)
	e.floor = max(e.floor, in.floor)
}

// put applies what a feed says has changed, outside any snapshot.
func (v *view) put(objects []o2.Object) (foreign []o2.ID) {
	now := time.Now()
	intents := make([]intent, 0, len(objects))
	for _, o := range objects {
		key := keyOf(o)
		revision := o.Head().Revision
		if w, ok := v.writes[key]; ok && w.deleted {
			if now.Sub(w.at) < settling {
				if revision != 0 && revision > w.revision {
					v.hold(key, w, o)
				}
				continue
			}
			delete(v.writes, key)
		}
		before, held := v.state.Load().kinds[key.kind].all.get(key.id)
		if held && revision != 0 && revision < before.floor {
			continue
		}
		if w, ok := v.writes[key]; ok && w.recreated && held && w.reached(before, o) {
			// The word of the former object's end was before this or will not come:
			// the next one is about the object that is there now.
			w.recreated = false
			v.writes[key] = w
		}
		intents = append(intents, intent{objectKey: key, object: o})
	}
	return v.commit(intents)
}

// remove applies a feed's word that objects are gone.
func (v *view) remove(kind o2.Kind, ids []o2.ID) {
	now := time.Now()
	intents := make([]intent, 0, len(ids))
	for _, id := range ids {
		key := objectKey{kind, id}
		if w, ok := v.writes[key]; ok {
			if w.recreated && now.Sub(w.at) < settling {
				w.recreated = false
				v.writes[key] = w
				continue
			}
			if w.deleted {
				delete(v.writes, key)
			}
		}
		intents = append(intents, intent{objectKey: key})
	}
	v.commit(intents)
}

// wrote applies what a backend returned of a write through us, unless the feed
// has already brought something later. It returns what the view then holds, nil
// if another backend holds the id. The caller holds the shelf's lock.
func (v *view) wrote(o o2.Object) *entry {
	v.prune()
	key := keyOf(o)
	revision := o.Head().Revision
	earlier := v.writes[key]
	v.clock++
	v.writes[key] = write{
		clock: v.clock, at: time.Now(), revision: revision,
		recreated: earlier.deleted || earlier.recreated,
	}
	before, ok := v.state.Load().kinds[key.kind].all.get(key.id)
	if ok && revision != 0 && before.revision > revision {
		return before
	}
	if len(v.commit([]intent{{objectKey: key, object: o, floor: revision}})) > 0 {
		delete(v.writes, key)
		return nil
	}
	e, _ := v.state.Load().kinds[key.kind].all.get(key.id)
	return e
}

// deleted applies a delete through us. It returns the highest revision that the
// object was known to have, and whether the view held it.
func (v *view) deleted(kind o2.Kind, id o2.ID) (revision uint64, held bool) {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	_, held = v.state.Load().kinds[kind].all.get(id)
	return v.erase(objectKey{kind, id}, 0), held
}

// erase is deleted for whoever holds the shelf's lock and may know of a revision.
func (v *view) erase(key objectKey, known uint64) (revision uint64) {
	v.prune()
	revision = max(known, v.writes[key].revision)
	if before, ok := v.state.Load().kinds[key.kind].all.get(key.id); ok {
		revision = max(revision, before.revision)
	}
	v.clock++
	v.writes[key] = write{clock: v.clock, at: time.Now(), revision: revision, deleted: true}
	v.commit([]intent{{objectKey: key}})
	return revision
}

// prune forgets the writes that nothing older can contradict any more: they
// have settled, and no snapshot that began before them is running. A look at
// all of them once a second is enough.
func (v *view) prune() {
	now := time.Now()
	if now.Sub(v.pruned) < time.Second {
		return
	}
	v.pruned = now
	v.pruneDepartures(now)
	for key, w := range v.writes {
		contested := v.running != nil && v.running.began < w.clock || v.fetches.used && v.fetches.before < w.clock
		if !contested && now.Sub(w.at) >= settling {
			delete(v.writes, key)
		}
	}
}

// knownCurrent notes that the view holds what the backend held at t.
func (v *view) knownCurrent(t time.Time) {
	since := int64(t.Sub(v.born))
	for {
		old := v.current.Load()
		if old >= since || v.current.CompareAndSwap(old, since) {
			return
		}
	}
}

// foundCurrent notes that this process has found the view current as of t.
func (v *view) foundCurrent(t time.Time) {
	v.knownCurrent(t)
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	v.shelf.confirm(v, t)
}

// age returns how long ago the view was known to be current, or attached if it
// has never been.
func (v *view) age(now time.Time) time.Duration {
	return max(0, now.Sub(v.born)-time.Duration(v.current.Load()))
}

// stale reports whether the view is older than its allowance.
func (v *view) stale(now time.Time) bool { return v.age(now) > v.feed.staleAfter() }

func keyOf(o o2.Object) objectKey { return objectKey{o.Kind(), o.Head().ID} }
