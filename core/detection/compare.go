package detection

import (
	"slices"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/inventory"
)

// take asks the views for what has changed, once all that they said before is
// committed.
func (t *term) take() {
	if len(t.pending) > 0 {
		return
	}
	changed := t.follower.Take()
	t.pending = changed.Objects
	if len(changed.Whole) > 0 {
		t.takeWhole(changed)
	}
}

// takeWhole adds what was told of backends of which all is known now, and no view
// holds any more.
func (t *term) takeWhole(changed inventory.Changed) {
	listed := make(map[o2.ObjectKey]bool, len(changed.Objects))
	for _, s := range changed.Objects {
		listed[s.Key] = true
	}
	t.told.each(func(key o2.ObjectKey, r record) {
		if listed[key] || !slices.Contains(changed.Whole, r.object.Head().Backend) {
			return
		}
		if _, held := t.follower.Lookup(key); !held {
			t.pending = append(t.pending, inventory.Seen{Key: key})
		}
	})
}

// difference returns the change from what was told of an object to what was seen
// of it. ok is false if there is none.
func (t *term) difference(s inventory.Seen) (change eventlog.Change, prior *eventlog.State, ok bool) {
	r, isTold := t.told.get(s.Key)
	switch {
	case s.Object == nil && (!isTold || !t.settled(s)):
		return change, nil, false
	case s.Object != nil && isTold && r.owner == s.Owner && r.digest() == s.Object.Head().StateDigest:
		if o2.Canonical(s.Object) == s.Object {
			r.object = s.Object // the same content: one copy is enough
			t.told.put(r)
		}
		return change, nil, false
	}
	change = eventlog.Change{Object: s.Key, At: s.At}
	if change.At.IsZero() {
		change.At = time.Now()
	}
	if isTold {
		prior = &eventlog.State{Object: r.object, Owner: r.owner}
		change.Prior, change.PriorDigest = r.sequence, r.digest()
	}
	if s.Object != nil {
		change.Post = &eventlog.State{Object: o2.Canonical(s.Object), Owner: s.Owner}
		change.PostDigest = s.Object.Head().StateDigest
	}
	return change, prior, true
}
