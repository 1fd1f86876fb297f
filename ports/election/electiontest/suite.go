package electiontest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/election"
)

// Store is what the suite tests: one election without candidates.
type Store struct {
	// Candidate returns a new candidate.
	Candidate func(t *testing.T) election.Election
	// Depose takes leadership away from whoever has it, by a fault; nil if the
	// election cannot be lost but by giving it back.
	Depose func(t *testing.T)
	// HandOver is how long leadership may take to pass on when it is given back;
	// 1 s if 0.
	HandOver time.Duration
	// Alone says that there can be one candidate only.
	Alone bool
}

// patience bounds each wait.
const patience = 30 * time.Second

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range []struct {
		name    string
		several bool
		run     func(*fixture)
	}{
		{"a candidate alone leads until its context ends", false, leadsAlone},
		{"a candidate that comes back from leading is asked again", false, leadsAgain},
		{"leadership lost ends the context, and is sought again", false, losesLead},
		{"one leads at a time", true, leadsOneAtATime},
		{"leadership given back passes on at once", true, handsOver},
		{"leadership passes on only when leading has ended", true, waitsForLead},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{Store: open(t), t: t}
			if f.HandOver == 0 {
				f.HandOver = time.Second
			}
			if f.Alone && c.several {
				return
			}
			c.run(f)
		})
	}
}

type fixture struct {
	Store
	t *testing.T
}

// campaign is one candidate at work.
type campaign struct {
	f *fixture
	// began yields the context of each time that the candidate leads; ended is
	// answered when it has stopped.
	began, ended chan context.Context
	stop         context.CancelFunc
	result       chan error
	// linger holds lead back after its context has ended, until it is closed.
	linger chan struct{}
}

func (f *fixture) campaign(linger chan struct{}) *campaign {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &campaign{
		f: f, stop: cancel, linger: linger, result: make(chan error, 1),
		began: make(chan context.Context, 16), ended: make(chan context.Context, 16),
	}
	candidate := f.Candidate(f.t)
	var done sync.WaitGroup
	done.Go(func() {
		c.result <- candidate.Campaign(ctx, func(ctx context.Context) {
			c.began <- ctx
			<-ctx.Done()
			if c.linger != nil {
				<-c.linger
			}
			c.ended <- ctx
		})
	})
	f.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
	return c
}

// wait returns what comes on a channel.
func wait[T any](f *fixture, what string, from <-chan T) T {
	f.t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		f.t.Fatalf("waited %s for %s", patience, what)
		panic("unreachable")
	}
}

// end stops a campaign and checks what it returns.
func (c *campaign) end() {
	c.f.t.Helper()
	c.stop()
	if err := wait(c.f, "Campaign to return", c.result); !errors.Is(err, context.Canceled) {
		c.f.t.Errorf("Campaign returned %v, want %v", err, context.Canceled)
	}
}

func leadsAlone(f *fixture) {
	c := f.campaign(nil)
	ctx := wait(f, "the only candidate to lead", c.began)
	if err := ctx.Err(); err != nil {
		f.t.Errorf("the leader's context has ended at once: %v", err)
	}
	c.end()
	wait(f, "lead to return", c.ended)
}

func leadsAgain(f *fixture) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	times, result := make(chan struct{}, 16), make(chan error, 1)
	candidate := f.Candidate(f.t)
	go func() {
		result <- candidate.Campaign(ctx, func(context.Context) {
			select {
			case times <- struct{}{}:
			default:
			}
		})
	}()
	for range 3 {
		wait(f, "the candidate to lead again", times)
	}
	cancel()
	if err := wait(f, "Campaign to return", result); !errors.Is(err, context.Canceled) {
		f.t.Errorf("Campaign returned %v, want %v", err, context.Canceled)
	}
}

func losesLead(f *fixture) {
	if f.Depose == nil {
		return
	}
	c := f.campaign(nil)
	first := wait(f, "the candidate to lead", c.began)
	f.Depose(f.t)
	wait(f, "the leader's context to end", first.Done())
	wait(f, "lead to return", c.ended)
	second := wait(f, "the candidate to lead again", c.began)
	if err := second.Err(); err != nil {
		f.t.Errorf("the new context has ended at once: %v", err)
	}
	c.end()
}

func leadsOneAtATime(f *fixture) {
	const candidates, terms = 4, 12
	var leading, won atomic.Int32
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	enough := make(chan struct{})
	var campaigns sync.WaitGroup
	for range candidates {
		candidate := f.Candidate(f.t)
		campaigns.Go(func() {
			err := candidate.Campaign(ctx, func(ctx context.Context) {
				if n := leading.Add(1); n != 1 {
					f.t.Errorf("%d lead at once", n)
				}
				select { // lead for a moment
				case <-time.After(5 * time.Millisecond):
				case <-ctx.Done():
				}
				leading.Add(-1)
				if won.Add(1) == terms {
					close(enough)
				}
			})
			if !errors.Is(err, context.Canceled) {
				f.t.Errorf("Campaign returned %v, want %v", err, context.Canceled)
			}
		})
	}
	wait(f, "candidates to lead in turn", enough)
	cancel()
	campaigns.Wait()
}

func handsOver(f *fixture) {
	first := f.campaign(nil)
	wait(f, "the first candidate to lead", first.began)
	second := f.campaign(nil)
	select {
	case <-second.began:
		f.t.Fatal("the second candidate leads beside the first")
	case <-time.After(f.HandOver / 2):
	}
	stopped := time.Now()
	first.end()
	wait(f, "the second candidate to lead", second.began)
	if took := time.Since(stopped); took > f.HandOver {
		f.t.Errorf("leadership passed on after %s, want %s at most", took, f.HandOver)
	}
	third := f.campaign(nil)
	second.end()
	wait(f, "the third candidate to lead", third.began)
	third.end()
}

func waitsForLead(f *fixture) {
	linger := make(chan struct{})
	first := f.campaign(linger)
	wait(f, "the first candidate to lead", first.began)
	second := f.campaign(nil)
	first.stop()
	select {
	case <-second.began:
		f.t.Error("the second candidate leads while the first is still leading")
	case err := <-first.result:
		f.t.Errorf("Campaign returned %v while lead was still running", err)
	case <-time.After(f.HandOver / 2):
	}
	close(linger)
	wait(f, "lead to return", first.ended)
	first.end()
	wait(f, "the second candidate to lead", second.began)
	second.end()
}
