package pluginhost

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/ports/backend"
)

// method names a call in metrics.
type method string

const (
	methodHealth      method = "Health"
	methodWatch       method = "Watch"
	methodSnapshot    method = "Snapshot"
	methodCreatePool  method = "CreateResourcePool"
	methodUpdatePool  method = "UpdateResourcePool"
	methodDeletePool  method = "DeleteResourcePool"
	methodCreate      method = "CreateResource"
	methodDelete      method = "DeleteResource"
	methodAlarms      method = "ListAlarms"
	methodAcknowledge method = "AcknowledgeAlarm"
)

var (
	states        = []backend.State{backend.StateStarting, backend.StateRunning, backend.StateRestarting, backend.StateQuarantined, backend.StateStopped}
	breakerStates = []string{"closed", "half-open", "open"}
)

// metrics are a host's; their labels are bounded: adapters are configured,
// methods, codes, states and reasons are ours.
type metrics struct {
	calls     *prometheus.CounterVec
	durations *prometheus.HistogramVec
	restarts  *prometheus.CounterVec
	state     *prometheus.GaugeVec
	breaker   *prometheus.GaugeVec
	refused   *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	replaced  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "netweave", Subsystem: "plugin", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "netweave", Subsystem: "plugin", Name: name, Help: help}, labels)
	}
	m := &metrics{
		calls: counter("calls_total", "Calls to a plugin by what came of them.", "adapter", "method", "code"),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "netweave", Subsystem: "plugin", Name: "call_duration_seconds",
			Help:    "Duration of calls to a plugin; of Watch and Snapshot, how long they ran.",
			Buckets: []float64{.001, .005, .025, .1, .5, 1, 5, 15, 60},
		}, []string{"adapter", "method"}),
		restarts: counter("restarts_total", "Starts of a plugin after the first.", "adapter"),
		state:    gauge("state", "1 for the state that the adapter's plugin is in.", "adapter", "state"),
		breaker:  gauge("breaker_state", "1 for the state that the adapter's breaker is in.", "adapter", "state"),
		refused:  counter("refused_objects_total", "Objects from a plugin that were malformed and left out.", "adapter", "reason"),
		dropped:  counter("dropped_log_lines_total", "Log lines of a plugin beyond its rate.", "adapter"),
		replaced: counter("replacements_total", "Replacements of a running plugin by what came of them.", "adapter", "outcome"),
	}
	for _, c := range []prometheus.Collector{m.calls, m.durations, m.restarts, m.state, m.breaker, m.refused, m.dropped, m.replaced} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// adapterMetrics are one adapter's children.
type adapterMetrics struct {
	adapter  string
	all      *metrics
	restarts prometheus.Counter
	dropped  prometheus.Counter
}

func (m *metrics) of(adapter string) *adapterMetrics {
	for _, outcome := range []string{outcomeReplaced, outcomeFailed} {
		m.replaced.WithLabelValues(adapter, outcome) // which begins at 0
	}
	return &adapterMetrics{
		adapter: adapter, all: m,
		restarts: m.restarts.WithLabelValues(adapter), dropped: m.dropped.WithLabelValues(adapter),
	}
}

func (a *adapterMetrics) observe(name method, code string, d time.Duration) {
	a.all.calls.WithLabelValues(a.adapter, string(name), code).Inc()
	a.all.durations.WithLabelValues(a.adapter, string(name)).Observe(d.Seconds())
}

func (a *adapterMetrics) setState(now backend.State) {
	for _, s := range states {
		a.all.state.WithLabelValues(a.adapter, string(s)).Set(oneIf(s == now))
	}
}

func (a *adapterMetrics) setBreaker(now string) {
	for _, s := range breakerStates {
		a.all.breaker.WithLabelValues(a.adapter, s).Set(oneIf(s == now))
	}
}

func (a *adapterMetrics) refuse(reason refusedBecause) {
	a.all.refused.WithLabelValues(a.adapter, string(reason)).Inc()
}

// The outcomes of a replacement.
const (
	outcomeReplaced = "replaced"
	outcomeFailed   = "failed"
)

func (a *adapterMetrics) replacement(outcome string) {
	a.all.replaced.WithLabelValues(a.adapter, outcome).Inc()
}

// remove forgets an adapter that was stopped.
func (a *adapterMetrics) remove() {
	labels := prometheus.Labels{"adapter": a.adapter}
	for _, vec := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
		a.all.calls, a.all.durations, a.all.restarts, a.all.state, a.all.breaker, a.all.refused, a.all.dropped, a.all.replaced,
	} {
		vec.DeletePartialMatch(labels)
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
