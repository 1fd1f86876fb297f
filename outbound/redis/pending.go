package redis

import (
	"context"
	"errors"

	"github.com/netweave/netweave/ports/store"
)

// pending is how long what was written may be without replicas' confirmation
// before somebody else completes it, in milliseconds; 0 is that none is asked.
func (s *Store) pending() int64 {
	if s.config.Replicas == 0 {
		return 0
	}
	last := s.config.WaitTimeout + s.config.WaitTimeout/2
	if s.sentinels != nil {
		last += s.config.WaitTimeout // they may take as long
	}
	return last.Milliseconds()
}

// settled ends what was written being pending, by a script that is told whether
// replicas have confirmed the write, and returns the write's error.
func (s *Store) settled(ctx context.Context, written error, script, what string, args ...any) error {
	if s.config.Replicas == 0 || written != nil && !errors.Is(written, store.ErrUnconfirmed) {
		return written
	}
	// What is stored is stored, whether or not the caller still listens.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.WaitTimeout)
	defer cancel()
	if _, err := s.run(ctx, script, "marking as confirmed: "+what, args...); err != nil {
		s.log.Warn("what is stored stays pending: the same request again completes it", "stored", what, "error", err)
	}
	return written
}
