package detection

import (
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// Join makes one of several Changes, no two of which have a backend in common.
func Join(all ...inventory.Changes) inventory.Changes { return joined(all) }

type joined []inventory.Changes

// Follow starts to tell what changes in any of them.
func (j joined) Follow(since time.Time) inventory.Follower {
	f := &joinedFollower{changed: make(chan struct{}, 1), over: make(chan struct{})}
	for _, changes := range j {
		one := changes.Follow(since)
		f.all = append(f.all, one)
		f.waiting.Go(func() { f.forward(one.Changed()) })
	}
	return f
}

// joinedFollower is the followers of all.
type joinedFollower struct {
	all     []inventory.Follower
	changed chan struct{}
	// over is closed to end what forwards.
	over    chan struct{}
	waiting sync.WaitGroup
}

// forward passes on that one has something new.
func (f *joinedFollower) forward(from <-chan struct{}) {
	for {
		select {
		case <-f.over:
			return
		case <-from:
		}
		select {
		case f.changed <- struct{}{}:
		default: // it is known
		}
	}
}

// Changed yields when Take may have something new.
func (f *joinedFollower) Changed() <-chan struct{} { return f.changed }

// Take returns what has changed in any since the last Take.
func (f *joinedFollower) Take() inventory.Changed {
	var c inventory.Changed
	for _, one := range f.all {
		more := one.Take()
		if len(c.Objects) == 0 {
			c.Objects = more.Objects
		} else {
			c.Objects = append(c.Objects, more.Objects...)
		}
		c.Whole = append(c.Whole, more.Whole...)
	}
	return c
}

// Lookup returns what the views hold of an object now.
func (f *joinedFollower) Lookup(key o2.ObjectKey) (inventory.Seen, bool) {
	for _, one := range f.all {
		if s, ok := one.Lookup(key); ok {
			return s, true
		}
	}
	return inventory.Seen{Key: key}, false
}

// Standing tells whether a backend is attached, and takes part.
func (f *joinedFollower) Standing(backend string) (attached, follows bool) {
	for _, one := range f.all {
		if attached, follows = one.Standing(backend); attached {
			return attached, follows
		}
	}
	return false, follows
}

// Close ends the followers.
func (f *joinedFollower) Close() {
	close(f.over)
	f.waiting.Wait()
	for _, one := range f.all {
		one.Close()
	}
}
