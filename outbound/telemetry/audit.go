package telemetry

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/ports/telemetry"
)

// Audit counts what becomes of audit entries.
type Audit struct {
	stored, lost prometheus.Counter
	waiting      prometheus.Gauge
}

var _ telemetry.Audit = (*Audit)(nil)

// NewAudit registers the audit log's metrics.
func NewAudit(r prometheus.Registerer) (*Audit, error) {
	a := &Audit{
		stored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "netweave_audit_entries_total", Help: "Audit entries that were stored.",
		}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "netweave_audit_lost_total", Help: "Audit entries that were given up, since too many waited for the store.",
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "netweave_audit_waiting", Help: "Audit entries that wait for the store.",
		}),
	}
	if err := errors.Join(r.Register(a.stored), r.Register(a.lost), r.Register(a.waiting)); err != nil {
		return nil, fmt.Errorf("registering the audit log's metrics: %w", err)
	}
	return a, nil
}

// Stored counts entries that are in the store.
func (a *Audit) Stored(entries int) { a.stored.Add(float64(entries)) }

// Waiting tells how many wait for the store.
func (a *Audit) Waiting(entries int) { a.waiting.Set(float64(entries)) }

// Lost counts entries that were given up.
func (a *Audit) Lost(entries int) { a.lost.Add(float64(entries)) }
