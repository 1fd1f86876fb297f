// Package ratelimittest is the conformance suite of ports/ratelimit, and an
// implementation in memory for the tests of those who use it.
package ratelimittest

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/ratelimit"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is a ratelimit.Store. The zero Memory is ready for use.
type Memory struct {
	storetest.Faults
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

var _ ratelimit.Store = (*Memory)(nil)

// slack makes up for what binary fractions lose.
const slack = 1e-9

// Take is as in ratelimit.Store.
func (m *Memory) Take(_ context.Context, key string, r ratelimit.Rate, want int) (got, left int, wait time.Duration, err error) {
	const op = "Take"
	if err := m.Before(op); err != nil {
		return 0, 0, 0, fmt.Errorf("%s: %w", op, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.Now != nil {
		now = m.Now()
	}
	b := m.buckets[key]
	if b == nil {
		b = &bucket{tokens: float64(r.Burst), at: now}
		if m.buckets == nil {
			m.buckets = map[string]*bucket{}
		}
		m.buckets[key] = b
	}
	b.tokens = min(float64(r.Burst), b.tokens+now.Sub(b.at).Seconds()*r.PerSecond)
	b.at = now
	got = max(0, min(want, int(b.tokens+slack)))
	b.tokens = max(0, b.tokens-float64(got))
	if left = int(b.tokens + slack); got == 0 && left == 0 {
		wait = time.Duration(math.Ceil((1 - b.tokens) / r.PerSecond * float64(time.Second)))
	}
	if err := m.After(op, nil); err != nil {
		return 0, 0, 0, fmt.Errorf("%s: %w", op, err)
	}
	return got, left, wait, nil
}
