package app

import (
	"context"
	"sync"
)

// endings are the adapters that are being stopped: their calls in flight go to
// their end, and meanwhile their names are not free. The zero value has none.
type endings struct {
	all sync.WaitGroup

	mu sync.Mutex
	of map[string]chan struct{}
}

// begin has stop run in the background, for the adapter of that name.
func (e *endings) begin(name string, stop func()) {
	done := make(chan struct{})
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of == nil {
		e.of = map[string]chan struct{}{}
	}
	e.of[name] = done
	e.all.Go(func() {
		stop()
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.of, name)
		close(done)
	})
}

// busy reports whether the adapter of that name is being stopped.
func (e *endings) busy(name string) bool { return e.done(name) != nil }

func (e *endings) done(name string) chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.of[name]
}

// over waits until the name is free, or returns ctx's error.
func (e *endings) over(ctx context.Context, name string) error {
	done := e.done(name)
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait waits for all.
func (e *endings) wait() { e.all.Wait() }
