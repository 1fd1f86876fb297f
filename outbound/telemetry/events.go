package telemetry

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/telemetry"
)

// Events counts what happens between a change and its delivery. What only the
// leader knows, how the queues stand, is absent in every other process.
type Events struct {
	leading, partitions                       prometheus.Gauge
	fenced, reloaded, entries, coalesced      prometheus.Counter
	overflowed, delivered, retried, abandoned prometheus.Counter
	committed                                 *prometheus.CounterVec
	latency                                   prometheus.Histogram
	queues                                    *queues
}

var _ telemetry.Events = (*Events)(nil)

// deliveryBuckets are in seconds, from 5 ms to 10 minutes.
var deliveryBuckets = []float64{.005, .01, .02, .03, .05, .075, .1, .2, .5, 1, 2, 5, 15, 60, 120, 300, 600}

// NewEvents registers the event path's metrics.
func NewEvents(r prometheus.Registerer) (*Events, error) {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "netweave_" + name, Help: help})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "netweave_" + name, Help: help})
	}
	e := &Events{
		leading:    gauge("leader", "1 while this process leads: it alone turns changes into events."),
		partitions: gauge("partitions_held", "Partitions of subscriptions that this process delivers."),
		fenced:     counter("fencing_rejections_total", "Writes that the store refused since another process had taken over."),
		reloaded:   counter("leader_reloads_total", "Times that the leader read all told records and subscriptions anew."),
		entries:    counter("event_entries_total", "Entries that events put into subscriptions' queues."),
		coalesced:  counter("events_coalesced_total", "Queue entries that others took in."),
		overflowed: counter("queue_overflows_total", "Queues that went past the hard cap and were replaced by a fresh initial state."),
		delivered:  counter("deliveries_total", "Notifications that receivers accepted."),
		retried:    counter("delivery_retries_total", "Attempts to deliver that failed and are made again."),
		abandoned:  counter("dead_letters_total", "Events that were given up on."),
		committed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "netweave_events_committed_total", Help: "Changes of objects that became events, by type.",
		}, []string{"type"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "netweave_delivery_latency_seconds", Help: "Time from when a change was seen to when a receiver accepted it.",
			Buckets: deliveryBuckets,
		}),
		queues: newQueues(),
	}
	for _, t := range []o2.EventType{o2.EventCreated, o2.EventModified, o2.EventDeleted} {
		e.committed.WithLabelValues(t.String())
	}
	var errs []error
	for _, c := range []prometheus.Collector{
		e.leading, e.partitions, e.fenced, e.reloaded, e.entries, e.coalesced, e.overflowed, e.delivered, e.retried,
		e.abandoned, e.committed, e.latency, e.queues,
	} {
		errs = append(errs, r.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("registering the event path's metrics: %w", err)
	}
	return e, nil
}

// Leading tells whether this process leads.
func (e *Events) Leading(leads bool) {
	e.leading.Set(truth(leads))
	if !leads {
		e.queues.set(nil)
	}
}

// Fenced counts a write that was refused since somebody else had taken over.
func (e *Events) Fenced() { e.fenced.Inc() }

// Reloaded counts the times that the leader read everything anew.
func (e *Events) Reloaded() { e.reloaded.Inc() }

// Committed counts a change that became an event, and its queue entries.
func (e *Events) Committed(t o2.EventType, entries int) {
	e.committed.WithLabelValues(t.String()).Inc()
	e.entries.Add(float64(entries))
}

// Coalesced counts entries that others took in.
func (e *Events) Coalesced(entries int) { e.coalesced.Add(float64(entries)) }

// Overflowed counts queues that went past the hard cap.
func (e *Events) Overflowed() { e.overflowed.Inc() }

// Partitions tells how many partitions this process delivers.
func (e *Events) Partitions(held int) { e.partitions.Set(float64(held)) }

// Delivered tells how long a notification took.
func (e *Events) Delivered(latency time.Duration) {
	e.delivered.Inc()
	e.latency.Observe(max(0, latency).Seconds())
}

// Failed counts an attempt that will be made again.
func (e *Events) Failed() { e.retried.Inc() }

// DeadLettered counts an event that was given up on.
func (e *Events) DeadLettered() { e.abandoned.Inc() }

// Totals tells how all queues stand.
func (e *Events) Totals(t eventlog.Totals) { e.queues.set(&t) }

// queues collects how all queues stand, as the leader last told; ages are as of
// the scrape.
type queues struct {
	entries, oldest, letters, subscriptions, retrying *prometheus.Desc

	mu     sync.Mutex
	totals *eventlog.Totals // nil if another process leads
}

func newQueues() *queues {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("netweave_"+name, help+" Only the leader has it.", nil, nil)
	}
	return &queues{
		entries:       desc("queue_entries", "Entries in all subscriptions' queues."),
		oldest:        desc("queue_oldest_age_seconds", "Age of the oldest change in any queue, 0 if all are empty."),
		letters:       desc("dead_letters_held", "Events that were given up on and neither redelivered nor purged."),
		subscriptions: desc("subscriptions_active", "Subscriptions in force."),
		retrying:      desc("subscriptions_retrying", "Subscriptions whose first entry has failed before."),
	}
}

func (q *queues) set(t *eventlog.Totals) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.totals = t
}

// Describe sends every description.
func (q *queues) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{q.entries, q.oldest, q.letters, q.subscriptions, q.retrying} {
		ch <- d
	}
}

// Collect sends the present standing, nothing if another process leads.
func (q *queues) Collect(ch chan<- prometheus.Metric) {
	q.mu.Lock()
	t := q.totals
	q.mu.Unlock()
	if t == nil {
		return
	}
	age := 0.0
	if !t.Oldest.IsZero() {
		age = max(0, time.Since(t.Oldest).Seconds())
	}
	gauge := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	gauge(q.entries, float64(t.Entries))
	gauge(q.oldest, age)
	gauge(q.letters, float64(t.DeadLetters))
	gauge(q.subscriptions, float64(t.Subscriptions))
	gauge(q.retrying, float64(t.Retrying))
}
