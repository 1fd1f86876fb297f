package backendtest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

// checker is one test of the suite at work.
type checker struct {
	Fixture
	t    *testing.T
	name string
}

func (c *checker) can(capability string) bool {
	return slices.Contains(c.Backend.Info().Capabilities, capability)
}

func (c *checker) ctx() context.Context {
	ctx, cancel := context.WithTimeout(c.t.Context(), c.Timeout)
	c.t.Cleanup(cancel)
	return ctx
}

// snapshot takes one and returns what is there.
func (c *checker) snapshot() map[key]o2.Object {
	c.t.Helper()
	r := newRecorder()
	if err := c.Backend.Snapshot(c.ctx(), r); err != nil {
		c.t.Fatalf("Snapshot failed: %v", err)
	}
	objects, synced, broken, _ := r.state()
	for _, rule := range broken {
		c.t.Errorf("Snapshot: %s", rule)
	}
	if synced != 1 {
		c.t.Errorf("Snapshot returned nil after %d Synced, want exactly 1", synced)
	}
	return objects
}

// watching runs a watch into r until stop is called, which returns its error.
func (c *checker) watching(r *recorder) (stop func() error) {
	ctx, cancel := context.WithCancel(c.t.Context())
	result := make(chan error, 1)
	go func() { result <- c.Backend.Watch(ctx, r) }()
	stop = func() error {
		cancel()
		return c.within(result, "Watch to end after its context did")
	}
	c.t.Cleanup(cancel)
	return stop
}

func (c *checker) within(result <-chan error, what string) error {
	c.t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(c.Timeout):
		c.t.Fatalf("waited %s for %s", c.Timeout, what)
		return nil
	}
}

// until waits for the recorder to hold what holds says.
func (c *checker) until(r *recorder, what string, holds func(objects map[key]o2.Object, synced int) bool) {
	c.t.Helper()
	deadline := time.After(c.Timeout)
	for {
		objects, synced, broken, changed := r.state()
		for _, rule := range broken {
			c.t.Fatalf("Watch: %s", rule)
		}
		if holds(objects, synced) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			c.t.Fatalf("waited %s for %s", c.Timeout, what)
		}
	}
}

// wantCode checks that err is the port's, names this backend and has the code.
func (c *checker) wantCode(what string, err, code error) {
	c.t.Helper()
	e, ok := errors.AsType[*backend.Error](err)
	if !ok {
		c.t.Fatalf("%s: error %v (%T), want a *backend.Error", what, err, err)
	}
	if e.Backend != c.name {
		c.t.Errorf("%s: the error names backend %q, want %q", what, e.Backend, c.name)
	}
	if !slices.Contains([]backend.Source{backend.SourceCaller, backend.SourceBackend, backend.SourcePlugin}, e.Source) {
		c.t.Errorf("%s: the error has source %q, want caller, backend or plugin", what, e.Source)
	}
	if !errors.Is(err, code) {
		c.t.Errorf("%s: error %q, want one that is %q", what, err, code)
	}
}

// same fails unless both hold equal objects.
func (c *checker) same(what string, got, want map[key]o2.Object) {
	c.t.Helper()
	for k, w := range want {
		g, ok := got[k]
		switch {
		case !ok:
			c.t.Errorf("%s: %s %s (%s) is missing", what, k.kind, k.id, w.Head().NativeID)
		case g.Head().StateDigest != w.Head().StateDigest:
			c.t.Errorf("%s: %s %s (%s) has another state", what, k.kind, k.id, w.Head().NativeID)
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			c.t.Errorf("%s: %s %s (%s) should not be there", what, k.kind, k.id, g.Head().NativeID)
		}
	}
}
