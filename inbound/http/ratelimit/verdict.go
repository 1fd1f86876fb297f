package ratelimit

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/netweave/netweave/inbound/http/problem"
)

// Verdict is what was decided about a request.
type Verdict struct {
	Allowed bool
	// Telling is true for a refusal that is the first of its kind in its second:
	// of the others nobody needs a record.
	Telling bool

	limit *limit // nil if there is none
	// remaining is how many tokens there still are.
	remaining int64
	wait      time.Duration
}

func (b *bucket) granted(remaining int64) Verdict {
	return Verdict{Allowed: true, limit: b.limit, remaining: remaining}
}

func (b *bucket) refused(now time.Time, wait time.Duration) Verdict {
	second := now.Unix()
	last := b.told.Load()
	return Verdict{limit: b.limit, wait: wait, Telling: second != last && b.told.CompareAndSwap(last, second)}
}

// SetHeader tells the caller in h how it stands with the nearest of its limits.
func (v *Verdict) SetHeader(h http.Header) {
	if v.limit == nil {
		return
	}
	burst := int64(v.limit.rate.Burst)
	remaining := min(max(v.remaining, 0), burst)
	h["Ratelimit-Limit"] = v.limit.header
	h["Ratelimit-Remaining"] = number(int(remaining))
	h["Ratelimit-Reset"] = number(int(math.Ceil(float64(burst-remaining) / v.limit.rate.PerSecond)))
}

// Write answers a request that was refused.
func (v *Verdict) Write(w http.ResponseWriter) {
	v.SetHeader(w.Header())
	seconds := max(1, int(math.Ceil(v.wait.Seconds())))
	problem.Problem{
		Status: http.StatusTooManyRequests, RetryAfter: seconds,
		Detail: fmt.Sprintf("too many requests: the limit %s is %v a second and %d at once; try again after %d s",
			v.limit.name, v.limit.rate.PerSecond, v.limit.rate.Burst, seconds),
		Additional: map[string]any{
			"limit": v.limit.name, "perSecond": v.limit.rate.PerSecond, "burst": v.limit.rate.Burst,
		},
	}.Write(w)
}
