package ratelimit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/scope"
	tokens "github.com/netweave/netweave/ports/ratelimit"
)

// Config is what a Limiter is built from.
type Config struct {
	Rates Rates
	// Store shares the rates with other processes; nil where there is one.
	Store tokens.Store
	// Subjects (100,000) bounds how many tenants and users are kept in mind. Past
	// it those are forgotten that have asked for nothing the longest, as far as a
	// glance tells.
	Subjects int
	Logger   *slog.Logger
}

// Limiter decides. Its methods are safe for concurrent use.
type Limiter struct {
	config  Config
	plan    atomic.Pointer[plan]
	shards  [shards]shard
	results [classes][outcomes]prometheus.Counter

	// away: the store did not answer last; probe is when it is asked again, in Unix
	// nanoseconds.
	away  atomic.Bool
	probe atomic.Int64
	// told is the minute in which that was last logged, warned whether it was for
	// the present outage.
	told   atomic.Int64
	warned atomic.Bool

	ctx    context.Context // ends with the Limiter
	cancel context.CancelFunc
	mu     sync.Mutex
	leases sync.WaitGroup
}

// outcome is what the metric tells of a decision.
type outcome int

const (
	allowed outcome = iota
	// unshared: allowed while the store is away.
	unshared
	userLimited
	tenantLimited

	outcomes = 4
)

// New makes a Limiter, and registers its metric. It is to be closed.
func New(c Config, r prometheus.Registerer) (*Limiter, error) {
	if c.Subjects <= 0 {
		c.Subjects = 100_000
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "netweave_ratelimit_total", Help: "Requests that a rate limit was asked about, by class and result.",
	}, []string{"class", "result"})
	if err := r.Register(vec); err != nil {
		return nil, fmt.Errorf("registering the rate limits' metric: %w", err)
	}
	l := &Limiter{config: c}
	for class := range l.results {
		for i, name := range [outcomes]string{"allowed", "unshared", "user_limited", "tenant_limited"} {
			l.results[class][i] = vec.WithLabelValues(Class(class).String(), name)
		}
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.Set(c.Rates)
	return l, nil
}

// Set changes the rates from the next request on. Whoever has asked before begins
// with what the store has for it; without a store, anew.
func (l *Limiter) Set(r Rates) { l.plan.Store(newPlan(r)) }

// Close waits for what is asked of the store. Decisions after it are made without
// the store.
func (l *Limiter) Close() {
	l.mu.Lock()
	l.cancel()
	l.mu.Unlock()
	l.leases.Wait()
}

// Take decides about one request of the caller, and takes its tokens. A nil
// Limiter allows everything.
func (l *Limiter) Take(ctx context.Context, sc scope.Scope, c Class) Verdict {
	if l == nil {
		return Verdict{Allowed: true}
	}
	p := l.plan.Load()
	if p.unlimited || !sc.Valid() {
		return Verdict{Allowed: true}
	}
	now := time.Now()
	v, result := Verdict{Allowed: true}, allowed
	home := sc.Home()
	if user := sc.User(); user != "" && p.user[c].limits() {
		s := l.subject(key{home, user}, p, now)
		if v = l.take(ctx, &s.buckets[c], now); !v.Allowed {
			l.results[c][userLimited].Inc()
			return v
		}
	}
	if p.tenant[c].limits() {
		s := l.subject(key{home, ""}, p, now)
		ofTenant := l.take(ctx, &s.buckets[c], now)
		if !ofTenant.Allowed {
			l.results[c][tenantLimited].Inc()
			return ofTenant
		}
		if v.limit == nil || ofTenant.remaining < v.remaining {
			v = ofTenant
		}
	}
	if v.limit == nil {
		return v // no limit for this class
	}
	if l.away.Load() {
		result = unshared
	}
	l.results[c][result].Inc()
	return v
}
