package kube

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/netweave/netweave/ports/election"
	"github.com/netweave/netweave/ports/election/electiontest"
)

// lease is one Lease in memory, as kube-apiserver would keep it.
type lease struct {
	mu      sync.Mutex
	record  *resourcelock.LeaderElectionRecord
	version int
	writes  int
	// slow holds answers back after a write has happened.
	slow time.Duration
	// away: nothing is answered at all.
	away bool
}

// clientOf is one candidate's client of it.
type clientOf struct {
	*lease
	identity string
	version  int
}

var leases = schema.GroupResource{Group: "coordination.k8s.io", Resource: "leases"}

func (c *clientOf) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	if err := c.reach(ctx); err != nil {
		return nil, nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.record == nil {
		return nil, nil, apierrors.NewNotFound(leases, "l")
	}
	c.version = c.lease.version
	record := *c.record
	raw, err := json.Marshal(record)
	return &record, raw, err
}

func (c *clientOf) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return c.write(ctx, r, func() bool { return c.record == nil })
}

func (c *clientOf) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return c.write(ctx, r, func() bool { return c.version == c.lease.version })
}

func (c *clientOf) write(ctx context.Context, r resourcelock.LeaderElectionRecord, may func() bool) error {
	if err := c.reach(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	if !may() {
		c.mu.Unlock()
		return apierrors.NewConflict(leases, "l", errors.New("changed"))
	}
	c.record = &r
	c.lease.version++
	c.writes++
	c.version = c.lease.version
	wait := c.slow
	c.mu.Unlock()
	return pauseFor(ctx, wait)
}

func (c *clientOf) reach(ctx context.Context) error {
	c.mu.Lock()
	away := c.away
	c.mu.Unlock()
	if away {
		<-ctx.Done()
	}
	return ctx.Err()
}

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (c *clientOf) RecordEvent(string)   {}
func (c *clientOf) Identity() string     { return c.identity }
func (c *clientOf) Describe() string     { return "l" }
func (l *lease) set(change func(*lease)) { l.mu.Lock(); defer l.mu.Unlock(); change(l) }
func (l *lease) holder() (identity string, writes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.record != nil {
		identity = l.record.HolderIdentity
	}
	return identity, l.writes
}

func candidate(l *lease, identity string, retry time.Duration) *Election {
	return &Election{
		cfg: ElectionConfig{Name: "l", LeaseDuration: 5 * time.Second, RenewDeadline: 3500 * time.Millisecond, RetryPeriod: retry},
		log: slog.New(slog.DiscardHandler), identity: identity,
		lock: func() resourcelock.Interface { return &clientOf{lease: l, identity: identity} },
	}
}

// campaign runs a candidate until stop, in a bubble.
func campaign(t *testing.T, e *Election, lead func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Campaign(ctx, lead) }()
	return func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Campaign returned %v", err)
		}
	}
}

// TestTheLeadersTimeCountsFromItsQuestion has answers come late: what the leader
// was told late it has had for as long already.
func TestTheLeadersTimeCountsFromItsQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lease{}
		began, ended := make(chan struct{}, 9), make(chan time.Time, 9)
		stop := campaign(t, candidate(l, "a", 200*time.Millisecond), func(ctx context.Context) {
			began <- struct{}{}
			<-ctx.Done()
			ended <- time.Now()
		})
		<-began
		l.set(func(l *lease) { l.slow = 1500 * time.Millisecond })
		_, before := l.holder()
		for { // until a write has happened whose answer is on its way
			<-time.After(10 * time.Millisecond)
			if _, now := l.holder(); now > before {
				break
			}
		}
		written := time.Now()
		l.set(func(l *lease) { l.away = true })
		if took := (<-ended).Sub(written); took > 3500*time.Millisecond {
			t.Errorf("it led for %v after its last renewal was written, want 3.5s at most", took)
		}
		l.set(func(l *lease) { l.away, l.slow = false, 0 })
		<-began
		stop()
		if holder, _ := l.holder(); holder != "" {
			t.Errorf("at the end %q holds the Lease", holder)
		}
	})
}

// TestTheLeaseIsWrittenOnceASecond counts what kube-apiserver has to store.
func TestTheLeaseIsWrittenOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lease{}
		began := make(chan struct{}, 1)
		stop := campaign(t, candidate(l, "a", 200*time.Millisecond), func(ctx context.Context) {
			began <- struct{}{}
			<-ctx.Done()
		})
		<-began
		_, before := l.holder()
		<-time.After(60 * time.Second)
		_, after := l.holder()
		if n := after - before; n < 45 || n > 61 {
			t.Errorf("in a minute the Lease was written %d times", n)
		}
		stop()
	})
}

// TestTheLeaderThatSeesAnotherStopsAtOnce does not wait for its own time to end.
func TestTheLeaderThatSeesAnotherStopsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lease{}
		began, ended := make(chan struct{}, 9), make(chan time.Time, 9)
		stop := campaign(t, candidate(l, "a", 200*time.Millisecond), func(ctx context.Context) {
			began <- struct{}{}
			<-ctx.Done()
			ended <- time.Now()
		})
		<-began
		taken := time.Now()
		l.set(func(l *lease) {
			l.record = &resourcelock.LeaderElectionRecord{HolderIdentity: "b", LeaseDurationSeconds: 5}
			l.version++
		})
		if took := (<-ended).Sub(taken); took > 1500*time.Millisecond {
			t.Errorf("it went on for %v", took)
		}
		stop()
		if holder, _ := l.holder(); holder != "b" {
			t.Errorf("it gave back what is another's: %q holds the Lease", holder)
		}
	})
}

func TestElectionInMemoryConforms(t *testing.T) {
	electiontest.Run(t, func(t *testing.T) electiontest.Store {
		l := &lease{}
		return electiontest.Store{
			Candidate: func(t *testing.T) election.Election { return candidate(l, rand.Text(), 50*time.Millisecond) },
			Depose: func(*testing.T) {
				l.set(func(l *lease) {
					l.record = &resourcelock.LeaderElectionRecord{HolderIdentity: "somebody else", LeaseDurationSeconds: 1}
					l.version++
				})
			},
		}
	})
}
