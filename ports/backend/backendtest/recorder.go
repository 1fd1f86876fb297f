package backendtest

import (
	"errors"
	"sync"

	"github.com/netweave/netweave/core/o2"
)

var errStop = errors.New("the sink has had enough")

// recorder is a sink that holds the backend to the feed's rules and keeps what
// is there.
type recorder struct {
	stopAt int // the call that fails, counted from 1; 0 for none

	mu      sync.Mutex
	calls   int
	begun   bool
	inside  bool
	covered o2.KindSet
	seen    map[key]bool
	objects map[key]o2.Object
	synced  int
	broken  []string
	changed chan struct{} // closed and replaced with every call
}

type key struct {
	kind o2.Kind
	id   o2.ID
}

func newRecorder() *recorder {
	return &recorder{objects: map[key]o2.Object{}, seen: map[key]bool{}, changed: make(chan struct{})}
}

// called locks the recorder and counts; the caller unlocks.
func (r *recorder) called() error {
	r.mu.Lock()
	r.calls++
	close(r.changed)
	r.changed = make(chan struct{})
	if r.stopAt != 0 && r.calls >= r.stopAt {
		if r.calls > r.stopAt {
			r.breach("the feed went on after the sink had failed")
		}
		return errStop
	}
	return nil
}

func (r *recorder) breach(what string) {
	r.broken = append(r.broken, what)
}

// Begin starts a snapshot.
func (r *recorder) Begin(kinds o2.KindSet) error {
	err := r.called()
	defer r.mu.Unlock()
	r.begun, r.inside, r.covered = true, true, kinds
	clear(r.seen)
	return err
}

// Put takes objects.
func (r *recorder) Put(objects []o2.Object) error {
	err := r.called()
	defer r.mu.Unlock()
	if !r.begun {
		r.breach("objects came before the first snapshot")
	}
	for _, o := range objects {
		if o == nil {
			r.breach("a nil object was put")
			continue
		}
		k := key{o.Kind(), o.Head().ID}
		r.objects[k], r.seen[k] = o, true
	}
	return err
}

// Delete removes objects.
func (r *recorder) Delete(kind o2.Kind, ids []o2.ID) error {
	err := r.called()
	defer r.mu.Unlock()
	if !r.begun {
		r.breach("a delete came before the first snapshot")
	}
	for _, id := range ids {
		delete(r.objects, key{kind, id})
		delete(r.seen, key{kind, id})
	}
	return err
}

// Synced ends a snapshot.
func (r *recorder) Synced() error {
	err := r.called()
	defer r.mu.Unlock()
	if !r.inside {
		r.breach("a snapshot was ended that had not begun")
	}
	for k := range r.objects {
		if r.covered.Has(k.kind) && !r.seen[k] {
			delete(r.objects, k)
		}
	}
	r.inside = false
	r.synced++
	return err
}

// state is what is there now, how many snapshots were whole, what rules were
// broken, and a channel that is closed by the next call.
func (r *recorder) state() (objects map[key]o2.Object, synced int, broken []string, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	objects = make(map[key]o2.Object, len(r.objects))
	for k, o := range r.objects {
		objects[k] = o
	}
	return objects, r.synced, r.broken, r.changed
}
