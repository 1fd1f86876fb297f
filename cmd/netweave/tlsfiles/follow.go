package tlsfiles

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// file is one that the configuration names.
type file struct {
	// key is the setting that names it.
	key, path string
	data      []byte
	err       error
}

// read reads files, each "" path left out.
func read(files []file) []file {
	var found []file
	for _, f := range files {
		if f.path == "" {
			continue
		}
		f.data, f.err = os.ReadFile(f.path)
		found = append(found, f)
	}
	return found
}

// digest tells contents apart without keeping them: some are private keys.
func digest(files []file) (sum [sha256.Size]byte) {
	h := sha256.New()
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	for _, f := range files {
		part([]byte(f.key))
		part(f.data)
		if f.err != nil {
			part([]byte(f.err.Error()))
		}
	}
	h.Sum(sum[:0])
	return sum
}

// followed is a set of files that are used together.
type followed struct {
	// name is their label in metrics.
	name  string
	files []file
	// use takes contents into use, or says what is wrong with them.
	use func(files []file) []config.Problem
	// remark says what is worth a warning although it is in use, "" if nothing.
	remark func(now time.Time) string
	// expiries are when what is in use ends, by label.
	expiries func() map[string]time.Time

	// What follows is the Watch's goroutine's alone, once it is watched.
	inForce, last       [sha256.Size]byte
	complaint, remarked string
}

// load reads the files for the first time.
func (f *followed) load() []config.Problem {
	files := read(f.files)
	f.inForce = digest(files)
	f.last = f.inForce
	return f.use(files)
}

// look reads the files again.
func (f *followed) look(log *slog.Logger, failed prometheus.Gauge, now time.Time) {
	files := read(f.files)
	sum := digest(files)
	settled := sum == f.last
	f.last = sum
	switch {
	case !settled:
	case sum == f.inForce:
		failed.Set(0)
		f.complaint = ""
	default:
		f.take(files, sum, log, failed)
	}
	if f.remark == nil {
		return
	}
	text := f.remark(now)
	if text != "" && text != f.remarked {
		log.Warn(text)
	}
	f.remarked = text
}

func (f *followed) take(files []file, sum [sha256.Size]byte, log *slog.Logger, failed prometheus.Gauge) {
	problems := f.use(files)
	if len(problems) == 0 {
		f.inForce, f.complaint = sum, ""
		failed.Set(0)
		log.Info("TLS files have changed and are in use", "files", f.name)
		return
	}
	failed.Set(1)
	var text strings.Builder
	for _, p := range problems {
		text.WriteString(p.String())
	}
	if text.String() == f.complaint {
		return
	}
	f.complaint = text.String()
	for _, p := range problems {
		log.Error("TLS files cannot be used: what they held before stays in use", "key", p.Key, "reason", p.Reason)
	}
}

// Watch follows files. The nil Watch follows nothing.
type Watch struct {
	log    *slog.Logger
	failed *prometheus.GaugeVec

	mu       sync.Mutex
	followed []*followed
}

// interval is how often files are read: a change counts within two.
const interval = 500 * time.Millisecond

// NewWatch returns a Watch whose metrics are registered.
func NewWatch(log *slog.Logger, r prometheus.Registerer) (*Watch, error) {
	w := &Watch{log: log, failed: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "netweave_tls_reload_failed",
		Help: "1 while TLS files cannot be used, and what they held before is in use.",
	}, []string{"files"})}
	if err := r.Register(w.failed); err != nil {
		return nil, err
	}
	return w, r.Register(w)
}

// Subject is what a Watch can follow: a *Server or a *Client.
type Subject interface{ subject() *followed }

// Follow adds s, of which there may be one by its name.
func (w *Watch) Follow(s Subject) {
	if w == nil {
		return
	}
	f := s.subject()
	w.failed.WithLabelValues(f.name).Set(0)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.followed = append(w.followed, f)
}

// Run reads the files again and again until ctx ends, whose error it returns.
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-tick.C:
			w.look(now)
		}
	}
}

func (w *Watch) look(now time.Time) {
	for _, f := range w.all() {
		f.look(w.log, w.failed.WithLabelValues(f.name), now)
	}
}

func (w *Watch) all() []*followed {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*followed(nil), w.followed...)
}

var expiry = prometheus.NewDesc("o2ims_tls_cert_expiry_seconds",
	"Time until the first of the certificates in a file ends; of crl, until the first list should have been renewed.", []string{"file"}, nil)

// Describe sends the description of the expiries.
func (w *Watch) Describe(ch chan<- *prometheus.Desc) { ch <- expiry }

// Collect sends the expiries as they are now.
func (w *Watch) Collect(ch chan<- prometheus.Metric) {
	for _, f := range w.all() {
		for label, at := range f.expiries() {
			ch <- prometheus.MustNewConstMetric(expiry, prometheus.GaugeValue, time.Until(at).Seconds(), label)
		}
	}
}
