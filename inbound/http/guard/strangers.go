package guard

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/inbound/http/exchange"
)

// shownPath bounds what of a stranger's path is logged, in bytes.
const shownPath = 200

// Strangers counts requests that were refused for want of an identity. They are
// not recorded, so that nobody can fill the audit log: at most one a second is
// logged, with how many there were since the one before.
type Strangers struct {
	counter prometheus.Counter
	logger  *slog.Logger
	unsaid  atomic.Int64
	said    atomic.Int64 // the Unix second of the last line
}

// NewStrangers registers the counter.
func NewStrangers(r prometheus.Registerer, logger *slog.Logger) (*Strangers, error) {
	s := &Strangers{logger: logger, counter: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "netweave_http_unauthenticated_total", Help: "Requests refused for want of an identity.",
	})}
	if err := r.Register(s.counter); err != nil {
		return nil, fmt.Errorf("registering the metric of refused strangers: %w", err)
	}
	return s, nil
}

// Refused counts r, which came from there and was refused for a reason that holds
// nothing of its credentials.
func (s *Strangers) Refused(r *http.Request, from netip.Addr, reason error) {
	s.counter.Inc()
	s.unsaid.Add(1)
	second, last := time.Now().Unix(), s.said.Load()
	if second == last || !s.said.CompareAndSwap(last, second) {
		return
	}
	e := exchange.From(r.Context())
	path := r.URL.EscapedPath()
	s.logger.Warn("a request without an accepted identity was refused", "requests", s.unsaid.Swap(0),
		"reason", reason, "address", from.String(), "method", r.Method, "path", path[:min(len(path), shownPath)],
		"requestId", e.RequestID)
}
