//go:build integration

package redis_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// until waits for cond.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !cond() {
		select {
		case <-deadline:
			t.Fatalf("waited 30 s for %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func subscription(callback string) *o2.Subscription {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return &o2.Subscription{
		ID: o2.NewID(), Tenant: "t", Surface: "s", Callback: callback, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
}

// TestFailover loses what no replica had, and nothing else: what was lost was
// never given to anybody to send, and everybody notices.
func TestFailover(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 2, Sentinels: 3}), 1}
	c := l.config()
	c.WaitTimeout = 500 * time.Millisecond
	s := open(t, c)
	ctx := t.Context()
	log, g := leading(t, s, 1)
	share, err := s.Assignment().Join(ctx, "m", time.Minute)
	must(t, err)
	id := subscriptionNumber(0)
	held := share.Held[assignment.Of(id)]

	// The first change is known to replicas, since it was claimed.
	g, _, err = log.Commit(ctx, g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	must(t, err)
	first := g.Sequence
	claim, err := log.Claim(ctx, held, id, 1)
	must(t, err)
	if len(claim.Deliveries) != 1 || claim.Deliveries[0].Position != first {
		t.Fatalf("claimed %+v, want position %d", claim.Deliveries, first)
	}
	_, err = log.Settle(ctx, held, id, eventlog.Settlement{})
	must(t, err)
	must(t, l.AwaitReplicas(ctx, 2))

	release, err := l.HoldBack(ctx)
	must(t, err)
	lost, _, err := log.Commit(ctx, g, batch(1, 1, 1, func(int) uint64 { return first }, 2))
	must(t, err) // committed, and not deliverable
	_, err = log.Claim(ctx, held, id, 2)
	wantError(t, "a claim that no replica confirms", err, store.ErrUnconfirmed)
	pending := subscription("https://smo.example/lost")
	_, err = s.Subscriptions().Create(ctx, pending, subscriptionstore.Limits{})
	wantError(t, "a subscription that no replica confirms", err, store.ErrUnconfirmed)
	wantError(t, "an epoch that no replica confirms", log.RenewEpoch(ctx), store.ErrUnconfirmed)
	_, err = s.Assignment().Join(ctx, "m2", time.Minute)
	wantError(t, "a membership that no replica confirms", err, store.ErrUnconfirmed)

	master, err := l.Master(ctx)
	must(t, err)
	must(t, master.Kill())
	killed := time.Now()
	must(t, release())
	var now eventlog.Guard
	until(t, "the store to be back", func() bool {
		now, err = log.Refresh(ctx, g.Fence)
		return err == nil
	})
	t.Logf("the store was back %v after its master was killed", time.Since(killed))
	if now.Sequence != first {
		t.Errorf("after the failover the sequence is %d, want %d", now.Sequence, first)
	}
	_, _, err = log.Commit(ctx, lost, batch(1, 1, 1, func(int) uint64 { return lost.Sequence }, 3))
	wantError(t, "a commit on top of a lost one", err, store.ErrStale)

	// Everything that was confirmed is there, and the lost change is told anew.
	if again, err := log.Queue(ctx, id); err != nil || len(again) != 1 || again[0].Position != first {
		t.Errorf("the queue is %+v, %v, want position %d", again, err, first)
	}
	now, _, err = log.Commit(ctx, now, batch(1, 1, 1, func(int) uint64 { return first }, 3))
	must(t, err)
	must(t, l.AwaitReplicas(ctx, 1))
	claim, err = log.Claim(ctx, held, id, 10)
	must(t, err)
	if len(claim.Deliveries) != 2 || claim.Deliveries[1].Sequence != now.Sequence ||
		claim.Deliveries[1].PostState.Head().Extensions != resource(0, 3).Head().Extensions {
		t.Errorf("claimed %+v after the failover", claim.Deliveries)
	}
	kept, err := s.Subscriptions().Create(ctx, pending, subscriptionstore.Limits{})
	if err != nil || kept.ID != pending.ID {
		t.Errorf("the lost subscription, created again, is %+v, %v", kept, err)
	}
}

// TestUnconfirmed writes while replicas are away, and again when they are back.
func TestUnconfirmed(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 1}), 1}
	c := l.config()
	c.WaitTimeout = 500 * time.Millisecond
	s := open(t, c)
	subs, ctx := s.Subscriptions(), t.Context()
	replica := l.Servers()[1]

	must(t, replica.Pause())
	created := subscription("https://smo.example/a")
	_, err := subs.Create(ctx, created, subscriptionstore.Limits{})
	wantError(t, "Create", err, store.ErrUnconfirmed)
	if got, err := subs.Get(ctx, created.ID); err != nil || got.ID != created.ID {
		t.Errorf("a pending subscription is %+v, %v", got, err)
	}
	_, err = s.EventLog().Lead(ctx)
	wantError(t, "Lead", err, store.ErrUnconfirmed)

	// A client that tries again has another id, and gets the first one's.
	again := subscription(created.Callback)
	_, err = subs.Create(ctx, again, subscriptionstore.Limits{})
	wantError(t, "Create again", err, store.ErrUnconfirmed)
	must(t, replica.Resume())
	must(t, l.AwaitReplicas(ctx, 1))
	got, err := subs.Create(ctx, again, subscriptionstore.Limits{PerTenant: 1, Total: 1})
	if err != nil || got.ID != created.ID {
		t.Fatalf("Create again with replicas is %+v, %v; want %s", got, err, created.ID)
	}
	var duplicate *subscriptionstore.DuplicateError
	if _, err := subs.Create(ctx, again, subscriptionstore.Limits{}); !errors.As(err, &duplicate) || duplicate.ID != created.ID {
		t.Errorf("Create once more: %v, want a duplicate of %s", err, created.ID)
	}

	changed := *created
	changed.Version, changed.Callback = 2, "https://smo.example/b"
	must(t, replica.Pause())
	wantError(t, "Update", subs.Update(ctx, &changed), store.ErrUnconfirmed)
	if _, err := subs.Create(ctx, subscription(changed.Callback), subscriptionstore.Limits{}); !errors.As(err, &duplicate) {
		t.Errorf("Create of one like a pending change: %v, want a duplicate", err)
	}
	must(t, replica.Resume())
	must(t, l.AwaitReplicas(ctx, 1))
	must(t, subs.Update(ctx, &changed))
	wantError(t, "Update once more", subs.Update(ctx, &changed), subscriptionstore.ErrConflict)

	must(t, replica.Pause())
	wantError(t, "Delete", subs.Delete(ctx, created.ID), store.ErrUnconfirmed)
	wantError(t, "Delete again", subs.Delete(ctx, created.ID), store.ErrUnconfirmed)
	must(t, replica.Resume())
	must(t, l.AwaitReplicas(ctx, 1))
	wantError(t, "Delete with replicas", subs.Delete(ctx, created.ID), store.ErrNotFound)
}

// TestElectionWithoutReplicas: a lease that a failover could give to another is
// none.
func TestElectionWithoutReplicas(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 1}), 1}
	c := l.config()
	c.WaitTimeout = 100 * time.Millisecond
	s := open(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	led, lost, ended := make(chan struct{}, 9), make(chan time.Time, 9), make(chan error, 1)
	go func() {
		ended <- s.Election(redis.Lease{Duration: time.Second}).Campaign(ctx, func(ctx context.Context) {
			led <- struct{}{}
			<-ctx.Done()
			lost <- time.Now()
		})
	}()
	<-led
	must(t, l.Servers()[1].Pause())
	paused := time.Now()
	if took := (<-lost).Sub(paused); took > 2*time.Second {
		t.Errorf("leadership that no replica confirms lasted %v, want a second", took)
	}
	must(t, l.Servers()[1].Resume())
	<-led
	cancel()
	<-lost
	wantError(t, "Campaign", <-ended, context.Canceled)
}

// TestStalledMaster stops the master without ending it: Sentinels make another,
// and what the old one accepts when it goes on is nobody's.
func TestStalledMaster(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 2, Sentinels: 3}), 1}
	c := l.config()
	c.ReadTimeout, c.WaitTimeout = 1500*time.Millisecond, time.Second
	s := open(t, c)
	ctx := t.Context()
	log, g := leading(t, s, 1)
	share, err := s.Assignment().Join(ctx, "m", time.Minute)
	must(t, err)
	id := subscriptionNumber(0)
	held := share.Held[assignment.Of(id)]
	must(t, l.AwaitReplicas(ctx, 2))

	old, err := l.Master(ctx)
	must(t, err)
	must(t, old.Pause())
	stalled := time.Now()
	until(t, "the store to be back", func() bool {
		_, err := log.Refresh(ctx, g.Fence)
		return err == nil
	})
	t.Logf("the store was back %v after its master had stalled", time.Since(stalled))
	must(t, old.Resume())
	prior := uint64(0)
	for i := range 20 {
		g, _, err = log.Commit(ctx, g, batch(1, 1, 1, func(int) uint64 { return prior }, i))
		must(t, err)
		prior = g.Sequence
	}
	var claim eventlog.Claim
	until(t, "a replica to confirm", func() bool {
		claim, err = log.Claim(ctx, held, id, 100)
		return err == nil
	})
	if len(claim.Deliveries) != 20 || claim.Deliveries[19].Position != g.Sequence {
		t.Errorf("claimed %d deliveries, want the 20 that were committed", len(claim.Deliveries))
	}
}
