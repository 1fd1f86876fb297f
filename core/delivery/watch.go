package delivery

import (
	"errors"
	"sync"
	"time"
)

// slowAfter is how long an attempt may take before it counts as slow.
const slowAfter = 250 * time.Millisecond

// errNoAnswer is why an attempt's context ends when it has taken too long.
var errNoAnswer = errors.New("there was no answer in time")

// watch looks at the clock for the attempts of one round, one after the other:
// one timer for all of them, since setting up two for each would be a good part
// of what an attempt costs.
type watch struct {
	timeout time.Duration
	// slow and expire are called during an attempt that takes longer than
	// slowAfter, and than timeout.
	slow, expire func()
	timer        *time.Timer

	mu sync.Mutex
	// began is zero between attempts.
	began time.Time
}

func newWatch(timeout time.Duration, slow, expire func()) *watch {
	w := &watch{timeout: timeout, slow: slow, expire: expire}
	w.timer = time.AfterFunc(timeout, w.fire)
	return w
}

// begin starts an attempt's time.
func (w *watch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began = time.Now()
	w.timer.Reset(min(slowAfter, w.timeout))
}

// end ends it; nothing is called any more.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began = time.Time{}
	w.timer.Stop()
}

// fire runs when the timer says so, which may have been meant for an attempt
// that is over.
func (w *watch) fire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.began.IsZero() {
		return
	}
	switch taken := time.Since(w.began); {
	case taken >= w.timeout:
		w.expire()
	case taken >= slowAfter:
		w.slow()
		w.timer.Reset(w.timeout - taken)
	default:
		w.timer.Reset(min(slowAfter, w.timeout) - taken)
	}
}
