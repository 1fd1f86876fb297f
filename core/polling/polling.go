package polling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/inventory"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/snapshots"
)

// Config is what a Poller is built from. All fields but Look and Log are mandatory.
type Config struct {
	Snapshots snapshots.Store
	// Bus carries the news that a snapshot is there.
	Bus bus.Bus
	// Look is how often others' snapshots are looked for if no news comes
	// (default 5 s).
	Look time.Duration
	// Log hears of snapshots that could not be shared.
	Log *slog.Logger
}

// Poller implements inventory.Poller. All methods are safe for concurrent use.
type Poller struct {
	config Config

	mu sync.Mutex
	// leading is the present leadership, nil for none.
	leading *leadership
	// changed is closed when leading changes.
	changed  chan struct{}
	backends map[string]*subject
}

// subject is one backend to be listed. All but prompt and doubtful belongs to
// whoever is in Next, which is one goroutine a backend.
type subject struct {
	// prompt yields when something is to be done before its time.
	prompt chan struct{}
	// doubtful: the store may have gone back behind what is known here.
	doubtful atomic.Bool
	// backend is the very one; a backend attached anew has a new view.
	backend backend.Backend
	// version is that of the latest snapshot known here.
	version uint64
	// led is the leadership under which this process listed last, listed when it
	// began to, and due when it is to list next.
	led         *leadership
	listed, due time.Time
}

var _ inventory.Poller = (*Poller)(nil)

// New makes a Poller that does not lead.
func New(c Config) (*Poller, error) {
	if c.Snapshots == nil || c.Bus == nil {
		return nil, errors.New("polling: a store for snapshots and a bus are needed")
	}
	if c.Look <= 0 {
		c.Look = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Poller{config: c, changed: make(chan struct{}), backends: map[string]*subject{}}, nil
}

func (p *Poller) subject(b backend.Backend) *subject {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.backends[b.Name()]
	if s == nil || s.backend != b {
		s = &subject{prompt: make(chan struct{}, 1), backend: b}
		p.backends[b.Name()] = s
	}
	return s
}

// Next waits for the backend's next snapshot; see inventory.Poller. One goroutine
// a backend calls it, and feeds what it returns before it calls again.
func (p *Poller) Next(ctx context.Context, b backend.Backend, interval time.Duration, asking func()) (inventory.Poll, error) {
	s := p.subject(b)
	for ctx.Err() == nil {
		l, changed := p.present()
		if l != nil && s.led == l { // only this process publishes: there is nothing to look for
			if pause := time.Until(s.due); pause > 0 && !s.wait(ctx, pause, changed) {
				continue
			}
			return p.list(s, l, interval), nil
		}
		asking()
		snapshot, ok, err := p.latest(ctx, s)
		switch {
		case err != nil:
			return inventory.Poll{}, fmt.Errorf("looking for the latest snapshot: %w", err)
		case ok:
			return s.take(snapshot), nil
		case l != nil:
			return p.list(s, l, interval), nil
		}
		s.wait(ctx, jitter(p.config.Look), changed)
	}
	return inventory.Poll{}, ctx.Err()
}

// latest returns the store's snapshot if it is not known here.
func (p *Poller) latest(ctx context.Context, s *subject) (snapshots.Snapshot, bool, error) {
	known, doubtful := s.version, s.doubtful.Swap(false)
	if doubtful {
		known = 0
	}
	snapshot, ok, err := p.config.Snapshots.Latest(ctx, s.backend.Name(), known)
	switch {
	case err != nil:
		s.doubtful.Store(doubtful || s.doubtful.Load())
		return snapshot, false, err
	case !ok, snapshot.Version == s.version:
		return snapshot, false, nil
	case !s.listed.IsZero() && snapshot.Began.UnixMilli() == s.listed.UnixMilli():
		s.version = snapshot.Version // our own, which the view has
		return snapshot, false, nil
	}
	return snapshot, true, nil
}

// wait pauses; false if leadership has changed or ctx has ended.
func (s *subject) wait(ctx context.Context, d time.Duration, changed <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-changed:
		return false
	case <-s.prompt:
	case <-t.C:
	}
	return true
}

// jitter returns d, a tenth more or less.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*rand.Float64()))
}
