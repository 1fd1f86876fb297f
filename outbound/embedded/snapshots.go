package embedded

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/netweave/netweave/ports/snapshots"
	"github.com/netweave/netweave/ports/store"
)

// snapshotStore keeps the latest snapshots in memory.
type snapshotStore struct {
	// leads reports whether fence is that of the leader.
	leads func(fence store.Token) bool

	mu     sync.Mutex
	latest map[string]snapshots.Snapshot
}

var _ snapshots.Store = (*snapshotStore)(nil)

// Publish is as in snapshots.Store.
func (k *snapshotStore) Publish(_ context.Context, fence store.Token, s snapshots.Snapshot) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.leads(fence) {
		return fmt.Errorf("publishing a snapshot of %s: %w", s.Backend, store.ErrFenced)
	}
	if k.latest == nil {
		k.latest = map[string]snapshots.Snapshot{}
	}
	s.Version = k.latest[s.Backend].Version + 1
	s.Objects = slices.Clone(s.Objects)
	k.latest[s.Backend] = s
	return nil
}

// Latest is as in snapshots.Store.
func (k *snapshotStore) Latest(_ context.Context, backend string, version uint64) (snapshots.Snapshot, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.latest[backend]
	if !ok || s.Version <= version {
		return snapshots.Snapshot{}, false, nil
	}
	s.Objects = slices.Clone(s.Objects)
	return s, true, nil
}
