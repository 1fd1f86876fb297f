package oidc

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	ok, failed prometheus.Counter
	at         prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	readings := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "netweave", Subsystem: "oidc", Name: "key_readings_total",
		Help: "Attempts to read the identity provider's keys.",
	}, []string{"result"})
	m := &metrics{
		ok: readings.WithLabelValues("ok"), failed: readings.WithLabelValues("failed"),
		at: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "netweave", Subsystem: "oidc", Name: "keys_read_timestamp_seconds",
			Help: "When the identity provider's keys were last read; 0 for never.",
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{readings, m.at} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) read(err error, now time.Time) {
	if err != nil {
		m.failed.Inc()
		return
	}
	m.ok.Inc()
	m.at.Set(float64(now.Unix()))
}
