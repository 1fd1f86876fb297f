package inventory

import (
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

// What is here is for other core services. Lookup and Walk know no caller: what
// they return is shown to nobody who does not see its owner's objects.

// Lookup returns what the views hold of an object now.
func (s *Service) Lookup(key o2.ObjectKey) (inventory.Seen, bool) {
	for _, v := range s.shelf.views() {
		if e, ok := v.state.Load().kinds[key.Kind].all.get(key.ID); ok {
			return e.seen(time.Time{}), true
		}
	}
	return inventory.Seen{Key: key}, false
}

// Walk calls fn with every object of a kind that the views hold, until fn returns
// false. It holds nothing up.
func (s *Service) Walk(kind o2.Kind, fn func(inventory.Seen) bool) {
	for _, v := range s.shelf.views() {
		for e := range v.state.Load().kinds[kind].all.all() {
			if !fn(e.seen(time.Time{})) {
				return
			}
		}
	}
}

// Backends returns the names of the attached backends, sorted.
func (s *Service) Backends() []string {
	views := s.shelf.views()
	names := make([]string, len(views))
	for i, v := range views {
		names[i] = v.backend
	}
	return names
}

// Unread reports whether there is a backend that has never been read: what no view
// holds may be there all the same.
func (s *Service) Unread() bool {
	return slices.ContainsFunc(s.shelf.views(), func(v *view) bool { return !v.synced.Load() })
}

// Paused reports whether an operator lets a backend rest.
func (s *Service) Paused(name string) bool {
	v := s.shelf.view(name)
	return v != nil && v.feed.rest.now()
}

// Find returns an object that sc, which is authorized, sees; the errors are Get's.
func (s *Service) Find(sc scope.Scope, kind o2.Kind, id o2.ID) (inventory.Item, error) {
	e, _, err := s.find(sc, kind, id)
	if err != nil {
		return nil, err
	}
	return e, nil
}
