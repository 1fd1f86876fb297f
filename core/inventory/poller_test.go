package inventory

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// polls is a Poller that a test drives.
type polls struct {
	next     chan Poll
	failures chan error
	prompts  []string
}

func newPolls() *polls { return &polls{next: make(chan Poll), failures: make(chan error)} }

func (p *polls) Next(ctx context.Context, _ backend.Backend, _ time.Duration, asking func()) (Poll, error) {
	select {
	case <-ctx.Done():
		return Poll{}, ctx.Err()
	case err := <-p.failures:
		return Poll{}, err
	case poll := <-p.next:
		asking()
		return poll, nil
	}
}

func (p *polls) Prompt(backend string) { p.prompts = append(p.prompts, backend) }

func snapshotOf(began time.Time, objects ...o2.Object) Poll {
	return Poll{Began: began, Feed: func(_ context.Context, sink backend.Sink) error { return sendSnapshot(sink, objects...) }}
}

// polledElsewhere is a service with a backend that another process lists.
func polledElsewhere(t *testing.T, config FeedConfig) (*Service, *polls) {
	t.Helper()
	p := newPolls()
	s := service(func(c *Config) { c.Poller = p })
	attach(t, s, &fake{name: "b"}, config)
	return s, p
}

func TestASharedSnapshotIsAsOldAsItsListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := polledElsewhere(t, FeedConfig{PollInterval: time.Second, StaleAfter: 20 * time.Second})
		time.Sleep(time.Minute)
		p.next <- snapshotOf(time.Now().Add(-10*time.Second), resource(1))
		synctest.Wait()
		if page := list(t, s, defaultScope, inventory.Query{}); page.Age != 10*time.Second || len(page.Items) != 1 || page.Stale != nil {
			t.Errorf("age %v, %d objects, stale %q", page.Age, len(page.Items), page.Stale)
		}
		time.Sleep(20 * time.Second)
		if st := status(t, s); !st.Synced || !st.Degraded || st.Age != 30*time.Second || st.FeedError != "" {
			t.Errorf("nobody lists any more: %+v", st)
		}
	})
}

// Waiting for another process is no stalled snapshot; one that does not go on is.
func TestWaitingForASharedSnapshotIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := polledElsewhere(t, FeedConfig{StallTimeout: 10 * time.Second, HealthInterval: time.Second, RetryMin: time.Hour, RetryMax: time.Hour})
		time.Sleep(time.Hour)
		if st := status(t, s); st.FeedError != "" || !st.Degraded {
			t.Errorf("while waiting: %+v", st)
		}
		p.next <- Poll{Began: time.Now(), Feed: func(ctx context.Context, sink backend.Sink) error {
			if err := sink.Begin(o2.AllKinds); err != nil {
				return err
			}
			<-ctx.Done()
			return context.Cause(ctx)
		}}
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if st := status(t, s); st.FeedError != "the snapshot made no progress for 10s" {
			t.Errorf("a snapshot that does not go on: %+v", st)
		}
	})
}

func TestAPollerThatFailsIsTheFeedsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := polledElsewhere(t, FeedConfig{})
		p.failures <- errors.New("the store is away")
		synctest.Wait()
		if st := status(t, s); st.FeedError != "the store is away" {
			t.Errorf("status %+v", st)
		}
		time.Sleep(time.Second)
		p.next <- snapshotOf(time.Now(), resource(1))
		synctest.Wait()
		if st := status(t, s); st.FeedError != "" || !st.Synced {
			t.Errorf("afterwards: status %+v", st)
		}
	})
}

// TestASharedSnapshotUndoesNoLaterWrite: what was written here is not undone by
// snapshots that may have begun before it, and is by those that surely did not.
func TestASharedSnapshotUndoesNoLaterWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := polledElsewhere(t, FeedConfig{})
		v := s.shelf.view("b")
		shows := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			if got := shown(v); !slices.Equal(got, want) {
				t.Errorf("%s: the view shows %q, want %q", when, got, want)
			}
		}
		old := []o2.Object{resource(1), resource(2)}
		for range 3 {
			p.next <- snapshotOf(time.Now(), old...)
			time.Sleep(time.Minute)
		}
		shows("before", "r1", "r2")
		v.created(resource(3), 0)
		v.deleted(o2.KindResource, rid(2))
		s.Wrote(resource(1, named("changed")))
		shows("written", "changed", "r3")
		for _, when := range []string{"the first snapshot after", "the second"} {
			p.next <- snapshotOf(time.Now(), old...)
			time.Sleep(time.Minute) // longer than a write is remembered otherwise
			shows(when, "changed", "r3")
		}
		p.next <- snapshotOf(time.Now(), old...)
		shows("the third, which began after another one was seen that was there after the writes", "r1", "r2")
	})
}

// What another process listed is no proof that the view is current: its clock may
// be wrong. What this one lists is.
func TestOnlyAnOwnSnapshotLetsABackendTakePart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := polledElsewhere(t, FeedConfig{})
		f := s.Follow(time.Now())
		defer f.Close()
		if !slices.Equal(p.prompts, []string{"b"}) {
			t.Errorf("prompted %q", p.prompts)
		}
		p.next <- snapshotOf(time.Now().Add(time.Hour), resource(1))
		synctest.Wait()
		wantTold(t, f)
		p.next <- snapshotOf(time.Time{}, resource(1), resource(2))
		synctest.Wait()
		wantTold(t, f, "b!", "r1", "r2")
		p.next <- snapshotOf(time.Now(), resource(2))
		synctest.Wait()
		wantTold(t, f, "-1")
	})
}
