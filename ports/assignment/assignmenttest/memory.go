// Package assignmenttest is the conformance suite of ports/assignment, and an
// implementation in memory for the tests of those who use it.
package assignmenttest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is an assignment.Assignment. The zero Memory is ready for use.
type Memory struct {
	storetest.Faults

	mu      sync.Mutex
	members map[string]time.Time
	owners  [assignment.Partitions]owner
}

type owner struct {
	member string
	fence  store.Token
}

var _ assignment.Assignment = (*Memory)(nil)

// Join is as in assignment.Assignment.
func (m *Memory) Join(_ context.Context, member string, ttl time.Duration) (assignment.Share, error) {
	if err := m.Before("Join"); err != nil {
		return assignment.Share{}, err
	}
	share := m.join(member, ttl)
	return share, m.After("Join", nil)
}

func (m *Memory) join(member string, ttl time.Duration) assignment.Share {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for name, until := range m.members {
		if !until.After(now) {
			m.drop(name)
		}
	}
	if m.members == nil {
		m.members = map[string]time.Time{}
	}
	m.members[member] = now.Add(ttl)
	fair := (assignment.Partitions + len(m.members) - 1) / len(m.members)
	held := 0
	for p := range m.owners {
		if m.owners[p].member == member {
			held++
		}
	}
	share := assignment.Share{Members: len(m.members), Excess: max(0, held-fair)}
	for p := range m.owners {
		o := &m.owners[p]
		if o.fence == "" && held < fair {
			*o = owner{member, storetest.NewToken()}
			held++
		}
		if o.fence != "" && o.member == member {
			share.Held = append(share.Held, assignment.Held{Partition: p, Fence: o.fence})
		}
	}
	return share
}

// drop ends a membership; m.mu is held.
func (m *Memory) drop(member string) {
	delete(m.members, member)
	for p := range m.owners {
		if m.owners[p].member == member {
			m.owners[p] = owner{}
		}
	}
}

// Release is as in assignment.Assignment.
func (m *Memory) Release(_ context.Context, member string, h assignment.Held) error {
	if err := m.Before("Release"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := &m.owners[h.Partition]; *o == (owner{member, h.Fence}) {
		*o = owner{}
	}
	return m.After("Release", nil)
}

// Leave is as in assignment.Assignment.
func (m *Memory) Leave(_ context.Context, member string) error {
	if err := m.Before("Leave"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(member)
	return m.After("Leave", nil)
}

// Check returns store.ErrFenced, wrapped, unless h is held.
func (m *Memory) Check(h assignment.Held) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.Fence == "" || h.Partition < 0 || h.Partition >= assignment.Partitions || m.owners[h.Partition].fence != h.Fence {
		return fmt.Errorf("partition %d: %w", h.Partition, store.ErrFenced)
	}
	return nil
}

// Seize takes a partition away from whoever has it, as if it had passed on, and
// returns it with its new fence.
func (m *Memory) Seize(partition int, member string) assignment.Held {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owners[partition] = owner{member, storetest.NewToken()}
	return assignment.Held{Partition: partition, Fence: m.owners[partition].fence}
}
