package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// Backends collects the standing of every backend's view at the time of a
// scrape; what its plugin's process does is counted where it is run. It is safe
// for concurrent use, as the port that it asks is.
type Backends struct {
	statuses inventory.Statuses

	objects, age, synced, degraded, refused, snapshots, ready *prometheus.Desc
}

// NewBackends returns a collector over statuses, to be registered.
func NewBackends(statuses inventory.Statuses) *Backends {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("netweave_"+name, help, labels, nil)
	}
	return &Backends{
		statuses:  statuses,
		objects:   desc("view_objects", "Objects in the backend's view.", "adapter", "kind"),
		age:       desc("view_age_seconds", "How long ago the backend's view was known to be current; absent before the first snapshot.", "adapter"),
		synced:    desc("view_synced", "1 once a full snapshot of the backend was applied.", "adapter"),
		degraded:  desc("view_degraded", "1 while the view is older than its allowance or the backend was given up on for readiness.", "adapter"),
		refused:   desc("view_refused_objects_total", "Objects that the view refused: foreign ids and duplicates.", "adapter"),
		snapshots: desc("view_snapshots_total", "Snapshots that ran to their end.", "adapter"),
		ready:     desc("ready", "1 once every backend has synced or was given up on for now."),
	}
}

// Describe sends every description.
func (b *Backends) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{b.objects, b.age, b.synced, b.degraded, b.refused, b.snapshots, b.ready} {
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
		for _, kind := range o2.InventoryKinds() {
			gauge(b.objects, float64(s.Objects[kind]), s.Name, kind.String())
		}
		if s.Synced {
			gauge(b.age, s.Age.Seconds(), s.Name)
		}
		gauge(b.synced, truth(s.Synced), s.Name)
		gauge(b.degraded, truth(s.Degraded), s.Name)
		counter(b.refused, float64(s.Refused), s.Name)
		counter(b.snapshots, float64(s.Snapshots), s.Name)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
