//go:build integration

package redis_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/ratelimit"
)

// TestRatesOverTime moves a bucket's clock rather than wait.
func TestRatesOverTime(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	c := l.config()
	rates, ctx := open(t, c).Rates(), t.Context()
	bucket := c.Prefix + "rate:k"
	age := func(by time.Duration) {
		t.Helper()
		at, err := l.raw(t).HGet(ctx, bucket, "at").Int64()
		must(t, err)
		must(t, l.raw(t).HSet(ctx, bucket, "at", strconv.FormatInt(at-by.Microseconds(), 10)).Err())
	}
	take := func(what string, r ratelimit.Rate, want, got, left int) time.Duration {
		t.Helper()
		gotten, leftover, wait, err := rates.Take(ctx, "k", r, want)
		must(t, err)
		if gotten != got || leftover != left {
			t.Errorf("%s: got %d and left %d, want %d and %d", what, gotten, leftover, got, left)
		}
		return wait
	}
	slow, third := ratelimit.Rate{PerSecond: 0.01, Burst: 1000}, ratelimit.Rate{PerSecond: 1. / 3, Burst: 1000}
	take("all", slow, 1000, 1000, 0)
	age(500 * time.Second)
	take("what came slowly", slow, 10, 5, 0)
	take("nothing yet", third, 0, 0, 0)
	take("what came slowly does not come again quickly", third, 1, 0, 0)
	sum := 0
	for range 3000 { // the time that the test itself takes comes on top
		age(time.Second)
		got, _, _, err := rates.Take(ctx, "k", third, 1)
		must(t, err)
		sum += got
	}
	if sum < 999 || sum > 1010 {
		t.Errorf("in 3000 s at a third of a token each %d came, want 1000", sum)
	}
	age(-time.Hour) // another server's clock is behind
	if wait := take("after a clock went back", third, 1, 0, 0); wait > 3*time.Second {
		t.Errorf("after a clock went back the next is to come after %v, want 3 s at most", wait)
	}
	age(365 * 24 * time.Hour)
	take("full again", third, 0, 0, 1000)
	if n := l.raw(t).Exists(ctx, bucket).Val(); n != 0 {
		t.Error("a full bucket is kept")
	}
	take("one of a full one", slow, 1, 1, 999)
	if left := l.raw(t).PTTL(ctx, bucket).Val(); left <= 0 || left > 100*time.Second {
		t.Errorf("a bucket that is full in 100 s goes after %v", left)
	}
	never := ratelimit.Rate{Burst: 3}
	take("of one that never fills", never, 5, 3, 0)
	if wait := take("once more", never, 1, 0, 0); wait < 24*time.Hour {
		t.Errorf("a bucket that never fills has one after %v", wait)
	}
}
