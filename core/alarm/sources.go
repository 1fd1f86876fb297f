package alarm

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/backend"
)

// receiverPrefix sets receivers apart from adapters, whose names have no colon.
const receiverPrefix = "receiver:"

func isReceiver(source string) bool { return strings.HasPrefix(source, receiverPrefix) }

// sourceOf is what the source of a receiver's reports is called. Each tenant's are
// apart: what one calls an alarm is nobody else's.
func sourceOf(receiver string, sc scope.Scope) string {
	if tenant := sc.Tenant(); tenant != "" && tenant != scope.DefaultTenant {
		return receiverPrefix + receiver + "@" + tenant
	}
	return receiverPrefix + receiver
}

// label is a source's name in metrics, which have no tenants.
func label(source string) string {
	if !isReceiver(source) {
		return source
	}
	name, _, _ := strings.Cut(source, "@")
	return name
}

// Sources are the attached adapters, of which each may report alarms. The zero
// value has none. All methods are safe for concurrent use.
type Sources struct {
	// Paused reports whether an operator lets an adapter rest; it is not called
	// then. nil is for none.
	Paused func(adapter string) bool
	// Log hears of what backends could not be told.
	Log *slog.Logger

	mu       sync.Mutex
	backends map[string]backend.Backend
	telling  sync.WaitGroup
	// tellers bounds how many backends are told something at once.
	tellers int
	// heard is what backends have been told, by adapter.
	heard map[string]*heard
}

// Attach adds an adapter's backend.
func (s *Sources) Attach(b backend.Backend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.backends == nil {
		s.backends = map[string]backend.Backend{}
	}
	s.backends[b.Name()] = b
}

// Detach takes an adapter away: what it reported is over.
func (s *Sources) Detach(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.backends, name)
	delete(s.heard, name)
}

// Close waits until no backend is being told anything.
func (s *Sources) Close() { s.telling.Wait() }

func (s *Sources) all() []backend.Backend {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.backends))
}

func (s *Sources) has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.backends[name] != nil
}

func (s *Sources) rests(name string) bool { return s.Paused != nil && s.Paused(name) }

const (
	// tellFor bounds how long a backend may take to hear of an acknowledgement.
	tellFor = 10 * time.Second
	// mostTellers bounds how many may take that long at once.
	mostTellers = 32
)

// acknowledged tells the backend of an adapter that an operator knows of an alarm,
// in the background: nothing hangs on it.
func (s *Sources) acknowledged(ctx context.Context, adapter, nativeID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.backends[adapter]
	source, ok := b.(backend.AlarmSource)
	if !ok || s.rests(adapter) {
		return
	}
	if s.tellers == mostTellers {
		s.warn(adapter, nativeID, errors.New("too many acknowledgements are being told already"))
		return
	}
	s.tellers++
	s.heardOf(b).alarms[nativeID] = true
	ctx = context.WithoutCancel(ctx)
	s.telling.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, tellFor)
		defer cancel()
		err := source.AcknowledgeAlarm(ctx, nativeID)
		s.mu.Lock()
		s.tellers--
		s.mu.Unlock()
		if err != nil && !errors.Is(err, backend.ErrUnsupported) {
			s.warn(adapter, nativeID, err)
		}
	})
}

func (s *Sources) warn(adapter, nativeID string, err error) {
	if s.Log != nil {
		s.Log.Warn("a backend does not know that an alarm is acknowledged", "adapter", adapter, "alarm", nativeID, "error", err)
	}
}
