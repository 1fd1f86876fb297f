package inventory

import (
	"time"

	"github.com/netweave/netweave/core/o2"
)

// Changes tells what changes in the views, for whoever turns it into events.
type Changes interface {
	// Follow starts to tell. A backend takes part from the moment on that its view
	// is known to hold what the backend held at since or later: what a process has
	// heard of a backend may be behind what another has told of it before. Follow
	// asks every backend at once for such a confirmation. Close the Follower.
	Follow(since time.Time) Follower
}

// Follower tells what has changed since it was last asked. However long nobody
// asks, it holds about one note for each object at most. One goroutine uses it.
type Follower interface {
	// Changed yields when Take may have something new.
	Changed() <-chan struct{}
	// Take returns what has changed since the last Take.
	Take() Changed
	// Lookup returns what the views hold of an object now. ok is false if no view
	// holds it.
	Lookup(key o2.ObjectKey) (s Seen, ok bool)
	// Standing tells whether a backend is attached, and takes part.
	Standing(backend string) (attached, follows bool)
	Close()
}

// Changed is what has changed.
type Changed struct {
	// Objects are those whose present state differs, or may, from that at the
	// last Take.
	Objects []Seen
	// Whole names backends of which Objects holds all that there is: those that
	// now take part, those that are detached, of which there is nothing, and those
	// of which too much has come and gone to be told one by one.
	Whole []string
}

// Seen is what the views hold of one object.
type Seen struct {
	Key o2.ObjectKey
	// Object is nil if no view holds it any more.
	Object o2.Object
	// Owner is the tenant that the object belongs to.
	Owner string
	// At is when the first change since the last Take came.
	At time.Time
}
