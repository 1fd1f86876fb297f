package inventory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/ports/backend"
)

// FeedConfig says how one backend's view is kept current. A zero field means
// its default.
type FeedConfig struct {
	// PollInterval is the pause between snapshots of a backend that cannot
	// watch, a tenth more or less (default 30 s).
	PollInterval time.Duration
	// StaleAfter is how old a view may be before its answers are marked stale
	// (default 30 s). A polled view is allowed three intervals at least.
	StaleAfter time.Duration
	// ReadyWait is how long readiness waits for the first snapshot before it
	// counts the backend as degraded (default 30 s).
	ReadyWait time.Duration
	// HealthInterval is the pause between health checks, each bounded by
	// HealthTimeout (default 5 s and 3 s).
	HealthInterval, HealthTimeout time.Duration
	// StallTimeout ends a feed whose snapshot makes no progress for so long
	// (default 60 s).
	StallTimeout time.Duration
	// RetryMin and RetryMax bound the pause before a failed feed is started
	// again: it doubles from failure to failure and is drawn at random between
	// half and the whole (default 100 ms and 5 s).
	RetryMin, RetryMax time.Duration
}

func (c FeedConfig) withDefaults() FeedConfig {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&c.PollInterval, 30*time.Second)
	set(&c.StaleAfter, 30*time.Second)
	set(&c.ReadyWait, 30*time.Second)
	set(&c.HealthInterval, 5*time.Second)
	set(&c.HealthTimeout, 3*time.Second)
	set(&c.StallTimeout, time.Minute)
	set(&c.RetryMin, 100*time.Millisecond)
	set(&c.RetryMax, max(5*time.Second, c.RetryMin))
	return c
}

var errStalled = errors.New("the snapshot made no progress")

// feed keeps one backend's view current until it is stopped.
type feed struct {
	backend backend.Backend
	view    *view
	log     *slog.Logger
	// settings may be replaced while the feed runs.
	settings atomic.Pointer[FeedConfig]

	stop context.CancelFunc
	done sync.WaitGroup

	// poller, if there is one, says when to poll.
	poller Poller

	// wake asks for a health check before its time, prompt for a poll.
	wake, prompt chan struct{}

	// rest holds what keeps the feed from running; see steer.go.
	rest rest

	polled atomic.Bool
	// broken is why the feed last broke and unhealthy why the backend's last
	// health check failed; nil while all is well.
	broken, unhealthy atomic.Pointer[error]
	// session and its cancel are the run under way, nil between runs.
	mu      sync.Mutex
	session *session
	cancel  context.CancelCauseFunc
}

// newFeed makes a feed and the view that it will keep current.
func newFeed(b backend.Backend, s *shelf, config FeedConfig, log *slog.Logger) *feed {
	f := &feed{backend: b, view: newView(b.Name(), s), log: log, wake: make(chan struct{}, 1), prompt: make(chan struct{}, 1)}
	f.configure(config)
	f.view.feed = f
	return f
}

// configure replaces the settings. What waits by the old ones looks at the new.
func (f *feed) configure(c FeedConfig) {
	c = c.withDefaults()
	f.settings.Store(&c)
}

// config is the settings in force.
func (f *feed) config() *FeedConfig { return f.settings.Load() }

// start starts the feed's goroutines; stopAndWait ends them.
func (f *feed) start() {
	ctx, cancel := context.WithCancel(context.Background())
	f.stop = cancel
	f.done.Go(func() { f.run(ctx) })
	f.done.Go(func() { f.probe(ctx) })
}

func (f *feed) stopAndWait() {
	f.stop()
	f.done.Wait()
}

// run feeds the view, again and again.
func (f *feed) run(ctx context.Context) {
	pause := f.config().RetryMin
	told := ""
	for f.rest.over(ctx) {
		started := time.Now()
		synced, err := f.once(ctx)
		if ctx.Err() != nil {
			return
		}
		// A feed that breaks right after its snapshot has not recovered.
		if synced && time.Since(started) >= f.config().RetryMax {
			pause, told = f.config().RetryMin, ""
		}
		if errors.Is(err, errSteered) || errors.Is(err, backend.ErrReplaced) {
			continue // an operator had it end, or another process goes on with it
		}
		if err == nil {
			f.broken.Store(nil)
			pause, told = f.config().RetryMin, ""
			if f.poller == nil {
				waitOr(ctx, jitter(f.config().PollInterval, 0.9, 1.1), f.prompt)
			}
			continue
		}
		f.broken.Store(&err)
		level := slog.LevelDebug
		if told != err.Error() { // the same failure again is no news
			told, level = err.Error(), slog.LevelWarn
		}
		f.log.Log(ctx, level, "feed broke; the view stays as it is", slog.String("adapter", f.backend.Name()),
			slog.String("error", told), slog.Duration("retry_within", pause))
		wait(ctx, jitter(pause, 0.5, 1))
		if f.backend.Info().State != backend.StateStarting { // what is about to be there is asked often
			pause = min(2*pause, f.config().RetryMax)
		}
	}
}

// once runs one watch or, where the backend has none, one snapshot. Only the
// latter ends without an error. synced tells whether a snapshot came to its end.
func (f *feed) once(ctx context.Context) (synced bool, err error) {
	synced, err = f.runSession(ctx, f.backend.Watch, false, nil)
	if errors.Is(err, errSteered) || errors.Is(err, backend.ErrReplaced) {
		return synced, err
	}
	f.polled.Store(errors.Is(err, backend.ErrUnsupported))
	if !f.polled.Load() {
		if err == nil {
			err = errors.New("the watch ended without saying why")
		}
		return synced, err
	}
	if f.poller != nil {
		synced, err = f.poll(ctx)
	} else {
		synced, err = f.runSession(ctx, f.backend.Snapshot, true, nil)
	}
	if err == nil && !synced {
		err = errors.New("the snapshot ended without Synced")
	}
	return synced, err
}

// runSession runs one call that feeds a sink. lists tells that it lists the
// backend; from is the Poller's, if it is one's.
func (f *feed) runSession(ctx context.Context, call func(context.Context, backend.Sink) error, lists bool, from *Poll) (synced bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := f.view.session()
	s.from, s.lists = from, lists && !from.shared()
	s.onSynced = f.checkSoon
	f.mu.Lock()
	f.session, f.cancel = s, cancel
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.session, f.cancel = nil, nil
		f.mu.Unlock()
		synced = s.close()
	}()
	if f.rest.now() { // paused before there was a session to end
		return false, errSteered
	}
	if err = call(ctx, s); err != nil {
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, errStalled):
			err = fmt.Errorf("%w for %v", errStalled, f.config().StallTimeout)
		case errors.Is(cause, errSteered):
			err = errSteered
		}
	}
	return false, err
}

// probe checks the backend's health, at intervals and whenever a snapshot has
// come to its end, and ends a session that has stalled.
func (f *feed) probe(ctx context.Context) {
	for f.rest.over(ctx) {
		f.check(ctx)
		waitOr(ctx, f.config().HealthInterval, f.wake)
	}
}

func (f *feed) check(ctx context.Context) {
	f.mu.Lock()
	s, cancel := f.session, f.cancel
	f.mu.Unlock()
	if s != nil && s.stalled(f.config().StallTimeout) {
		cancel(errStalled)
	}
	established := s != nil && s.established.Load()
	started := time.Now()
	ctx, done := context.WithTimeout(ctx, f.config().HealthTimeout)
	defer done()
	if err := f.backend.Health(ctx); err != nil {
		f.unhealthy.Store(&err)
		return
	}
	f.unhealthy.Store(nil)
	if !established || f.polled.Load() {
		return
	}
	// What the watch had sent is current as of the call, if the watch still runs.
	if s.established.Load() {
		f.view.foundCurrent(started)
	}
}

// checkSoon asks for a health check before its time.
func (f *feed) checkSoon() {
	select {
	case f.wake <- struct{}{}:
	default: // one is asked for already
	}
}

// askAtOnce asks the backend, by a health check or a poll, whether the view is
// current.
func (f *feed) askAtOnce() {
	f.checkSoon()
	if f.poller != nil {
		f.poller.Prompt(f.backend.Name())
		return
	}
	select {
	case f.prompt <- struct{}{}:
	default: // one is asked for already
	}
}

// staleAfter is the view's allowance.
func (f *feed) staleAfter() time.Duration {
	if f.polled.Load() {
		return max(f.config().StaleAfter, 3*f.config().PollInterval)
	}
	return f.config().StaleAfter
}

// fault says why the view may not be current, "" while all is well.
func (f *feed) fault() string {
	if f.rest.now() {
		return pausedText
	}
	if err := f.broken.Load(); err != nil && !f.running() {
		return (*err).Error()
	}
	if err := f.unhealthy.Load(); err != nil {
		return (*err).Error()
	}
	return ""
}

// running reports whether a watch is established.
func (f *feed) running() bool {
	f.mu.Lock()
	s := f.session
	f.mu.Unlock()
	return s != nil && !f.polled.Load() && s.established.Load()
}

// jitter draws a duration between low and high times d.
func jitter(d time.Duration, low, high float64) time.Duration {
	return time.Duration(float64(d) * (low + rand.Float64()*(high-low)))
}

// wait pauses for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) { waitOr(ctx, d, nil) }

// waitOr pauses for d, or until ctx ends or sooner yields.
func waitOr(ctx context.Context, d time.Duration, sooner <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-sooner:
	}
}
