package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Reads collects what came of reads: answered from the views, or refused since
// nothing that they cover had been read from a backend yet. Reads that wait for a
// backend are not counted: there are none.
type Reads struct {
	count func() (answered, refused uint64)
	desc  *prometheus.Desc
}

// NewReads returns a collector over count, to be registered.
func NewReads(count func() (answered, refused uint64)) *Reads {
	return &Reads{count: count, desc: prometheus.NewDesc("netweave_reads_total",
		"Lists and gets: answered from the views, or refused (not_synced) since no backend that they cover has been read.",
		[]string{"outcome"}, nil)}
}

// Describe sends the description.
func (r *Reads) Describe(ch chan<- *prometheus.Desc) { ch <- r.desc }

// Collect sends the present counts.
func (r *Reads) Collect(ch chan<- prometheus.Metric) {
	answered, refused := r.count()
	ch <- prometheus.MustNewConstMetric(r.desc, prometheus.CounterValue, float64(answered), "answered")
	ch <- prometheus.MustNewConstMetric(r.desc, prometheus.CounterValue, float64(refused), "not_synced")
}
