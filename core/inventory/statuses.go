package inventory

import (
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// Ready reports whether every attached backend has been read once, or has been
// waited for long enough. Once it is true it stays so, while a backend is down and
// while one that is attached later has not been read.
func (s *Service) Ready() bool {
	if s.wasReady.Load() {
		return true
	}
	now := time.Now()
	for _, v := range s.shelf.views() {
		if !v.synced.Load() && !v.feed.rest.now() && now.Sub(v.born) < v.feed.config().ReadyWait {
			return false
		}
	}
	s.wasReady.Store(true)
	return true
}

// Statuses returns the standing of every attached backend, by name.
func (s *Service) Statuses() []inventory.BackendStatus {
	now := time.Now()
	views := s.shelf.views()
	list := make([]inventory.BackendStatus, 0, len(views))
	for _, v := range views {
		f := v.feed
		status := inventory.BackendStatus{
			Info: f.backend.Info(), Synced: v.synced.Load(), Age: v.age(now), FeedError: f.fault(),
			Refused: v.refused.Load(), Snapshots: v.snapshots.Load(),
			Paused: f.rest.now(), Polled: f.polled.Load(), StaleAfter: f.staleAfter(),
		}
		if status.Synced {
			status.Degraded = v.stale(now)
		} else {
			status.Degraded = now.Sub(v.born) >= f.config().ReadyWait
		}
		st := v.state.Load()
		for _, kind := range o2.InventoryKinds() {
			status.Objects[kind] = st.kinds[kind].all.len
		}
		list = append(list, status)
	}
	return list
}
