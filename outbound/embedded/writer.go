package embedded

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/ports/store"
)

// together bounds how many writes share one sync.
const together = 256

// operation is one write that waits for its turn.
type operation struct {
	run  func(*change) error
	err  error
	done chan struct{}
}

// errNothing ends a transaction in which nothing was written.
var errNothing = errors.New("nothing was written")

// write runs one write in a transaction, which it may share with others. run
// returns an error before it has changed anything, or nil. What it has changed
// is on disk when write returns nil.
func (s *Store) write(ctx context.Context, what string, run func(*change) error) error {
	op := &operation{run: run, done: make(chan struct{})}
	select {
	case s.operations <- op:
	case <-s.closing:
		return fmt.Errorf("%s: %w: it is closed", what, store.ErrUnavailable)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	// The outcome is waited for whatever becomes of ctx: it is a sync away.
	<-op.done
	if op.err != nil {
		return fmt.Errorf("%s: %w", what, op.err)
	}
	return nil
}

// writeAll is the writer: it runs until the store is closed.
func (s *Store) writeAll() {
	defer close(s.written)
	for {
		select {
		case op := <-s.operations:
			s.commit(s.gather(op))
		case <-s.closing:
			return
		}
	}
}

// gather adds to first what else is waiting.
func (s *Store) gather(first *operation) []*operation {
	batch := []*operation{first}
	for len(batch) < together {
		select {
		case op := <-s.operations:
			batch = append(batch, op)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch in one transaction.
func (s *Store) commit(batch []*operation) {
	c, err := s.attempt(batch)
	s.mu.Lock()
	if err == nil {
		c.apply()
	}
	clear(s.frozen)
	close(s.thawed)
	s.thawed = make(chan struct{})
	s.mu.Unlock()
	s.tell(err)
	for _, op := range batch {
		if err != nil {
			op.err = fmt.Errorf("%w: writing %s: %w", store.ErrUnavailable, s.path, err)
		}
		close(op.done)
	}
}

// attempt returns the change once it is on disk. After a failure it is not known
// what the file holds, so the index is read anew: at once, or else before the
// next attempt.
func (s *Store) attempt(batch []*operation) (*change, error) {
	if err := s.settleDoubt(); err != nil {
		return nil, err
	}
	var c *change
	err := s.update(func(tx transaction) error {
		c = newChange(s, tx)
		for _, op := range batch {
			if op.err = op.run(c); c.fault != nil {
				return c.fault
			}
		}
		if !c.dirty {
			return errNothing
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNothing) {
		s.doubtful = true
		return nil, errors.Join(err, s.settleDoubt())
	}
	return c, nil
}

func (s *Store) settleDoubt() error {
	if !s.doubtful {
		return nil
	}
	err := s.reload()
	s.doubtful = err != nil
	return err
}

// tell logs the first failure of several, and their end.
func (s *Store) tell(err error) {
	switch {
	case err != nil && !s.failing:
		s.log.Error("the store cannot be written", "path", s.path, "error", err)
	case err == nil && s.failing:
		s.log.Info("the store can be written again", "path", s.path)
	}
	s.failing = err != nil
}
