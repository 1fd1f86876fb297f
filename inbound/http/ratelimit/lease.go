package ratelimit

import (
	"context"
	"errors"
	"time"
)

const (
	// leaseWithin bounds one question to the store, probeEvery how often one that is
	// away is asked.
	leaseWithin = 500 * time.Millisecond
	probeEvery  = time.Second
	// leastEmpty is how long an empty bucket is not asked for again at the least.
	leastEmpty = time.Millisecond
)

var errSlow = errors.New("the store does not answer in time")

// closed is what a lease that is not made leaves.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// ahead has the next tokens taken, unless that is under way, and returns what is
// closed when it is done.
func (l *Limiter) ahead(b *bucket) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lease != nil {
		return b.lease
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		l.away.Store(true)
		return closed
	}
	b.lease = make(chan struct{})
	l.leases.Go(func() { l.refill(b) })
	return b.lease
}

func (l *Limiter) refill(b *bucket) {
	ctx, cancel := context.WithTimeout(l.ctx, leaseWithin)
	defer cancel()
	want := min(max(b.limit.batch, b.waiting.Load()), int64(b.limit.rate.Burst))
	got, left, wait, err := l.config.Store.Take(ctx, b.name, b.limit.rate, int(want))
	now := time.Now()
	switch {
	case err != nil:
		l.leave(now, err)
	default:
		b.left.Store(int64(left))
		if got > 0 {
			b.tokens.Add(int64(got))
		} else {
			b.emptyUntil.Store(now.Add(max(wait, leastEmpty)).UnixNano())
		}
		if l.away.Swap(false) && l.warned.Swap(false) {
			l.config.Logger.Info("rate limits are shared again")
		}
	}
	b.mu.Lock()
	done := b.lease
	b.lease = nil
	b.mu.Unlock()
	close(done)
}

// leave goes on without the store. That is logged once a minute, however often it
// comes and goes.
func (l *Limiter) leave(now time.Time, err error) {
	l.probe.Store(now.Add(probeEvery).UnixNano())
	if l.away.Swap(true) || l.ctx.Err() != nil {
		return
	}
	if minute := now.Unix() / 60; l.told.Swap(minute) != minute {
		l.warned.Store(true)
		l.config.Logger.Warn("rate limits are not shared: each process grants the whole rates by itself", "error", err)
	}
}
