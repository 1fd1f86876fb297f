package embedded

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/ratelimit"
)

// rates keeps buckets of tokens in memory: all who take are in this process.
type rates struct {
	mu      sync.Mutex
	buckets map[string]*rateBucket
	// sweepAt is how many buckets there are when the full ones are looked for.
	sweepAt int
}

// rateBucket is a bucket that is not full.
type rateBucket struct {
	tokens float64
	// at is when it had so many, full when it will be full.
	at, full time.Time
}

var _ ratelimit.Store = (*rates)(nil)

const (
	// slack makes up for what binary fractions lose.
	slack = 1e-9
	// longestWait is what a bucket that never fills says.
	longestWait = 24 * time.Hour
	// ages is when a bucket that never fills will be full.
	ages = 100 * 365 * 24 * time.Hour
)

// Take is as in ratelimit.Store.
func (r *rates) Take(_ context.Context, key string, rate ratelimit.Rate, want int) (got, left int, wait time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, burst := time.Now(), float64(max(rate.Burst, 0))
	tokens := burst
	if b := r.buckets[key]; b != nil && now.Before(b.full) {
		tokens = min(burst, b.tokens+now.Sub(b.at).Seconds()*rate.PerSecond)
	}
	got = max(0, min(want, int(tokens+slack)))
	tokens = max(0, tokens-float64(got))
	if left = int(tokens + slack); got == 0 && left == 0 {
		wait = until(1-tokens, rate.PerSecond, longestWait)
	}
	if tokens >= burst {
		delete(r.buckets, key)
		return got, left, wait, nil
	}
	r.sweep(now)
	r.buckets[key] = &rateBucket{tokens: tokens, at: now, full: now.Add(until(burst-tokens, rate.PerSecond, ages))}
	return got, left, wait, nil
}

// until is how long it takes until so many tokens have come.
func until(tokens, perSecond float64, most time.Duration) time.Duration {
	if perSecond <= 0 || tokens/perSecond >= most.Seconds() {
		return most
	}
	return time.Duration(math.Ceil(tokens / perSecond * float64(time.Second)))
}

// sweep forgets the buckets that are full, when there are twice as many as were
// left the last time.
func (r *rates) sweep(now time.Time) {
	if r.buckets == nil {
		r.buckets, r.sweepAt = map[string]*rateBucket{}, leastSwept
	}
	if len(r.buckets) < r.sweepAt {
		return
	}
	for key, b := range r.buckets {
		if !now.Before(b.full) {
			delete(r.buckets, key)
		}
	}
	r.sweepAt = max(leastSwept, 2*len(r.buckets))
}
