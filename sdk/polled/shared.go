package polled

import (
	"context"
	"errors"
	"sync"
)

// Shared has callers who want the same reading at the same time share one. It is safe
// for concurrent use.
type Shared[T any] struct {
	parent  context.Context
	read    func(context.Context) (T, error)
	running sync.WaitGroup

	mu      sync.Mutex
	current *reading[T]
}

// reading is one that is under way, or its outcome once done is closed.
type reading[T any] struct {
	done    chan struct{}
	value   T
	err     error
	waiting int
	cancel  context.CancelFunc
}

// NewShared makes a Shared whose readings end with parent at the latest.
func NewShared[T any](parent context.Context, read func(context.Context) (T, error)) *Shared[T] {
	return &Shared[T]{parent: parent, read: read}
}

// Get returns what a reading gives that is under way, or a new one. Callers must
// not change it. Who leaves early leaves the others their reading; it ends when
// nobody waits for it.
func (s *Shared[T]) Get(ctx context.Context) (T, error) {
	var none T
	for {
		if err := ctx.Err(); err != nil {
			return none, err
		}
		r, first := s.join(ctx)
		select {
		case <-r.done:
			s.leave(r)
			// It had the time of whoever began it, which may be less than ours.
			if !first && errors.Is(r.err, context.DeadlineExceeded) && ctx.Err() == nil {
				continue
			}
			return r.value, r.err
		case <-ctx.Done():
			s.leave(r)
			return none, ctx.Err()
		}
	}
}

// join returns a reading and whether it was begun by this call.
func (s *Shared[T]) join(ctx context.Context) (r *reading[T], first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.current; r != nil {
		r.waiting++
		return r, false
	}
	bounded, cancel := context.WithCancel(s.parent)
	if deadline, ok := ctx.Deadline(); ok {
		bounded, cancel = context.WithDeadline(s.parent, deadline)
	}
	r = &reading[T]{done: make(chan struct{}), waiting: 1, cancel: cancel}
	s.current = r
	s.running.Go(func() {
		defer cancel()
		r.value, r.err = s.read(bounded)
		s.forget(r)
		close(r.done)
	})
	return r, true
}

func (s *Shared[T]) leave(r *reading[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.waiting--; r.waiting == 0 {
		r.cancel()
		if s.current == r {
			s.current = nil
		}
	}
}

// forget has whoever asks from now on get a reading that begins now.
func (s *Shared[T]) forget(r *reading[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == r {
		s.current = nil
	}
}

// Outdate has whoever asks from now on get a reading that begins now: something was
// written.
func (s *Shared[T]) Outdate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
}

// Wait returns when nothing is under way.
func (s *Shared[T]) Wait() { s.running.Wait() }
