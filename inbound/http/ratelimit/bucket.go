package ratelimit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// bucket has the tokens of one subject for one class.
type bucket struct {
	limit *limit
	name  string
	// local has the whole rate: it decides where there is no store to ask.
	local *rate.Limiter
	// tokens were taken from the store and are not spent; left is how many the
	// store had then.
	tokens, left atomic.Int64
	// emptyUntil: before that, in Unix nanoseconds, the store has none.
	emptyUntil atomic.Int64
	// waiting counts the requests that wait for a lease.
	waiting atomic.Int64
	// told is the second in which a refusal was last told of.
	told atomic.Int64

	mu sync.Mutex
	// lease is closed when the lease that is under way has ended; nil for none.
	lease chan struct{}
}

func (b *bucket) fill(l *limit, k key, c Class) {
	if !l.limits() {
		return
	}
	b.limit, b.name = l, k.bucket(c)
	b.local = rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst)
}

// leaseWait bounds how long a request waits for the store.
const leaseWait = 100 * time.Millisecond

// take takes a token.
func (l *Limiter) take(ctx context.Context, b *bucket, now time.Time) Verdict {
	if l.config.Store == nil {
		return b.takeLocally(now)
	}
	if l.away.Load() {
		if at := l.probe.Load(); now.UnixNano() >= at && l.probe.CompareAndSwap(at, now.Add(probeEvery).UnixNano()) {
			l.ahead(b)
		}
		return b.takeLocally(now)
	}
	if n, ok := b.spend(); ok {
		if n < b.limit.low && now.UnixNano() >= b.emptyUntil.Load() {
			l.ahead(b)
		}
		return b.granted(n + b.left.Load())
	}
	return l.await(ctx, b, now)
}

// spend takes one of the tokens at hand, and returns how many remain.
func (b *bucket) spend() (remain int64, ok bool) {
	for {
		n := b.tokens.Load()
		if n <= 0 {
			return 0, false
		}
		if b.tokens.CompareAndSwap(n, n-1) {
			return n - 1, true
		}
	}
}

// await takes a token out of the next lease, or decides locally if the store does
// not answer in time.
func (l *Limiter) await(ctx context.Context, b *bucket, now time.Time) Verdict {
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	limit := time.NewTimer(leaseWait)
	defer limit.Stop()
	for {
		if wait := time.Duration(b.emptyUntil.Load() - now.UnixNano()); wait > 0 {
			return b.refused(now, wait)
		}
		select {
		case <-l.ahead(b):
		case <-limit.C:
			l.leave(time.Now(), errSlow)
			return b.takeLocally(now)
		case <-ctx.Done():
			return b.takeLocally(now)
		}
		if l.away.Load() {
			return b.takeLocally(now)
		}
		if n, ok := b.spend(); ok {
			return b.granted(n + b.left.Load())
		}
		now = time.Now()
	}
}

func (b *bucket) takeLocally(now time.Time) Verdict {
	ok := b.local.AllowN(now, 1)
	left := b.local.TokensAt(now)
	if !ok {
		return b.refused(now, time.Duration((1-left)/b.limit.rate.PerSecond*float64(time.Second)))
	}
	return b.granted(int64(left))
}
