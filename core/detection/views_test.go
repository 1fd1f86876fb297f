package detection

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// views is an inventory.Changes whose contents a test says.
type views struct {
	mu        sync.Mutex
	objects   map[o2.ObjectKey]inventory.Seen
	attached  map[string]bool
	prompt    bool // backends take part as soon as they are followed
	followers map[*follower]bool
}

func newViews(prompt bool, backends ...string) *views {
	v := &views{
		objects: map[o2.ObjectKey]inventory.Seen{}, attached: map[string]bool{},
		prompt: prompt, followers: map[*follower]bool{},
	}
	for _, b := range backends {
		v.attached[b] = true
	}
	return v
}

type follower struct {
	views   *views
	signal  chan struct{}
	follows map[string]bool
	dirty   map[o2.ObjectKey]time.Time
	whole   map[string]bool
}

func (v *views) Follow(time.Time) inventory.Follower {
	v.mu.Lock()
	defer v.mu.Unlock()
	f := &follower{
		views: v, signal: make(chan struct{}, 1), follows: map[string]bool{},
		dirty: map[o2.ObjectKey]time.Time{}, whole: map[string]bool{},
	}
	v.followers[f] = true
	for b := range v.attached {
		if v.prompt {
			f.include(b)
		}
	}
	return f
}

// include lets a backend take part.
func (f *follower) include(backend string) {
	if f.follows[backend] {
		return
	}
	f.follows[backend], f.whole[backend] = true, true
	for key, s := range f.views.objects {
		if s.Object.Head().Backend == backend {
			f.note(key)
		}
	}
	f.wake()
}

func (f *follower) note(key o2.ObjectKey) {
	if _, noted := f.dirty[key]; !noted {
		f.dirty[key] = time.Now()
	}
	f.wake()
}

func (f *follower) wake() {
	select {
	case f.signal <- struct{}{}:
	default:
	}
}

// confirm lets a backend take part for everyone who follows.
func (v *views) confirm(backend string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for f := range v.followers {
		if v.attached[backend] {
			f.include(backend)
		}
	}
}

func keyOf(o o2.Object) o2.ObjectKey { return o2.ObjectKey{Kind: o.Kind(), ID: o.Head().ID} }

// set puts objects in place; their tenant owns them.
func (v *views) set(objects ...o2.Object) {
	for _, o := range objects {
		v.setOwned(o.Head().Tenant, o)
	}
}

// setOwned puts objects in place that belong to owner, whatever they say.
func (v *views) setOwned(owner string, objects ...o2.Object) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, o := range objects {
		key := keyOf(o)
		v.objects[key] = inventory.Seen{Key: key, Object: o, Owner: owner}
		for f := range v.followers {
			if f.follows[o.Head().Backend] {
				f.note(key)
			}
		}
	}
}

func (v *views) remove(key o2.ObjectKey) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, ok := v.objects[key]
	if !ok {
		return
	}
	delete(v.objects, key)
	for f := range v.followers {
		if f.follows[s.Object.Head().Backend] {
			f.note(key)
		}
	}
}

func (v *views) attach(backend string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.attached[backend] = true
}

// detach drops a backend and all that it has.
func (v *views) detach(backend string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.attached, backend)
	maps.DeleteFunc(v.objects, func(_ o2.ObjectKey, s inventory.Seen) bool { return s.Object.Head().Backend == backend })
	for f := range v.followers {
		delete(f.follows, backend)
		f.whole[backend] = true
		f.wake()
	}
}

func (f *follower) Changed() <-chan struct{} { return f.signal }

func (f *follower) Take() inventory.Changed {
	f.views.mu.Lock()
	defer f.views.mu.Unlock()
	var c inventory.Changed
	for _, key := range slices.SortedFunc(maps.Keys(f.dirty), compareKeys) {
		s := f.views.objects[key]
		s.Key, s.At = key, f.dirty[key]
		c.Objects = append(c.Objects, s)
	}
	c.Whole = slices.Sorted(maps.Keys(f.whole))
	clear(f.dirty)
	clear(f.whole)
	return c
}

func (f *follower) Lookup(key o2.ObjectKey) (inventory.Seen, bool) {
	f.views.mu.Lock()
	defer f.views.mu.Unlock()
	s, ok := f.views.objects[key]
	return s, ok
}

func (f *follower) Standing(backend string) (attached, follows bool) {
	f.views.mu.Lock()
	defer f.views.mu.Unlock()
	return f.views.attached[backend], f.follows[backend]
}

func (f *follower) Close() {
	f.views.mu.Lock()
	defer f.views.mu.Unlock()
	delete(f.views.followers, f)
}
