package pluginhost

import (
	"math/rand/v2"
	"slices"
	"time"
)

// crashes decides how long to wait after each failed run, and when a plugin is
// set aside. It belongs to one supervisor.
type crashes struct {
	policy Restart
	jitter func() float64 // in [0, 1)

	times     []time.Time // of the crashes within the window
	failures  int         // in a row
	probation bool        // out of quarantine, not yet proven
}

func newCrashes(policy Restart) *crashes {
	return &crashes{policy: policy, jitter: rand.Float64}
}

// ran takes note of a process that was opened and lived for d.
func (c *crashes) ran(d time.Duration) {
	if d >= c.policy.Window {
		c.forget()
	}
}

// forget starts over, as after a stable run or an operator's reset.
func (c *crashes) forget() { c.times, c.failures, c.probation = nil, 0, false }

// failed takes note of a start that failed for no fault of the plugin, and
// returns the pause before the next.
func (c *crashes) failed() time.Duration {
	c.failures++
	return c.backoff()
}

// crashed takes note of a crash at now. It returns the pause before the next
// start, or quarantine: the plugin crashed too often, or again right after one.
func (c *crashes) crashed(now time.Time) (pause time.Duration, quarantine bool) {
	c.failures++
	c.times = slices.DeleteFunc(c.times, func(t time.Time) bool { return now.Sub(t) >= c.policy.Window })
	c.times = append(c.times, now)
	if c.probation || len(c.times) >= c.policy.Crashes {
		c.times, c.failures, c.probation = nil, 0, true
		return c.policy.CoolDown, true
	}
	return c.backoff(), false
}

// backoff doubles with each failure in a row; the jitter takes up to half of it
// off, so that adapters that failed together do not return together.
func (c *crashes) backoff() time.Duration {
	d := c.policy.MaxBackoff
	if doublings := c.failures - 1; doublings < 30 {
		d = min(d, c.policy.MinBackoff<<doublings)
	}
	return d - time.Duration(c.jitter()*float64(d)/2)
}
