package backend

import (
	"context"
	"errors"
	"sync"
)

// shared has callers who want the same reading at the same time share one.
type shared[T any] struct {
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

func newShared[T any](parent context.Context, read func(context.Context) (T, error)) *shared[T] {
	return &shared[T]{parent: parent, read: read}
}

// get returns what a reading gives that is under way, or a new one. Callers must
// not change it. Who leaves early leaves the others their reading; it ends when
// nobody waits for it.
func (s *shared[T]) get(ctx context.Context) (T, error) {
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
func (s *shared[T]) join(ctx context.Context) (r *reading[T], first bool) {
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

func (s *shared[T]) leave(r *reading[T]) {
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
func (s *shared[T]) forget(r *reading[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == r {
		s.current = nil
	}
}

// outdate is forget for the present reading: something was written.
func (s *shared[T]) outdate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
}

// wait returns when nothing is under way.
func (s *shared[T]) wait() { s.running.Wait() }
