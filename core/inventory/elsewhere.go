package inventory

import (
	"time"

	"github.com/netweave/netweave/core/o2"
)

// Announcer hears what was written through a Service, so that other processes
// can show it too. Its methods do not block and are called from many goroutines.
type Announcer interface {
	// Wrote tells what a backend returned of a create or update.
	Wrote(o o2.Object)
	// Deleted tells of an object that was deleted, and the highest revision that
	// it was known to have, 0 if none.
	Deleted(backend string, key o2.ObjectKey, revision uint64)
}

// Wrote applies what another process announces of a create or update. Unlike the
// result of an own write it comes at any time after the call: whatever may be
// older than what the view holds is left out, for what the view lacks then comes
// with the watch, or the next snapshot. An unknown backend is ignored.
func (s *Service) Wrote(o o2.Object) {
	if v := s.shelf.view(o.Head().Backend); v != nil {
		v.wroteElsewhere(o)
	}
}

// Deleted applies what another process announces of a delete; see Wrote.
func (s *Service) Deleted(backend string, key o2.ObjectKey, revision uint64) {
	if v := s.shelf.view(backend); v != nil {
		v.deletedElsewhere(objectKey{key.Kind, key.ID}, revision)
	}
}

func (v *view) wroteElsewhere(o o2.Object) {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	if v.faultOf(o) != "" {
		v.refused.Add(1)
		return
	}
	key, revision := keyOf(o), o.Head().Revision
	if revision == 0 && !v.feed.polled.Load() {
		return // the watch brings it, and knows what comes after what
	}
	if w := v.writes[key]; w.deleted && revision <= w.revision {
		return
	}
	if _, left := v.departed[key]; left && !v.holds(o) {
		return // it may have been there and left: no later word would take it away
	}
	if v.wrote(o) == nil {
		v.refused.Add(1)
	}
}

func (v *view) deletedElsewhere(key objectKey, revision uint64) {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	if revision == 0 && !v.feed.polled.Load() {
		return
	}
	if before, held := v.state.Load().kinds[key.kind].all.get(key.id); held && before.revision > revision {
		return // it is there again
	}
	v.erase(key, revision)
}

// pruneDepartures forgets what left the view so long ago that no announcement of
// it is still to come. The caller holds the shelf's lock.
func (v *view) pruneDepartures(now time.Time) {
	if v.creates > 0 {
		return
	}
	for key, d := range v.departed {
		if now.Sub(d.at) >= settling {
			delete(v.departed, key)
		}
	}
}
