package inventory

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
)

// shelf holds the views of all attached backends and what they share. Ids are
// one space: views change one at a time, so that none takes an id which another
// holds.
type shelf struct {
	tenancy Tenancy
	encoder *encoder
	log     *slog.Logger
	// announcer hears of writes, nil if there are no other processes.
	announcer Announcer

	// mu is held by whoever changes a view or the list of views.
	mu sync.Mutex
	// attached is the list of views by backend name, replaced as a whole.
	attached atomic.Pointer[[]*view]
	// followers and sizes belong to mu. Without quotas sizes is nil, and no entry has
	// one.
	followers []*follower
	sizes     sizeTable
}

func newShelf(tenancy Tenancy, encoder *encoder, log *slog.Logger) *shelf {
	s := &shelf{tenancy: tenancy, encoder: encoder, log: log}
	s.attached.Store(new([]*view))
	return s
}

// views returns the attached views by backend name; not to be changed.
func (s *shelf) views() []*view { return *s.attached.Load() }

// view returns the view of a backend, nil if none is attached.
func (s *shelf) view(backend string) *view {
	list := s.views()
	n, ok := slices.BinarySearchFunc(list, backend, compareBackend)
	if !ok {
		return nil
	}
	return list[n]
}

// add attaches v; false if a view of that backend is there.
func (s *shelf) add(v *view) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.views()
	n, taken := slices.BinarySearchFunc(list, v.backend, compareBackend)
	if taken {
		return false
	}
	next := slices.Insert(slices.Clone(list), n, v)
	s.attached.Store(&next)
	return true
}

// remove drops v and all that it holds.
func (s *shelf) remove(v *view) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := slices.DeleteFunc(slices.Clone(s.views()), func(other *view) bool { return other == v })
	s.attached.Store(&next)
	s.forget(v)
}

// unfollow ends all followers: what follows is no change.
func (s *shelf) unfollow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.followers = nil
}

// heldElsewhere reports whether another view than v holds the id. The caller
// holds mu.
func (s *shelf) heldElsewhere(v *view, kind o2.Kind, id o2.ID) bool {
	for _, other := range s.views() {
		if other == v {
			continue
		}
		if _, held := other.state.Load().kinds[kind].all.get(id); held {
			return true
		}
	}
	return false
}

func compareBackend(v *view, name string) int { return strings.Compare(v.backend, name) }
