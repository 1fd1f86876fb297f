package telemetry

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/telemetry"
)

// Alarms counts what becomes of alarms, and collects how many there are.
type Alarms struct {
	raised, cleared, failed *prometheus.CounterVec
	refused                 prometheus.Counter
}

var _ telemetry.Alarms = (*Alarms)(nil)

// Severities counts the alarms by severity.
type Severities func() [o2.SeverityCleared + 1]int

// NewAlarms registers the metrics of alarms.
func NewAlarms(r prometheus.Registerer, now Severities) (*Alarms, error) {
	counters := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "o2ims_" + name, Help: help}, []string{label})
	}
	a := &Alarms{
		raised:  counters("alarms_raised_total", "Alarms that were raised through this process, by the adapter or receiver that reports them.", "source"),
		cleared: counters("alarms_cleared_total", "Alarms that were cleared through this process, by the adapter or receiver that reports them.", "source"),
		failed:  counters("alarm_poll_failures_total", "Times that an adapter could not be asked for its alarms.", "adapter"),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "o2ims_alarms_refused_total", Help: "Times that an alarm was not raised since there are too many records.",
		}),
	}
	gauge := &severities{now: now, desc: prometheus.NewDesc("o2ims_alarms", "Alarm event records that are kept, by severity.", []string{"severity"}, nil)}
	var errs []error
	for _, c := range []prometheus.Collector{a.raised, a.cleared, a.failed, a.refused, gauge} {
		errs = append(errs, r.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("registering the metrics of alarms: %w", err)
	}
	return a, nil
}

// Raised counts an alarm of a source.
func (a *Alarms) Raised(source string) { a.raised.WithLabelValues(source).Inc() }

// Cleared counts an alarm of a source.
func (a *Alarms) Cleared(source string) { a.cleared.WithLabelValues(source).Inc() }

// PollFailed counts a question that an adapter did not answer.
func (a *Alarms) PollFailed(adapter string) { a.failed.WithLabelValues(adapter).Inc() }

// Refused counts alarms that were not raised.
func (a *Alarms) Refused(alarms int) { a.refused.Add(float64(alarms)) }

// severities collects how many alarms there are.
type severities struct {
	now  Severities
	desc *prometheus.Desc
}

func (s *severities) Describe(ch chan<- *prometheus.Desc) { ch <- s.desc }

func (s *severities) Collect(ch chan<- prometheus.Metric) {
	for severity, n := range s.now() {
		ch <- prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, float64(n), o2.Severity(severity).String())
	}
}
