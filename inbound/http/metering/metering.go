// Package metering counts and times requests by route for Prometheus.
//
// Labels are bounded: a route is a registered pattern or "unmatched", a method
// one of the known ones or "OTHER". Each combination's metric is looked up once
// and kept, so that counting costs a few atomic additions.
package metering

import (
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Unmatched is the route of requests that matched none.
const Unmatched = "unmatched"

// buckets span a cached read (tens of microseconds) and a slow backend, in seconds.
var buckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

var methods = [...]string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete,
	http.MethodPatch, http.MethodOptions, "OTHER",
}

const methodCount = len(methods)

// Meter holds the metrics. Its methods are safe for concurrent use.
type Meter struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	inFlight atomic.Int64
	panics   prometheus.Counter

	routes    map[string]*route
	unmatched *route
}

type route struct {
	family, pattern string
	methods         [methodCount]atomic.Pointer[series]
}

// series is one route and method, its codes from 100 to 599.
type series struct {
	duration prometheus.Observer
	bytes    prometheus.Counter
	codes    [500]atomic.Pointer[prometheus.Counter]
}

// New registers the metrics with reg and prepares one row for each route; family
// gives a pattern's API family.
func New(reg prometheus.Registerer, patterns []string, family func(pattern string) string) (*Meter, error) {
	labels := []string{"family", "route", "method"}
	m := &Meter{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "netweave_http_requests_total", Help: "HTTP requests answered.",
		}, append(labels, "code")),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "netweave_http_request_duration_seconds", Help: "Time from a request's arrival to the end of its answer.",
			Buckets: buckets,
		}, labels),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "netweave_http_response_bytes_total", Help: "Bytes of answers' bodies as sent.",
		}, labels),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "netweave_http_panics_total", Help: "Requests that failed by a fault of the gateway itself.",
		}),
		routes:    make(map[string]*route, len(patterns)),
		unmatched: &route{family: "none", pattern: Unmatched},
	}
	inFlight := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "netweave_http_requests_in_flight", Help: "HTTP requests being answered now.",
	}, func() float64 { return float64(m.inFlight.Load()) })
	for _, c := range []prometheus.Collector{m.requests, m.duration, m.bytes, inFlight, m.panics} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("registering the HTTP metrics: %w", err)
		}
	}
	for _, p := range patterns {
		m.routes[p] = &route{family: family(p), pattern: p}
	}
	return m, nil
}

// Begin counts a request as being answered.
func (m *Meter) Begin() { m.inFlight.Add(1) }

// Panicked counts a contained panic.
func (m *Meter) Panicked() { m.panics.Inc() }

// End counts a request as answered. pattern is "" if no route matched.
func (m *Meter) End(pattern, method string, status int, bytes int64, took time.Duration) {
	m.inFlight.Add(-1)
	r, ok := m.routes[pattern]
	if !ok {
		r = m.unmatched
	}
	index := methodIndex(method)
	s := r.methods[index].Load()
	if s == nil {
		s = &series{
			duration: m.duration.WithLabelValues(r.family, r.pattern, methods[index]),
			bytes:    m.bytes.WithLabelValues(r.family, r.pattern, methods[index]),
		}
		// Two requests may get here at once; both series count into the same metrics.
		r.methods[index].Store(s)
	}
	s.duration.Observe(took.Seconds())
	s.bytes.Add(float64(bytes))
	if status < 100 || status > 599 {
		status = http.StatusInternalServerError
	}
	code := s.codes[status-100].Load()
	if code == nil {
		c := m.requests.WithLabelValues(r.family, r.pattern, methods[index], strconv.Itoa(status))
		code = &c
		s.codes[status-100].Store(code)
	}
	(*code).Inc()
}

func methodIndex(method string) int {
	for i, m := range methods[:methodCount-1] {
		if m == method {
			return i
		}
	}
	return methodCount - 1
}
