package delivery

import (
	"log/slog"
	"sync"
	"time"
)

const (
	shortestPause = 50 * time.Millisecond
	longestPause  = 500 * time.Millisecond
	// outageLogged is how seldom a lasting outage is logged.
	outageLogged = 30 * time.Second
)

// outage slows everything down while the store fails.
type outage struct {
	log *slog.Logger

	mu     sync.Mutex
	pause  time.Duration
	until  time.Time
	logged time.Time
}

// failed notes that doing something with the store failed.
func (o *outage) failed(doing string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if now.Before(o.until) {
		return // one of many at the same time
	}
	o.pause = min(max(2*o.pause, shortestPause), longestPause)
	o.until = now.Add(o.pause)
	if o.logged.IsZero() || now.Sub(o.logged) >= outageLogged {
		o.logged = now
		o.log.Warn("deliveries pause, since the store failed", "doing", doing, "error", err)
	}
}

// over notes that the store took a write.
func (o *outage) over() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pause = 0
}

// left returns for how long to leave the store alone.
func (o *outage) left() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Until(o.until)
}
