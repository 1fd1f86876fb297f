package sdktest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

// recorder is the Events of a watch under test. It keeps what netweave would
// keep, and the first breach of the contract.
type recorder struct {
	mu      sync.Mutex
	state   map[sdk.Kind]map[string]sdk.Object
	covered []sdk.Kind // by any snapshot so far
	open    []sdk.Kind // by the snapshot that is under way
	seen    map[sdk.Kind]map[string]bool
	begun   bool
	synced  bool
	inside  bool
	breach  error
	refuse  error // what every call returns, to see what the watch makes of it
}

var everyKind = []sdk.Kind{sdk.KindDeploymentManager, sdk.KindResourceType, sdk.KindResourcePool, sdk.KindResource}

func newRecorder() *recorder {
	r := &recorder{state: map[sdk.Kind]map[string]sdk.Object{}, seen: map[sdk.Kind]map[string]bool{}}
	for _, k := range everyKind {
		r.state[k] = map[string]sdk.Object{}
	}
	return r
}

// Begin starts a snapshot.
func (r *recorder) Begin(kinds ...sdk.Kind) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return r.refuse
	}
	for _, k := range kinds {
		if protocol.WireKind(k) == 0 {
			return r.breaks("Begin names %q, which is no kind of object", k)
		}
	}
	if len(kinds) == 0 {
		kinds = everyKind
	}
	r.open = slices.Clone(kinds)
	for _, k := range everyKind {
		r.seen[k] = map[string]bool{}
	}
	r.begun, r.inside = true, true
	return nil
}

// Put adds or replaces objects.
func (r *recorder) Put(objects ...sdk.Object) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return r.refuse
	}
	if !r.begun {
		return r.breaks("Put before Begin: a watch starts with a snapshot (Begin, every object, Synced)")
	}
	for _, o := range objects {
		if err := bridge.Check(o); err != nil {
			return r.breaks("Put: %w", err)
		}
		r.state[o.ObjectKind()][o.Common().ID] = o
		if r.inside {
			r.seen[o.ObjectKind()][o.Common().ID] = true
		}
	}
	return nil
}

// Delete removes objects.
func (r *recorder) Delete(kind sdk.Kind, ids ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return r.refuse
	}
	if protocol.WireKind(kind) == 0 {
		return r.breaks("Delete names %q, which is no kind of object", kind)
	}
	if !r.begun {
		return r.breaks("Delete before Begin: a watch starts with a snapshot (Begin, every object, Synced)")
	}
	for _, id := range ids {
		delete(r.state[kind], id)
		delete(r.seen[kind], id)
	}
	return nil
}

// Synced ends the snapshot: what it covers and does not contain is gone.
func (r *recorder) Synced() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return r.refuse
	}
	if !r.inside {
		return r.breaks("Synced without Begin: no snapshot is under way")
	}
	for _, k := range r.open {
		for id := range r.state[k] {
			if !r.seen[k][id] {
				delete(r.state[k], id)
			}
		}
		if !slices.Contains(r.covered, k) {
			r.covered = append(r.covered, k)
		}
	}
	r.inside, r.synced = false, true
	return nil
}

// breaks records a breach. The caller holds mu.
func (r *recorder) breaks(format string, args ...any) error {
	err := fmt.Errorf("Watch: "+format, args...)
	if r.breach == nil {
		r.breach = err
	}
	return err
}

// ready complains until a snapshot is whole.
func (r *recorder) ready() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.breach != nil:
		return r.breach
	case !r.begun:
		return errors.New("the watch has not called Begin: it must send a snapshot first")
	case !r.synced:
		return errors.New("the watch has begun a snapshot and not called Synced")
	}
	return nil
}

// get gives what the watch has told of an object, nil if it is not there.
func (r *recorder) get(k sdk.Kind, id string) sdk.Object {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state[k][id]
}

// of gives all of a kind; covered tells whether a snapshot has covered it.
func (r *recorder) of(k sdk.Kind) (objects map[string]sdk.Object, covered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	objects = make(map[string]sdk.Object, len(r.state[k]))
	for id, o := range r.state[k] {
		objects[id] = o
	}
	return objects, slices.Contains(r.covered, k)
}
