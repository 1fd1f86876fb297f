package redis

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics is what is measured of the store.
type metrics struct {
	registerer  prometheus.Registerer
	latency     *prometheus.HistogramVec
	failures    *prometheus.CounterVec
	connections prometheus.Counter
	servers     prometheus.Counter
	server      atomic.Pointer[string] // the run id of the server last connected to
}

// newMetrics registers the metrics with r, if there is one.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		registerer: r,
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "netweave_redis_script_seconds", Help: "Time from sending a script to its answer, WAIT and the question to the Sentinels included.",
			Buckets: []float64{.0002, .0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5},
		}, []string{"script"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "netweave_redis_errors_total", Help: "Scripts that failed, by what kind of error.",
		}, []string{"script", "kind"}),
		connections: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "netweave_redis_connections_total", Help: "Connections made to Redis.",
		}),
		servers: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "netweave_redis_server_changes_total",
			Help: "Times that a connection led to another server process than before: failovers and restarts.",
		}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range m.collectors() {
		if err := r.Register(c); err != nil {
			m.close()
			return nil, fmt.Errorf("register the metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.latency, m.failures, m.connections, m.servers}
}

// close takes the metrics back.
func (m *metrics) close() {
	if m.registerer == nil {
		return
	}
	for _, c := range m.collectors() {
		m.registerer.Unregister(c)
	}
}

// begin starts to measure a script; the function returned ends it.
func (m *metrics) begin(script string) func(error) {
	started := time.Now()
	return func(err error) {
		m.latency.WithLabelValues(script).Observe(time.Since(started).Seconds())
		if err != nil {
			m.failure(script, kind(err))
		}
	}
}

func (m *metrics) failure(script, kind string) { m.failures.WithLabelValues(script, kind).Inc() }

// connected counts a connection to the server with that run id, and tells
// whether it is another one than the last.
func (m *metrics) connected(runID string) (changed bool) {
	m.connections.Inc()
	before := m.server.Swap(&runID)
	changed = before != nil && *before != runID
	if changed {
		m.servers.Inc()
	}
	return changed
}
