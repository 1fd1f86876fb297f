package sdk

import (
	"context"
	"sync"
)

// session is the life of one opened backend: opened once, called from many
// goroutines, and closed once with no call in flight.
type session struct {
	mu      sync.Mutex
	phase   phase
	backend Backend
	// running counts the calls in flight, an opening one included.
	running int
	// idle is made by shut and closed when running is 0.
	idle chan struct{}

	// ending ends when shut begins, and with it every call's context.
	ending context.Context
	end    context.CancelFunc
}

type phase int

const (
	phaseNew phase = iota
	phaseOpening
	phaseServing
	phaseClosing
	phaseClosed
)

func newSession() *session {
	s := &session{}
	s.ending, s.end = context.WithCancel(context.Background())
	return s
}

// open makes the backend with f. After a failure it can be tried again.
func (s *session) open(ctx context.Context, f func(context.Context) (Backend, error)) error {
	s.mu.Lock()
	if s.phase != phaseNew {
		defer s.mu.Unlock()
		if s.phase >= phaseClosing {
			return errClosing()
		}
		return Errorf(Conflict, "the plugin has been opened already: open it once")
	}
	s.phase = phaseOpening
	s.running++
	s.mu.Unlock()

	ctx, cancel := s.bound(ctx)
	defer cancel()
	b, err := f(ctx)

	s.mu.Lock()
	if err == nil {
		s.backend = b
	}
	if s.phase == phaseOpening {
		if err == nil {
			s.phase = phaseServing
		} else {
			s.phase = phaseNew
		}
	}
	s.mu.Unlock()
	s.leave()
	return err
}

// enter admits a call. Its context ends with ctx or when the session shuts;
// done must be called when the call is over.
func (s *session) enter(ctx context.Context) (callCtx context.Context, b Backend, done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.phase {
	case phaseServing:
	case phaseClosing, phaseClosed:
		return nil, nil, nil, errClosing()
	default:
		return nil, nil, nil, &Error{Code: Unavailable, Source: SourcePlugin, Message: "the plugin has not been opened yet"}
	}
	s.running++
	callCtx, cancel := s.bound(ctx)
	return callCtx, s.backend, func() { cancel(); s.leave() }, nil
}

// bound derives a context that also ends when the session shuts.
func (s *session) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ending, func() { cancel(errClosing()) })
	return ctx, func() { stop(); cancel(context.Canceled) }
}

func (s *session) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	if s.running == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// shut ends every call, waits for them until ctx ends, and then calls close with
// the backend if there is one. Where calls do not end in time the backend is
// left unclosed, since its author was promised to be alone. A second shut fails.
func (s *session) shut(ctx context.Context, closeBackend func(Backend) error) error {
	s.mu.Lock()
	if s.phase >= phaseClosing {
		s.mu.Unlock()
		return errClosing()
	}
	s.phase = phaseClosing
	idle := make(chan struct{})
	if s.running == 0 {
		close(idle)
	} else {
		s.idle = idle
	}
	s.mu.Unlock()
	s.end()

	select {
	case <-idle:
	case <-ctx.Done():
		return &Error{
			Code: Timeout, Source: SourcePlugin, Err: ctx.Err(),
			Message: "the plugin cannot be closed: calls to it go on though their contexts have ended",
		}
	}
	s.mu.Lock()
	s.phase = phaseClosed
	b := s.backend
	s.mu.Unlock()
	if b == nil {
		return nil
	}
	return closeBackend(b)
}

func errClosing() *Error {
	return &Error{Code: Unavailable, Source: SourcePlugin, Message: "the plugin is closing"}
}
