package api

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/netweave/netweave/sdk"
)

// How reads are tried again.
const (
	attempts  = 4
	firstWait = 200 * time.Millisecond
	longest   = 5 * time.Second
	// patience bounds what Retry-After may ask for where the call has no deadline.
	patience = time.Minute
)

// read sends a request until it is answered, has failed for good or too often, or
// the call's time does not allow another attempt.
func (c *Client) read(ctx context.Context, x exchange) error {
	if err := c.heedQuiet(ctx, x); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		f := c.once(ctx, x)
		if f == nil {
			return nil
		}
		c.logFailure(x, f)
		if f.after > 0 {
			c.quietUntil.Store(time.Now().Add(min(f.after, patience)).UnixNano())
		}
		if !f.transient || attempt == attempts {
			return f.err
		}
		pause := max(backoff(attempt), f.after)
		if !affordable(ctx, pause) {
			return f.err
		}
		if c.wait(ctx, pause) != nil {
			return gaveUp(ctx, x).err
		}
	}
}

// heedQuiet waits for as long as OpenStack has asked to be left alone, whichever
// read it answered so.
func (c *Client) heedQuiet(ctx context.Context, x exchange) error {
	pause := time.Until(time.Unix(0, c.quietUntil.Load()))
	switch {
	case pause <= 0:
		return nil
	case !affordable(ctx, pause):
		return sdk.Errorf(sdk.Throttled, "%s: OpenStack asked for fewer requests, and to wait another %v", x.doing, pause.Round(time.Second))
	case c.wait(ctx, pause) != nil:
		return gaveUp(ctx, x).err
	default:
		return nil
	}
}

func (c *Client) logFailure(x exchange, f *failure) {
	c.log.Debug("a request to OpenStack failed", "method", x.method, "path", x.path, "error", f.err)
}

// backoff is the wait after an attempt: doubled each time, with jitter, so that
// those who failed together do not come back together.
func backoff(attempt int) time.Duration {
	span := min(firstWait<<(attempt-1), longest)
	return span/2 + rand.N(span/2)
}

// affordable tells whether the call's time lasts beyond a pause.
func affordable(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	if !ok {
		return pause <= patience
	}
	return time.Until(deadline) > pause
}

// retryAfter reads the header, in seconds or as a date; 0 if it says nothing.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 86_400)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// wait waits on the clock.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
