//go:build integration

package backend

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

// recorder is what netweave's view would be: what a watch has told so far.
type recorder struct {
	mu        sync.Mutex
	view      map[inventory.Key]sdk.Object
	snapshot  map[inventory.Key]bool
	kinds     []sdk.Kind
	snapshots int
	deleted   []inventory.Key
	// revisions that went down, which must stay empty.
	backwards []inventory.Key
	heard     func(sdk.Object)
}

func newRecorder() *recorder { return &recorder{view: map[inventory.Key]sdk.Object{}} }

func (r *recorder) Begin(kinds ...sdk.Kind) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kinds, r.snapshot = slices.Clone(kinds), map[inventory.Key]bool{}
	return nil
}

func (r *recorder) Put(objects ...sdk.Object) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range objects {
		key := inventory.Key{Kind: o.ObjectKind(), ID: o.Common().ID}
		if old, ok := r.view[key]; ok && old.Common().Revision > o.Common().Revision {
			r.backwards = append(r.backwards, key)
		}
		r.view[key] = o
		if r.snapshot != nil {
			r.snapshot[key] = true
		}
		if r.heard != nil {
			r.heard(o)
		}
	}
	return nil
}

func (r *recorder) Delete(kind sdk.Kind, ids ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		key := inventory.Key{Kind: kind, ID: id}
		if _, ok := r.view[key]; ok {
			r.deleted = append(r.deleted, key)
		}
		delete(r.view, key)
	}
	return nil
}

func (r *recorder) Synced() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.view {
		if slices.Contains(r.kinds, key.Kind) && !r.snapshot[key] {
			r.deleted = append(r.deleted, key)
			delete(r.view, key)
		}
	}
	r.snapshot = nil
	r.snapshots++
	return nil
}

// state returns how many snapshots were whole and what the last one covered.
func (r *recorder) state() (snapshots int, kinds []sdk.Kind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.snapshots, slices.Clone(r.kinds)
}

// names lists the objects of a kind by name, sorted.
func (r *recorder) names(kind sdk.Kind) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []string{}
	for key, o := range r.view {
		if key.Kind == kind {
			out = append(out, o.Common().Name)
		}
	}
	slices.Sort(out)
	return out
}

// named returns the one object of a kind with the name, nil if there is none.
func (r *recorder) named(kind sdk.Kind, name string) sdk.Object {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, o := range r.view {
		if key.Kind == kind && o.Common().Name == name {
			return o
		}
	}
	return nil
}

func (r *recorder) deletions() []inventory.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.deleted)
}

// follow runs b's Watch into a recorder until the test ends.
func follow(t *testing.T, b *Backend) *recorder {
	t.Helper()
	r := newRecorder()
	followInto(t, b, r)
	return r
}

func followInto(t *testing.T, b *Backend, r *recorder) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Watch(ctx, r) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch returned %v, want %v", err, context.Canceled)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.backwards) > 0 {
			t.Errorf("revisions went back: %v", r.backwards)
		}
	})
}
