package webhook

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/netweave/netweave/ports/webhook"
)

// idle is how long an unused breaker is remembered: longer than any is open.
const idle = 10 * time.Minute

// probe is when to ask again while another attempt finds out about the host.
const probe = time.Second

// target is whom a breaker is for.
type target struct{ tenant, host string }

// breakers hold back attempts to hosts that keep failing.
type breakers struct {
	policy Breaker
	log    *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	all   map[target]*breaker
	swept time.Time
}

type breaker struct {
	*gobreaker.CircuitBreaker[struct{}]
	// openUntil is in nanoseconds of Unix time.
	openUntil atomic.Int64
	used      time.Time
}

func newBreakers(policy Breaker, log *slog.Logger, now func() time.Time) *breakers {
	return &breakers{policy: policy, log: log, now: now, all: map[target]*breaker{}, swept: now()}
}

// do runs attempt unless the target is to be left alone: then *failed with Held.
func (b *breakers) do(t target, attempt func() error) error {
	one := b.of(t)
	_, err := one.Execute(func() (struct{}, error) { return struct{}{}, attempt() })
	switch {
	case errors.Is(err, gobreaker.ErrOpenState):
		left := time.Duration(one.openUntil.Load() - b.now().UnixNano())
		return held(max(left, time.Millisecond))
	case errors.Is(err, gobreaker.ErrTooManyRequests):
		return held(probe)
	}
	return err
}

func held(left time.Duration) error {
	return &failed{outcome: outcomeHeld, Failure: webhook.Failure{
		Reason: "not sent: the last attempts to the host failed, it is left alone for a moment", RetryAfter: left, Held: true,
	}}
}

func (b *breakers) of(t target) *breaker {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	one, ok := b.all[t]
	if !ok {
		b.makeRoom(now)
		one = b.build(t)
		b.all[t] = one
	}
	one.used = now
	return one
}

func (b *breakers) build(t target) *breaker {
	one := &breaker{}
	one.CircuitBreaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      b.policy.Open,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= uint32(b.policy.Failures) },
		IsSuccessful: func(err error) bool { return !isHostsFault(err) },
		IsExcluded:   saysNothing,
		OnStateChange: func(_ string, from, to gobreaker.State) {
			switch to {
			case gobreaker.StateOpen:
				one.openUntil.Store(b.now().Add(b.policy.Open).UnixNano())
				if from == gobreaker.StateClosed {
					b.log.Warn("a callback host keeps failing; it is left alone for a moment at a time", "tenant", t.tenant, "host", t.host)
				}
			case gobreaker.StateClosed:
				b.log.Info("a callback host answers again", "tenant", t.tenant, "host", t.host)
			}
		},
	})
	return one
}

// makeRoom forgets breakers that nobody used for long, and the one unused for
// longest if there are still too many.
func (b *breakers) makeRoom(now time.Time) {
	full := len(b.all) >= b.policy.MaxHosts
	if !full && now.Sub(b.swept) < idle {
		return
	}
	b.swept = now
	var oldest target
	var since time.Time
	for t, one := range b.all {
		if now.Sub(one.used) >= idle {
			delete(b.all, t)
			continue
		}
		if since.IsZero() || one.used.Before(since) {
			oldest, since = t, one.used
		}
	}
	if len(b.all) >= b.policy.MaxHosts {
		delete(b.all, oldest)
	}
}

// open counts those that are open.
func (b *breakers) open() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, one := range b.all {
		if one.State() == gobreaker.StateOpen {
			n++
		}
	}
	return float64(n)
}

// isHostsFault reports whether an attempt says that the host is not well: it did
// not answer, or answered 5xx.
func isHostsFault(err error) bool {
	f, ok := errors.AsType[*failed](err)
	return ok && (f.outcome == outcomeNetwork || f.outcome == outcome5xx)
}

// saysNothing reports whether an attempt says nothing of the host, since it
// never got there or was given up by us.
func saysNothing(err error) bool {
	if f, ok := errors.AsType[*failed](err); ok {
		return f.outcome == outcomeRefused || f.outcome == outcomeToken
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
