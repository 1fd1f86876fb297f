package webhook

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// outcome is what came of an attempt, for metrics.
type outcome string

const (
	outcome2xx     outcome = "2xx"
	outcome3xx     outcome = "3xx"
	outcome4xx     outcome = "4xx"
	outcome5xx     outcome = "5xx"
	outcomeNetwork outcome = "network"
	outcomeRefused outcome = "refused_by_policy"
	outcomeToken   outcome = "no_token"
	outcomeHeld    outcome = "held"
)

var outcomes = []outcome{
	outcome2xx, outcome3xx, outcome4xx, outcome5xx, outcomeNetwork, outcomeRefused, outcomeToken, outcomeHeld,
}

type metrics struct {
	attempts map[outcome]prometheus.Counter
	duration prometheus.Histogram
}

// newMetrics registers them; open counts the breakers that are open.
func newMetrics(reg prometheus.Registerer, open func() float64) (*metrics, error) {
	attempts := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "netweave", Subsystem: "webhook", Name: "attempts_total",
		Help: "Attempts to deliver a notification by what came of them; held ones were not sent.",
	}, []string{"outcome"})
	m := &metrics{
		attempts: map[outcome]prometheus.Counter{},
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "netweave", Subsystem: "webhook", Name: "attempt_duration_seconds",
			Help:    "Duration of attempts that were sent, to the end of the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}),
	}
	for _, o := range outcomes {
		m.attempts[o] = attempts.WithLabelValues(string(o))
	}
	breakers := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "netweave", Subsystem: "webhook", Name: "breakers_open",
		Help: "Callback hosts that are left alone for a moment, since they failed.",
	}, open)
	for _, c := range []prometheus.Collector{attempts, m.duration, breakers} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) observe(o outcome, took time.Duration) {
	m.attempts[o].Inc()
	if o != outcomeHeld && o != outcomeRefused && o != outcomeToken {
		m.duration.Observe(took.Seconds())
	}
}
