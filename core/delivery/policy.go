package delivery

import (
	"net/http"
	"time"

	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/webhook"
)

// Policy says when a failed notification is sent again, and when it is given up
// on. A zero field has its default.
type Policy struct {
	// Quick are the waits before the first repetitions: 1, 2 and 4 s.
	Quick []time.Duration
	// Slow is the longest wait behind them, 8 s, doubled each time up to Cap,
	// 5 min. The wait is drawn from all that is shorter.
	Slow, Cap time.Duration
	// MaxAge is how long after its first attempt an event is given up on: 24 h.
	MaxAge time.Duration
	// MaxRetryAfter bounds what a receiver may ask for: 1 h.
	MaxRetryAfter time.Duration
}

// minHold is the shortest wait for a host that is held, which may be about to be
// tried by another subscription.
const minHold = 250 * time.Millisecond

func (p Policy) withDefaults() Policy {
	if p.Quick == nil {
		p.Quick = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}
	}
	setDefault(&p.Slow, 8*time.Second)
	setDefault(&p.Cap, 5*time.Minute)
	setDefault(&p.MaxAge, 24*time.Hour)
	setDefault(&p.MaxRetryAfter, time.Hour)
	return p
}

// judge says what a failed attempt, begun and ended then, comes to. chance is
// drawn evenly from 0 up to 1.
func (p Policy) judge(d *eventlog.Delivery, began, ended time.Time, f *webhook.Failure, chance float64) *eventlog.Failure {
	out := &eventlog.Failure{Position: d.Position, Attempts: d.Attempts, First: d.First, Reason: f.Reason}
	if !f.Held {
		out.Attempts++
		if out.First.IsZero() {
			out.First = began
		}
	}
	if !out.First.IsZero() && ended.Sub(out.First) >= p.MaxAge {
		out.Dead = true
		return out
	}
	wait := p.wait(out.Attempts, chance)
	switch {
	case f.Held:
		wait = min(max(f.RetryAfter, minHold), p.MaxRetryAfter)
	case f.RetryAfter > 0 && (f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable):
		wait = min(f.RetryAfter, p.MaxRetryAfter)
	}
	out.Next = ended.Add(wait)
	if last := out.First.Add(p.MaxAge); !out.First.IsZero() && out.Next.After(last) {
		out.Next = last
	}
	return out
}

// wait returns the time until the next attempt when so many have failed.
func (p Policy) wait(attempts int, chance float64) time.Duration {
	if attempts <= len(p.Quick) {
		return p.Quick[max(attempts, 1)-1]
	}
	longest := p.Slow
	for n := attempts - len(p.Quick); n > 1 && longest < p.Cap; n-- {
		longest *= 2
	}
	return time.Duration(chance * float64(min(longest, p.Cap)))
}

// setDefault gives v a value if it has none.
func setDefault[T int | time.Duration](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}
