package inventory

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// pausedText is why a paused backend is not written to, and its view not current.
const pausedText = "paused by an operator"

// errSteered is the end of a session that an operator asked for.
var errSteered = errors.New("ended by an operator")

// SetRouter has requests from now on routed by r.
func (s *Service) SetRouter(r Router) { s.router.Store(&r) }

func (s *Service) routes() Router { return *s.router.Load() }

// Configure replaces how a backend's view is kept current. The view stays, and
// what goes on goes on; the next pause, poll or check is by the new settings.
func (s *Service) Configure(name string, c FeedConfig) error {
	return s.steer(name, func(f *feed) {
		shorter := c.withDefaults().PollInterval < f.config().PollInterval
		f.configure(c)
		f.checkSoon()
		if shorter {
			f.askAtOnce()
		}
	})
}

// Pause lets a backend rest: its view stays as it is and grows stale, writes to it
// are refused, and neither feed nor health checks call it. Calls under way go to
// their end. To pause a paused one changes nothing.
func (s *Service) Pause(name string) error {
	return s.steer(name, func(f *feed) {
		if f.rest.begin() {
			f.cut()
		}
	})
}

// Resume ends a Pause. The view is read anew.
func (s *Service) Resume(name string) error {
	return s.steer(name, func(f *feed) {
		f.rest.end()
		f.askAtOnce()
	})
}

// Resync has a backend's view read anew, at once: by a new watch or, where there
// is none, a poll. Where another process polls, that one is to be asked. A paused
// backend is read when it is resumed, in any case.
func (s *Service) Resync(name string) error {
	return s.steer(name, func(f *feed) {
		if f.polled.Load() {
			f.askAtOnce()
			return
		}
		f.cut()
	})
}

// steer has do change how a backend's feed runs.
func (s *Service) steer(name string, do func(*feed)) error {
	s.mu.Lock()
	f, ok := s.feeds[name]
	s.mu.Unlock()
	if !ok {
		return fmt.Errorf("inventory: no backend named %q is attached", name)
	}
	do(f)
	return nil
}

// cut ends the session under way, if there is one.
func (f *feed) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cancel != nil {
		f.cancel(errSteered)
	}
}

// rest is whether a feed rests. The zero value does not.
type rest struct {
	mu sync.Mutex
	// ended is closed when the rest ends; nil while there is none.
	ended chan struct{}
}

// begin begins a rest; false if there is one.
func (r *rest) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil {
		return false
	}
	r.ended = make(chan struct{})
	return true
}

// end ends the rest, if there is one.
func (r *rest) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil {
		close(r.ended)
		r.ended = nil
	}
}

// now reports whether there is a rest.
func (r *rest) now() bool { return r.until() != nil }

func (r *rest) until() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended
}

// over waits for the end of the rest; false if ctx ended first.
func (r *rest) over(ctx context.Context) bool {
	for {
		ended := r.until()
		if ended == nil {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-ended:
		}
	}
}
