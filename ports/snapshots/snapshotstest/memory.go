// Package snapshotstest is the conformance suite of ports/snapshots, and an
// implementation in memory for the tests of those who use it.
package snapshotstest

import (
	"context"
	"fmt"
	"sync"

	"github.com/netweave/netweave/ports/snapshots"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is a snapshots.Store.
type Memory struct {
	storetest.Faults
	// Leads reports whether fence is that of the leader; nil lets everyone publish.
	Leads func(fence store.Token) bool

	mu     sync.Mutex
	latest map[string]snapshots.Snapshot
}

var _ snapshots.Store = (*Memory)(nil)

// Publish is as in snapshots.Store.
func (m *Memory) Publish(_ context.Context, fence store.Token, s snapshots.Snapshot) error {
	if err := m.Before("Publish"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Leads != nil && !m.Leads(fence) {
		return fmt.Errorf("publishing the snapshot of %s: %w", s.Backend, store.ErrFenced)
	}
	if m.latest == nil {
		m.latest = map[string]snapshots.Snapshot{}
	}
	s.Version = m.latest[s.Backend].Version + 1
	m.latest[s.Backend] = s
	return m.After("Publish", nil)
}

// Latest is as in snapshots.Store.
func (m *Memory) Latest(_ context.Context, backend string, version uint64) (snapshots.Snapshot, bool, error) {
	if err := m.Before("Latest"); err != nil {
		return snapshots.Snapshot{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.latest[backend]
	if !ok || s.Version <= version {
		return snapshots.Snapshot{}, false, m.After("Latest", nil)
	}
	return s, true, m.After("Latest", nil)
}
