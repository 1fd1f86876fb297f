package app

import (
	"crypto/rand"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/ports/configuration"
)

// The outcomes of reading a file anew.
const (
	outcomeApplied   = "applied"
	outcomeUnchanged = "unchanged"
	outcomeRefused   = "refused"
)

// reloadMetrics count what came of files.
type reloadMetrics struct {
	failed  prometheus.Gauge
	reloads *prometheus.CounterVec
}

func newReloadMetrics(r prometheus.Registerer) (*reloadMetrics, error) {
	m := &reloadMetrics{
		failed: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "netweave_config_reload_failed",
			Help: "1 while the configuration's file cannot be put in force as it is.",
		}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "netweave_config_reloads_total",
			Help: "Configurations that were read while running, by what came of it.",
		}, []string{"outcome"}),
	}
	for _, o := range []string{outcomeApplied, outcomeUnchanged, outcomeRefused} {
		m.reloads.WithLabelValues(o)
	}
	if err := r.Register(m.failed); err != nil {
		return nil, err
	}
	return m, r.Register(m.reloads)
}

// succeeded counts an outcome, unless it is "".
func (m *reloadMetrics) succeeded(outcome string) {
	m.failed.Set(0)
	if outcome == "" {
		return
	}
	m.reloads.WithLabelValues(outcome).Inc()
}

func (m *reloadMetrics) refused() {
	m.failed.Set(1)
	m.reloads.WithLabelValues(outcomeRefused).Inc()
}

// teller puts together what operators are told. It is for one goroutine.
type teller struct {
	now configuration.State
	// digests are those known, by what they are of: they take their time.
	digests map[config.Entry]string
}

type failure struct {
	at       time.Time
	problems []config.Problem
}

func newTeller(c *config.Config) *teller {
	t := &teller{digests: map[config.Entry]string{}}
	t.now.Path, t.now.Salt = c.Path, rand.Text()
	t.inForce(c, c.Entries())
	return t
}

// inForce has it tell that c is in force from now on.
func (t *teller) inForce(c *config.Config, entries []config.Entry) {
	t.now.Version, t.now.LoadedAt = c.Version(), time.Now().UTC()
	t.now.Generation++
	known := t.digests
	t.digests = map[config.Entry]string{}
	t.now.Settings = make([]configuration.Setting, 0, len(entries))
	for _, e := range entries {
		s := configuration.Setting{Key: e.Key, Value: e.Value}
		if e.Hidden {
			digest, ok := known[e]
			if !ok {
				digest = e.Digest(t.now.Salt)
			}
			t.digests[e] = digest
			s.Value, s.Digest = "", digest
		}
		t.now.Settings = append(t.now.Settings, s)
	}
}

func (t *teller) waiting(keys []string) { t.now.Waiting = keys }

func (t *teller) failed(f *failure) {
	if t.now.Failure = nil; f == nil {
		return
	}
	told := &configuration.Failure{At: f.at.UTC()}
	for _, p := range f.problems {
		told.Problems = append(told.Problems, configuration.Problem{Key: p.Key, Line: p.Line, Reason: p.Reason})
	}
	t.now.Failure = told
}

// state is what is to be told now.
func (t *teller) state() *configuration.State {
	s := t.now
	return &s
}
