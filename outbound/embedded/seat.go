package embedded

import (
	"context"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/election"
)

// secondTry is how long a candidate that gave leadership back waits before it
// seeks it again.
const secondTry = 100 * time.Millisecond

// seat makes one candidate of the process the leader: whoever has the file is
// the only one that can lead, so that leadership is lost only by giving it back.
type seat struct {
	once sync.Once
	free chan struct{}
}

var _ election.Election = (*seat)(nil)

// Campaign is as in election.Election.
func (s *seat) Campaign(ctx context.Context, lead func(ctx context.Context)) error {
	s.once.Do(func() {
		s.free = make(chan struct{}, 1)
		s.free <- struct{}{}
	})
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.free:
		}
		s.sit(ctx, lead)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(secondTry):
		}
	}
}

func (s *seat) sit(ctx context.Context, lead func(ctx context.Context)) {
	defer func() { s.free <- struct{}{} }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if ctx.Err() == nil {
		lead(ctx)
	}
}
