package inventory

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

var errGone = &backend.Error{Backend: "b", Source: backend.SourcePlugin, Code: backend.ErrUnavailable, Message: "the plugin is gone"}

func attach(t *testing.T, s *Service, b backend.Backend, config FeedConfig) {
	t.Helper()
	must(t, s.Attach(b, config))
	t.Cleanup(s.Close)
	synctest.Wait()
}

func status(t *testing.T, s *Service) inventory.BackendStatus {
	t.Helper()
	list := s.Statuses()
	if len(list) != 1 {
		t.Fatalf("%d statuses, want 1", len(list))
	}
	return list[0]
}

func TestWatchedBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b, sinks := watching("b", resource(1), pool(8, "b"))
		attach(t, s, b, FeedConfig{})
		if got := status(t, s); !got.Synced || got.Degraded || got.FeedError != "" || got.Snapshots != 1 ||
			got.Objects != [o2.KindCount]int{o2.KindResource: 1, o2.KindResourcePool: 1} || got.State != backend.StateRunning {
			t.Errorf("status %+v", got)
		}
		if !s.Ready() {
			t.Error("not ready once synced")
		}
		sink := <-sinks
		must(t, sink.Put([]o2.Object{resource(2)}))
		if got := itemNames(list(t, s, defaultScope, inventory.Query{})); !slices.Equal(got, []string{"r1", "r2"}) {
			t.Errorf("list %q", got)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if page := list(t, s, defaultScope, inventory.Query{}); page.Age > 5*time.Second || page.Stale != nil {
			t.Errorf("an hour later the age is %v, stale %q", page.Age, page.Stale)
		}
		must(t, s.Detach("b"))
		if err := sink.Put([]o2.Object{resource(3)}); !errors.Is(err, errFeedOver) {
			t.Errorf("Put after Detach gives %v", err)
		}
		if len(s.Statuses()) != 0 || !s.Ready() {
			t.Error("a detached backend still counts")
		}
		if _, err := s.List(t.Context(), defaultScope, inventory.Query{Kind: o2.KindResource, Limit: 1}); !errors.Is(err, inventory.ErrNotSynced) {
			t.Errorf("List after Detach gives %v", err)
		}
		if err := s.Detach("b"); err == nil || err.Error() != `inventory: no backend named "b" is attached` {
			t.Errorf("a second Detach gives %v", err)
		}
	})
}

// TestHealthIsCheckedOnceSynced: what was unhealthy while the plugin started is
// not held against it until the next check is due.
func TestHealthIsCheckedOnceSynced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b, _ := watching("b", resource(1))
		var started atomic.Bool
		first := b.watch
		b.watch = func(ctx context.Context, sink backend.Sink) error {
			time.Sleep(time.Second)
			started.Store(true)
			return first(ctx, sink)
		}
		b.health = func(context.Context) error {
			if !started.Load() {
				return errGone
			}
			return nil
		}
		attach(t, s, b, FeedConfig{})
		if got := status(t, s).FeedError; got != errGone.Error() {
			t.Errorf("while it starts the feed error is %q", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := status(t, s); got.FeedError != "" || got.Age != 0 || !got.Synced {
			t.Errorf("once synced the status is %+v", got)
		}
	})
}

func TestAttachTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b, _ := watching("b")
		attach(t, s, b, FeedConfig{})
		if err := s.Attach(b, FeedConfig{}); err == nil || err.Error() != `inventory: a backend named "b" is attached already` {
			t.Errorf("a second Attach gives %v", err)
		}
	})
}

// TestABackendGoneAndBack watches a backend that fails, stays away and returns
// with changes: the view stays, ages, is marked stale, and catches up.
func TestABackendGoneAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		s := service(func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
		var away atomic.Bool
		fail := make(chan struct{})
		var attempts atomic.Int32
		b := &fake{name: "b", info: backend.Info{State: backend.StateRunning}}
		b.watch = func(ctx context.Context, sink backend.Sink) error {
			attempts.Add(1)
			if away.Load() {
				must(t, sink.Begin(o2.AllKinds)) // half a listing, then failure
				must(t, sink.Put([]o2.Object{resource(1)}))
				return errGone
			}
			objects := []o2.Object{resource(1), resource(2)}
			if attempts.Load() > 1 {
				objects = []o2.Object{resource(2, named("new"))}
			}
			must(t, sendSnapshot(sink, objects...))
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-fail:
				return errGone
			}
		}
		b.health = func(context.Context) error {
			if away.Load() {
				return errGone
			}
			return nil
		}
		attach(t, s, b, FeedConfig{})

		away.Store(true)
		fail <- struct{}{}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		page := list(t, s, defaultScope, inventory.Query{})
		if got := itemNames(page); !slices.Equal(got, []string{"r1", "r2"}) {
			t.Errorf("while the backend is away the list is %q", got)
		}
		if !slices.Equal(page.Stale, []string{"b"}) || page.Age < 10*time.Minute || page.Partial != nil {
			t.Errorf("age %v, stale %q, partial %q", page.Age, page.Stale, page.Partial)
		}
		if got := status(t, s); !got.Synced || !got.Degraded || got.FeedError != errGone.Error() {
			t.Errorf("status %+v", got)
		}
		if !s.Ready() {
			t.Error("a backend that is away makes the gateway unready")
		}
		if n := attempts.Load(); n < 100 || n > 300 { // ten minutes at 2.5 to 5 s
			t.Errorf("%d attempts in ten minutes", n)
		}
		if got := strings.Count(logged.String(), "feed broke"); got != 1 {
			t.Errorf("the log has the same failure %d times", got)
		}

		away.Store(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		page = list(t, s, defaultScope, inventory.Query{})
		if got := itemNames(page); !slices.Equal(got, []string{"new"}) || page.Stale != nil {
			t.Errorf("when the backend is back the list is %q, stale %q", got, page.Stale)
		}
		if got := status(t, s); got.Degraded || got.FeedError != "" || got.Snapshots != 2 {
			t.Errorf("status %+v", got)
		}
	})
}

// TestHealthAloneMakesCurrent: a watch that is up proves nothing while the
// backend behind it does not answer.
func TestHealthAloneMakesCurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b, _ := watching("b", resource(1))
		var hung atomic.Bool
		b.health = func(ctx context.Context) error {
			if hung.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		attach(t, s, b, FeedConfig{StaleAfter: 20 * time.Second})
		hung.Store(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if page := list(t, s, defaultScope, inventory.Query{}); page.Stale == nil || page.Age < 50*time.Second {
			t.Errorf("age %v, stale %q", page.Age, page.Stale)
		}
		if got := status(t, s).FeedError; got != context.DeadlineExceeded.Error() {
			t.Errorf("feed error %q", got)
		}
		hung.Store(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if page := list(t, s, defaultScope, inventory.Query{}); page.Stale != nil || page.Age > 5*time.Second {
			t.Errorf("age %v, stale %q", page.Age, page.Stale)
		}
	})
}

func TestPolledBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		var polls atomic.Int32
		var failing atomic.Bool
		b := &fake{name: "b"}
		b.snapshot = func(_ context.Context, sink backend.Sink) error {
			if polls.Add(1); failing.Load() {
				must(t, sink.Begin(o2.AllKinds))
				return errGone
			}
			return sendSnapshot(sink, resource(int(polls.Load())))
		}
		attach(t, s, b, FeedConfig{PollInterval: time.Minute})
		if got := itemNames(list(t, s, defaultScope, inventory.Query{})); !slices.Equal(got, []string{"r1"}) {
			t.Errorf("first poll: %q", got)
		}
		time.Sleep(53 * time.Second)
		synctest.Wait()
		if page := list(t, s, defaultScope, inventory.Query{}); polls.Load() != 1 || page.Age != 53*time.Second || page.Stale != nil {
			t.Errorf("before the interval: %d polls, age %v, stale %q", polls.Load(), page.Age, page.Stale)
		}
		time.Sleep(14 * time.Second)
		synctest.Wait()
		if got := itemNames(list(t, s, defaultScope, inventory.Query{})); !slices.Equal(got, []string{"r2"}) || polls.Load() != 2 {
			t.Errorf("second of %d polls: %q", polls.Load(), got)
		}
		failing.Store(true)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		page := list(t, s, defaultScope, inventory.Query{})
		if got := itemNames(page); !slices.Equal(got, []string{"r2"}) || page.Stale == nil {
			t.Errorf("while polls fail: %q, stale %q", got, page.Stale)
		}
		if got := status(t, s); got.FeedError != errGone.Error() || !got.Degraded {
			t.Errorf("status %+v", got)
		}
		failing.Store(false)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := status(t, s); got.FeedError != "" || got.Degraded {
			t.Errorf("status %+v", got)
		}
	})
}

func TestReadyAfterABoundedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b := &fake{name: "b", info: backend.Info{State: backend.StateStarting}}
		var attempts atomic.Int32
		b.watch = func(context.Context, backend.Sink) error { attempts.Add(1); return errGone }
		attach(t, s, b, FeedConfig{ReadyWait: 10 * time.Second})
		time.Sleep(9 * time.Second)
		synctest.Wait()
		if s.Ready() || status(t, s).Degraded {
			t.Error("ready, or given up on, before the wait is over")
		}
		if attempts.Load() < 85 { // 50 to 100 ms apart: what is starting is asked often
			t.Errorf("%d attempts in nine seconds", attempts.Load())
		}
		time.Sleep(time.Second)
		if got := status(t, s); !s.Ready() || !got.Degraded || got.Synced {
			t.Errorf("ready %v, status %+v after the wait", s.Ready(), got)
		}
		if _, err := s.List(t.Context(), defaultScope, inventory.Query{Kind: o2.KindResource, Limit: 1}); !errors.Is(err, inventory.ErrNotSynced) {
			t.Errorf("List gives %v", err)
		}
	})
}

func TestAStalledSnapshotIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b := &fake{name: "b"}
		var attempts atomic.Int32
		b.watch = func(ctx context.Context, sink backend.Sink) error {
			if attempts.Add(1) > 1 {
				must(t, sendSnapshot(sink, resource(2)))
				<-ctx.Done()
				return ctx.Err()
			}
			must(t, sink.Begin(o2.AllKinds))
			for range 3 { // slow is not stalled
				time.Sleep(20 * time.Second)
				must(t, sink.Put([]o2.Object{resource(1)}))
			}
			<-ctx.Done()
			return ctx.Err()
		}
		attach(t, s, b, FeedConfig{StallTimeout: 30 * time.Second})
		time.Sleep(time.Minute + 29*time.Second)
		synctest.Wait()
		if attempts.Load() != 1 {
			t.Fatalf("a slow snapshot was ended: %d attempts", attempts.Load())
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := itemNames(list(t, s, defaultScope, inventory.Query{})); !slices.Equal(got, []string{"r2"}) || attempts.Load() != 2 {
			t.Errorf("after %d attempts the list is %q", attempts.Load(), got)
		}
		time.Sleep(time.Hour) // an established watch may be silent for ever
		synctest.Wait()
		if attempts.Load() != 2 {
			t.Errorf("a silent watch was ended: %d attempts", attempts.Load())
		}
	})
}

func TestFeedsThatBreakTheirContract(t *testing.T) {
	tests := map[string]struct {
		watch, snapshot func(context.Context, backend.Sink) error
		want            string
	}{
		"a watch that ends with nil": {
			func(_ context.Context, sink backend.Sink) error { return sendSnapshot(sink) }, nil, "the watch ended without saying why",
		},
		"a snapshot that ends without Synced": {
			nil, func(_ context.Context, sink backend.Sink) error { return sink.Begin(o2.AllKinds) }, "the snapshot ended without Synced",
		},
		"Synced without Begin": {
			nil, func(_ context.Context, sink backend.Sink) error { return sink.Synced() }, "Synced without Begin",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := service()
				attach(t, s, &fake{name: "b", watch: tt.watch, snapshot: tt.snapshot}, FeedConfig{})
				if got := status(t, s).FeedError; got != tt.want {
					t.Errorf("feed error %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestNewNeedsItsCollaborators(t *testing.T) {
	whole := Config{Projections: []inventory.Projection{nameOnly}, Router: everywhere(""), Authorizer: allow{}}
	for want, change := range map[string]func(*Config){
		"inventory: no projection is configured": func(c *Config) { c.Projections = nil },
		"inventory: no router is configured":     func(c *Config) { c.Router = nil },
		"inventory: no authorizer is configured": func(c *Config) { c.Authorizer = nil },
	} {
		c := whole
		change(&c)
		if _, err := New(c); err == nil || err.Error() != want {
			t.Errorf("New gives %v, want %s", err, want)
		}
	}
	if _, err := New(whole); err != nil || errors.Is(err, errFeedOver) {
		t.Errorf("New gives %v", err)
	}
}
