package inventory

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// TestHealthWithoutAnEstablishedWatchProvesNothing: a backend that answers
// health checks while its watch cannot finish a snapshot, or breaks during the
// check, does not make the view current.
func TestHealthWithoutAnEstablishedWatchProvesNothing(t *testing.T) {
	t.Run("the watch comes back, and not to the end of its snapshot", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := service()
			b, _ := watching("b", resource(1))
			var runs atomic.Int32
			first := b.watch
			b.watch = func(ctx context.Context, sink backend.Sink) error {
				if runs.Add(1) == 1 {
					ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
					defer cancel()
					return first(ctx, sink)
				}
				for sink.Begin(o2.AllKinds) == nil && ctx.Err() == nil {
					time.Sleep(time.Second)
				}
				return ctx.Err()
			}
			attach(t, s, b, FeedConfig{})
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			if page := list(t, s, defaultScope, inventory.Query{}); page.Age < 110*time.Second || page.Stale == nil || runs.Load() != 2 {
				t.Errorf("age %v, stale %q after %d runs", page.Age, page.Stale, runs.Load())
			}
		})
	})
	t.Run("the watch breaks during the check", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := service()
			b, _ := watching("b", resource(1))
			var runs atomic.Int32
			first := b.watch
			b.watch = func(ctx context.Context, sink backend.Sink) error {
				if runs.Add(1) > 1 {
					return errGone
				}
				ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
				defer cancel()
				return first(ctx, sink)
			}
			b.health = func(context.Context) error { // each takes two seconds: the third spans the break
				time.Sleep(2 * time.Second)
				return nil
			}
			attach(t, s, b, FeedConfig{HealthInterval: 3 * time.Second})
			time.Sleep(20 * time.Second)
			synctest.Wait()
			// The checks begin at seconds 0, 2 (since a snapshot ended) and 4 (since
			// it is due); the second is the last that counts.
			if page := list(t, s, defaultScope, inventory.Query{}); page.Age != 18*time.Second {
				t.Errorf("age %v, want 18 s", page.Age)
			}
		})
	})
}

// TestAFlappingFeedIsSlowedDown: a feed that breaks after each of its snapshots
// is not started again at once for ever.
func TestAFlappingFeedIsSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		var runs atomic.Int32
		b := &fake{name: "b"}
		b.watch = func(_ context.Context, sink backend.Sink) error {
			runs.Add(1)
			must(t, sendSnapshot(sink, resource(1)))
			return errGone
		}
		attach(t, s, b, FeedConfig{})
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := runs.Load(); n < 12 || n > 40 { // 2.5 to 5 s apart, once it has slowed down
			t.Errorf("%d runs in a minute", n)
		}
	})
}
