// Package electiontest is the conformance suite of ports/election, and an
// implementation in memory for the tests of those who use it.
package electiontest

import (
	"context"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/election"
)

// pause is how long a candidate that gave leadership back waits before it seeks
// it again.
const pause = 10 * time.Millisecond

// Memory is one election; its candidates are in one process. The zero Memory is
// ready for use.
type Memory struct {
	mu     sync.Mutex
	seat   chan struct{}
	depose context.CancelFunc
}

// Candidate returns a new candidate.
func (m *Memory) Candidate() election.Election { return candidate{m} }

// Depose takes leadership from whoever has it.
func (m *Memory) Depose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.depose != nil {
		m.depose()
	}
}

type candidate struct{ election *Memory }

// Campaign is as in election.Election.
func (c candidate) Campaign(ctx context.Context, lead func(ctx context.Context)) error {
	seat := c.election.one()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case seat <- struct{}{}:
		}
		c.lead(ctx, lead)
		<-seat
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (c candidate) lead(ctx context.Context, lead func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.election.seated(cancel)
	defer c.election.seated(nil)
	lead(ctx)
}

func (m *Memory) seated(depose context.CancelFunc) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.depose = depose
}

// one returns the seat, on which there is room for one.
func (m *Memory) one() chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seat == nil {
		m.seat = make(chan struct{}, 1)
	}
	return m.seat
}
