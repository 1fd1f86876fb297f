package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// Backends collects the standing of every backend at the time of a scrape. It
// is safe for concurrent use, as the port that it asks is.
type Backends struct {
	statuses inventory.Statuses

	objects, age, synced, degraded, refused, snapshots, restarts, state, ready *prometheus.Desc
}

var states = []backend.State{
	backend.StateStarting, backend.StateRunning, backend.StateRestarting, backend.StateQuarantined, backend.StateStopped,
}

// NewBackends returns a collector over statuses, to be registered.
func NewBackends(statuses inventory.Statuses) *Backends {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("netweave_"+name, help, labels, nil)
	}
	return &Backends{
		statuses:  statuses,
		objects:   desc("backend_objects", "Objects in the backend's view.", "backend", "kind"),
		age:       desc("backend_view_age_seconds", "How long ago the backend's view was known to be current; absent before the first snapshot.", "backend"),
		synced:    desc("backend_synced", "1 once a full snapshot of the backend was applied.", "backend"),
		degraded:  desc("backend_degraded", "1 while the view is older than its allowance or the backend was given up on for readiness.", "backend"),
		refused:   desc("backend_refused_objects_total", "Objects that the view refused: foreign ids and duplicates.", "backend"),
		snapshots: desc("backend_snapshots_total", "Snapshots that ran to their end.", "backend"),
		restarts:  desc("backend_restarts_total", "Restarts of the backend's plugin.", "backend"),
		state:     desc("backend_state", "1 for the state that the backend's plugin is in, 0 for the others.", "backend", "state"),
		ready:     desc("ready", "1 once every backend has synced or was given up on for now."),
	}
}

// Describe sends every description.
func (b *Backends) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{b.objects, b.age, b.synced, b.degraded, b.refused, b.snapshots, b.restarts, b.state, b.ready} {
		ch <- d
	}
}

// Collect sends the present standing.
func (b *Backends) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	gauge(b.ready, truth(b.statuses.Ready()))
	for _, s := range b.statuses.Statuses() {
		for _, kind := range o2.Kinds() {
			gauge(b.objects, float64(s.Objects[kind]), s.Name, kind.String())
		}
		if s.Synced {
			gauge(b.age, s.Age.Seconds(), s.Name)
		}
		gauge(b.synced, truth(s.Synced), s.Name)
		gauge(b.degraded, truth(s.Degraded), s.Name)
		counter(b.refused, float64(s.Refused), s.Name)
		counter(b.snapshots, float64(s.Snapshots), s.Name)
		counter(b.restarts, float64(s.Restarts), s.Name)
		for _, state := range states {
			gauge(b.state, truth(s.State == state), s.Name, string(state))
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
