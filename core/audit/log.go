package audit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/telemetry"
)

// Config is what a Log is built from. Store and Writer are mandatory; Authorizer
// is for Entries.
type Config struct {
	Store audit.Store
	// Writer names the process, unlike any other that is or was.
	Writer     string
	Authorizer authz.Authorizer
	// Telemetry may be nil.
	Telemetry telemetry.Audit
	// Log hears of troubles with the store.
	Log *slog.Logger

	// Wait (2 s) bounds how long Record waits for the store, Buffer (10,000) how
	// many entries wait for it in memory.
	Wait   time.Duration
	Buffer int
	// Retention is how long records are kept; 0 is for ever. PurgeEvery (10 min) is
	// how often older ones are looked for.
	Retention, PurgeEvery time.Duration
}

// Log implements auditlog.Recorder and auditlog.Reader. All methods are safe for
// concurrent use; Run is called once.
type Log struct {
	config Config
	chain  chain // Run's
	now    func() time.Time
	wake   chan struct{}

	mu      sync.Mutex
	pending []waiting
	lost    int
	// away: the store did not take what it was given last. Nobody waits for it then.
	away bool
}

// waiting is an entry on its way, and what is closed once nobody is to wait for it.
type waiting struct {
	entry auditlog.Entry
	done  chan struct{}
}

var (
	_ auditlog.Recorder = (*Log)(nil)
	_ auditlog.Reader   = (*Log)(nil)
)

// New makes a Log.
func New(c Config) (*Log, error) {
	if c.Store == nil || c.Writer == "" {
		return nil, errors.New("audit: a store and a writer's name are needed")
	}
	if c.Retention < 0 {
		return nil, errors.New("audit: the retention is negative; 0 keeps all")
	}
	set(&c.Wait, 2*time.Second)
	set(&c.Buffer, 10_000)
	set(&c.PurgeEvery, 10*time.Minute)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Telemetry == nil {
		c.Telemetry = uncounted{}
	}
	return &Log{config: c, chain: chain{name: c.Writer, writer: c.Writer}, now: time.Now, wake: make(chan struct{}, 1)}, nil
}

// Record adds e, and waits until it is in the store; while the store is away, and
// past Wait, it only keeps it. Entries that find the buffer full push out the
// oldest.
func (l *Log) Record(ctx context.Context, e auditlog.Entry) {
	if e.At.IsZero() {
		e.At = l.now()
	}
	done, wait := l.keep(e)
	select {
	case l.wake <- struct{}{}:
	default: // it is awake already
	}
	if !wait {
		return
	}
	limit := time.NewTimer(l.config.Wait)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
	case <-ctx.Done():
	}
}

func (l *Log) keep(e auditlog.Entry) (done <-chan struct{}, wait bool) {
	w := waiting{entry: e, done: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) >= l.config.Buffer {
		close(l.pending[0].done)
		l.pending[0] = waiting{}
		l.pending = l.pending[1:]
		l.lost++
		l.config.Telemetry.Lost(1)
	}
	l.pending = append(l.pending, w)
	l.config.Telemetry.Waiting(len(l.pending))
	return w.done, !l.away
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// uncounted is the telemetry of a Log without.
type uncounted struct{}

func (uncounted) Stored(int)  {}
func (uncounted) Waiting(int) {}
func (uncounted) Lost(int)    {}
