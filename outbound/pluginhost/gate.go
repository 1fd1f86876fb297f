package pluginhost

import (
	"context"
	"errors"
	"sync"
)

// errDraining is the cause of the end of feeds when their process is stopped.
var errDraining = errors.New("the plugin is being stopped")

// gate counts the calls in flight to one process. Once it is closed nobody
// enters; who waits for idle knows when the last call has left.
type gate struct {
	feeds     context.Context // ends when the gate closes: feeds have no end of their own
	stopFeeds context.CancelCauseFunc

	mu     sync.Mutex
	closed bool
	calls  int
	idle   chan struct{}
}

func newGate() *gate {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &gate{feeds: ctx, stopFeeds: cancel, idle: make(chan struct{})}
}

// enter admits a call; the caller must leave if it was admitted.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.calls++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls--
	if g.closed && g.calls == 0 {
		close(g.idle)
	}
}

// close admits no more calls, ends the feeds, and returns a channel that is
// closed when none is left. Closing again changes nothing.
func (g *gate) close() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.closed = true
		g.stopFeeds(errDraining)
		if g.calls == 0 {
			close(g.idle)
		}
	}
	return g.idle
}
