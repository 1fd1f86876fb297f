package inventory

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

func TestPauseAndResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := writable(t)
		checks := 0
		b.mu.Lock()
		b.health = func(context.Context) error { checks++; return nil }
		b.mu.Unlock()
		must(t, s.Pause("b"))
		must(t, s.Pause("b")) // changes nothing
		synctest.Wait()
		checks = 0
		time.Sleep(time.Minute)
		synctest.Wait()
		if checks != 0 {
			t.Errorf("%d health checks while paused", checks)
		}
		if got := status(t, s); !got.Paused || !got.Degraded || got.FeedError != "paused by an operator" {
			t.Errorf("status while paused %+v", got)
		}
		page := list(t, s, defaultScope, inventory.Query{Kind: o2.KindResource, Limit: 10})
		if got := itemNames(page); !slices.Equal(got, []string{"r1"}) || !slices.Equal(page.Stale, []string{"b"}) {
			t.Errorf("while paused the list is %q, stale %q", got, page.Stale)
		}
		_, err := s.ResourcePools().Create(t.Context(), defaultScope, inventory.ResourcePoolSpec{Name: "p"})
		if !errors.Is(err, backend.ErrUnavailable) || err.Error() != "backend b: unavailable: paused by an operator" {
			t.Errorf("a create while paused gives %v", err)
		}
		must(t, s.Resume("b"))
		synctest.Wait()
		if got := status(t, s); got.Paused || got.Degraded || got.FeedError != "" || got.Snapshots != 2 {
			t.Errorf("status once resumed %+v", got)
		}
	})
}

// TestPauseOfABackendThatIsPolled: the pause ends the wait between two polls, too.
func TestPauseOfABackendThatIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b := &fake{name: "b", info: backend.Info{Name: "b"}}
		b.snapshot = func(_ context.Context, sink backend.Sink) error { return sendSnapshot(sink, resource(1)) }
		attach(t, s, b, FeedConfig{PollInterval: time.Hour})
		must(t, s.Pause("b"))
		must(t, s.Resync("b")) // has to wait
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if got := status(t, s); got.Snapshots != 1 || !got.Paused || !got.Polled {
			t.Errorf("status while paused %+v", got)
		}
		must(t, s.Resume("b"))
		synctest.Wait()
		if got := status(t, s); got.Snapshots < 2 || got.Degraded {
			t.Errorf("status once resumed %+v", got)
		}
	})
}

func TestResync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b, sinks := watching("b", resource(1))
		attach(t, s, b, FeedConfig{})
		<-sinks
		must(t, s.Resync("b"))
		synctest.Wait()
		if got := status(t, s); got.Snapshots != 2 || got.FeedError != "" {
			t.Errorf("status %+v, want a second snapshot and no complaint", got)
		}
		for what, do := range map[string]func(string) error{"Pause": s.Pause, "Resume": s.Resume, "Resync": s.Resync} {
			if err := do("x"); err == nil || err.Error() != `inventory: no backend named "x" is attached` {
				t.Errorf("%s of an unknown backend gives %v", what, err)
			}
		}
	})
}

// TestAReplacedFeedGoesOnAtOnce: nothing is wrong, and nothing is said.
func TestAReplacedFeedGoesOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := service(func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		b, _ := watching("b", resource(1))
		went, first := b.watch, true
		b.watch = func(ctx context.Context, sink backend.Sink) error {
			if first {
				first = false
				must(t, sendSnapshot(sink, resource(1)))
				return &backend.Error{Backend: "b", Source: backend.SourcePlugin, Code: backend.ErrReplaced}
			}
			return went(ctx, sink)
		}
		began := time.Now()
		attach(t, s, b, FeedConfig{})
		if got := status(t, s); got.Snapshots != 2 || got.FeedError != "" || time.Since(began) != 0 || log.Len() > 0 {
			t.Errorf("after %v: %+v\n%s", time.Since(began), got, &log)
		}
	})
}

func TestConfigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		polls := 0
		b := &fake{name: "b", info: backend.Info{Name: "b"}}
		b.snapshot = func(_ context.Context, sink backend.Sink) error { polls++; return sendSnapshot(sink, resource(1)) }
		attach(t, s, b, FeedConfig{PollInterval: time.Hour})
		must(t, s.Configure("b", FeedConfig{PollInterval: time.Minute, StaleAfter: 7 * time.Minute}))
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		if polls < 9 || polls > 13 {
			t.Errorf("%d polls in ten minutes of a minute each", polls)
		}
		if got := status(t, s).StaleAfter; got != 7*time.Minute {
			t.Errorf("stale after %v, want 7m", got)
		}
	})
}

func TestSetRouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := writable(t)
		s.SetRouter(everywhere("nowhere"))
		if _, err := s.ResourcePools().Create(t.Context(), defaultScope, inventory.ResourcePoolSpec{Name: "p"}); !errors.Is(err, inventory.ErrNoBackend) {
			t.Errorf("a create by the new router gives %v", err)
		}
	})
}
