package inventory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// Follow starts to tell what changes; see inventory.Changes.
func (s *Service) Follow(since time.Time) inventory.Follower {
	f := &follower{
		shelf: s.shelf, since: since, changed: make(chan struct{}, 1),
		takesPart: map[string]bool{}, whole: map[string]time.Time{}, notes: map[objectKey]time.Time{},
	}
	s.shelf.follow(f)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, feed := range s.feeds {
		feed.askAtOnce()
	}
	return f
}

// spareNotes is how many notes a follower may hold beyond one for each object.
const spareNotes = 10_000

// follower notes which objects have changed since it was last asked.
type follower struct {
	shelf   *shelf
	since   time.Time
	changed chan struct{}

	// takesPart, whole and notes belong to the shelf's lock. What a backend that
	// does not take part changes is not noted.
	takesPart map[string]bool
	// whole has the backends to be told of as a whole, with the time since when.
	whole map[string]time.Time
	// notes has the first change of every object that changed otherwise.
	notes map[objectKey]time.Time
}

var (
	_ inventory.Changes  = (*Service)(nil)
	_ inventory.Follower = (*follower)(nil)
)

// Changed yields when Take may have something new.
func (f *follower) Changed() <-chan struct{} { return f.changed }

// Take returns what has changed since the last Take: of backends as a whole
// first, then the other objects in the order of their first change.
func (f *follower) Take() inventory.Changed {
	f.shelf.mu.Lock()
	whole, notes := f.whole, f.notes
	f.whole, f.notes = map[string]time.Time{}, map[objectKey]time.Time{}
	states := map[string]*state{}
	for _, v := range f.shelf.views() {
		if f.takesPart[v.backend] {
			states[v.backend] = v.state.Load()
		}
	}
	f.shelf.mu.Unlock()

	var c inventory.Changed
	for backend, at := range whole {
		c.Whole = append(c.Whole, backend)
		if st := states[backend]; st != nil {
			c.Objects = slices.Grow(c.Objects, st.size())
			for kind := range st.kinds {
				for e := range st.kinds[kind].all.all() {
					c.Objects = append(c.Objects, e.seen(at))
				}
			}
		}
	}
	slices.Sort(c.Whole)
	told := len(c.Objects)
	for key, at := range notes {
		seen := inventory.Seen{Key: o2.ObjectKey{Kind: key.kind, ID: key.id}, At: at}
		listed := false
		for backend, st := range states {
			if e, ok := st.kinds[key.kind].all.get(key.id); ok {
				seen = e.seen(at)
				_, listed = whole[backend]
				break
			}
		}
		if !listed {
			c.Objects = append(c.Objects, seen)
		}
	}
	slices.SortFunc(c.Objects[told:], func(a, b inventory.Seen) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key.Kind, b.Key.Kind), strings.Compare(string(a.Key.ID), string(b.Key.ID)))
	})
	return c
}

// Lookup returns what the views hold of an object now.
func (f *follower) Lookup(key o2.ObjectKey) (inventory.Seen, bool) {
	for _, v := range f.shelf.views() {
		if e, ok := v.state.Load().kinds[key.Kind].all.get(key.ID); ok {
			return e.seen(time.Now()), true
		}
	}
	return inventory.Seen{Key: key}, false
}

// Standing tells whether a backend is attached, and takes part.
func (f *follower) Standing(backend string) (attached, follows bool) {
	f.shelf.mu.Lock()
	defer f.shelf.mu.Unlock()
	return f.shelf.view(backend) != nil, f.takesPart[backend]
}

// Close ends the follower.
func (f *follower) Close() {
	f.shelf.mu.Lock()
	defer f.shelf.mu.Unlock()
	f.shelf.followers = slices.DeleteFunc(f.shelf.followers, func(other *follower) bool { return other == f })
}

// admit lets v take part if it is known to be as current as it has to be. The
// caller holds the shelf's lock.
func (f *follower) admit(v *view, now time.Time) {
	if f.takesPart[v.backend] || !v.synced.Load() || v.confirmed.Before(f.since) {
		return
	}
	f.takesPart[v.backend] = true
	f.tellWhole(v.backend, now)
}

// tellWhole has the next Take tell of a backend as a whole.
func (f *follower) tellWhole(backend string, now time.Time) {
	if _, pending := f.whole[backend]; !pending {
		f.whole[backend] = now
	}
	f.wake()
}

// note notes changes of one kind in v's backend.
func (f *follower) note(v *view, kind o2.Kind, changes []change, now time.Time) {
	if !f.takesPart[v.backend] {
		return
	}
	if _, pending := f.whole[v.backend]; pending {
		return
	}
	noted := false
	for _, c := range changes {
		if c.before != nil && c.after != nil && c.before.object.Head().StateDigest == c.after.object.Head().StateDigest {
			continue // nothing that matters to a subscriber
		}
		key := objectKey{kind, c.id}
		if _, known := f.notes[key]; !known {
			f.notes[key] = now
		}
		noted = true
	}
	if noted {
		f.wake()
	}
	if len(f.notes) > spareNotes {
		f.relieve(now)
	}
}

// relieve bounds the notes by what the views hold: objects that came and went
// would leave theirs behind for as long as nobody asks. Told of the backends as a
// whole, a follower finds what is gone by itself. The caller holds the shelf's lock.
func (f *follower) relieve(now time.Time) {
	held := 0
	for _, v := range f.shelf.views() {
		held += v.state.Load().size()
	}
	if len(f.notes) <= spareNotes+held {
		return
	}
	clear(f.notes)
	for backend := range f.takesPart {
		f.tellWhole(backend, now)
	}
}

func (f *follower) wake() {
	select {
	case f.changed <- struct{}{}:
	default: // it is awake
	}
}

// follow adds a follower.
func (s *shelf) follow(f *follower) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.followers = append(s.followers, f)
	now := time.Now()
	for _, v := range s.views() {
		f.admit(v, now)
	}
}

// note tells the followers of changes. The caller holds mu.
func (s *shelf) note(v *view, kind o2.Kind, changes []change) {
	if len(s.followers) == 0 {
		return
	}
	now := time.Now()
	for _, f := range s.followers {
		f.note(v, kind, changes, now)
	}
}

// confirm tells the followers that v has been found current by this process as
// of t. The caller holds mu.
func (s *shelf) confirm(v *view, t time.Time) {
	if t.After(v.confirmed) {
		v.confirmed = t
	}
	now := time.Now()
	for _, f := range s.followers {
		f.admit(v, now)
	}
}

// forget tells the followers that v is gone. The caller holds mu.
func (s *shelf) forget(v *view) {
	now := time.Now()
	for _, f := range s.followers {
		delete(f.takesPart, v.backend)
		delete(f.whole, v.backend)
		f.tellWhole(v.backend, now)
	}
}

// seen returns what a follower is told of the object.
func (e *entry) seen(at time.Time) inventory.Seen {
	return inventory.Seen{Key: o2.ObjectKey{Kind: e.object.Kind(), ID: e.id}, Object: e.object, Owner: e.tenant, At: at}
}

// size counts the objects of all kinds.
func (s *state) size() int {
	n := 0
	for kind := range s.kinds {
		n += s.kinds[kind].all.len
	}
	return n
}
