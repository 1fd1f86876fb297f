package adapters

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/pauses"
)

// The news of bus.Adapters.
const (
	newsLook   = "look"
	newsResync = "resync "
)

// Run follows what operators ask of any process until ctx ends; it returns ctx.Err().
func (s *Service) Run(ctx context.Context) error {
	var listening sync.WaitGroup
	defer listening.Wait()
	wake := make(chan struct{}, 1)
	listening.Go(func() { s.listen(ctx, wake) })
	tick := time.NewTicker(s.config.Poll)
	defer tick.Stop()
	for {
		s.look(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wake:
		case <-tick.C:
		}
	}
}

// Settle has what is known of pauses be in force for adapters that were just attached.
func (s *Service) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apply()
}

// Load reads the pauses, so that what is paused is so from its start on. A store that
// is away is no error: Run looks again.
func (s *Service) Load(ctx context.Context) { s.look(ctx) }

func (s *Service) listen(ctx context.Context, wake chan<- struct{}) {
	for ctx.Err() == nil {
		err := s.config.Bus.Listen(ctx, []bus.Topic{bus.Adapters}, func(m bus.Message) {
			if name, ok := strings.CutPrefix(string(m.Body), newsResync); ok {
				s.resync(name)
				return
			}
			select {
			case wake <- struct{}{}:
			default: // it is about to look
			}
		})
		if ctx.Err() != nil {
			return
		}
		s.config.Log.Debug("news of adapters cannot be heard; the store is looked at instead", "error", err)
		wait := time.NewTimer(s.config.Poll)
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
	}
}

func (s *Service) resync(name string) {
	if err := s.config.Inventory.Resync(name); err != nil {
		s.config.Log.Debug("not read anew", "adapter", name, "error", err) // it is not this process's
	}
}

// look reads the store and has what it says be in force.
func (s *Service) look(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.config.Store.All(ctx)
	if err != nil {
		if !s.away && ctx.Err() == nil {
			s.config.Log.Warn("which adapters are paused cannot be read; what was known stays in force", "error", err)
		}
		s.away = ctx.Err() == nil
		s.apply() // to what was attached meanwhile
		return
	}
	s.away = false
	s.paused = make(map[string]pauses.Pause, len(all))
	for _, p := range all {
		s.paused[p.Adapter] = p
	}
	s.apply()
}

// apply has each adapter rest, or not. The caller holds mu.
func (s *Service) apply() {
	for _, status := range s.config.Inventory.Statuses() {
		_, wanted := s.paused[status.Name]
		if wanted == status.Paused {
			continue
		}
		change, did := s.config.Inventory.Resume, "resumed"
		if wanted {
			change, did = s.config.Inventory.Pause, "paused"
		}
		if err := change(status.Name); err != nil {
			s.config.Log.Debug("not "+did, "adapter", status.Name, "error", err) // it was just detached
		}
	}
}
