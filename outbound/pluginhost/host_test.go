package pluginhost

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

// patience bounds every wait of these tests; nothing is expected to take it.
const patience = 20 * time.Second

func writeFD(fd int, s string) { _, _ = syscall.Write(fd, []byte(s)) }

func stopSelf() { _ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP) }

// logBook keeps what is logged.
type logBook struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// bench is one host with the suite's plugin, and what came out of it.
type bench struct {
	*Host
	log     *logBook
	metrics *prometheus.Registry
}

// quick is a configuration that loses no time.
func quick(mode string) Config {
	return Config{
		Dir: suite.plugins, StateDir: suite.state,
		Environ:      []string{modeVariable + "=" + mode, "SECRET=do not show"},
		EnvAllow:     []string{"FAKE_*"},
		CloseTimeout: 500 * time.Millisecond,
		Restart: Restart{
			MinBackoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond, Crashes: 3, Window: time.Minute,
			CoolDown: time.Hour, RefusedBackoff: time.Hour,
		},
	}
}

func open(t *testing.T, cfg Config) bench {
	t.Helper()
	b := bench{log: &logBook{}, metrics: prometheus.NewRegistry()}
	log := hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: io.Writer(b.log)})
	host, err := New(cfg, log, b.metrics)
	if err != nil {
		t.Fatal(err)
	}
	b.Host = host
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := host.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		if t.Failed() {
			t.Logf("log:\n%s", b.log)
		}
	})
	return b
}

func (b bench) start(t *testing.T, name string, cfg any) *Backend {
	t.Helper()
	back, err := b.Start(Adapter{Name: name, Plugin: "fake", Config: section(t, cfg)})
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// running starts an adapter and waits until its plugin runs.
func (b bench) running(t *testing.T, cfg any) *Backend {
	t.Helper()
	back := b.start(t, "one", cfg)
	eventually(t, "the plugin runs", func() bool { return back.Info().State == backend.StateRunning })
	return back
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// wantError checks code, source and a part of the message.
func wantError(t *testing.T, err error, code error, source backend.Source, message string) {
	t.Helper()
	e, ok := errors.AsType[*backend.Error](err)
	if !ok {
		t.Fatalf("error %v (%T), want a *backend.Error", err, err)
	}
	if !errors.Is(e, code) || e.Source != source || !strings.Contains(e.Message, message) {
		t.Fatalf("error %q of source %s, want %q of source %s with %q", e, e.Source, code, source, message)
	}
}

// sheet is a sink that writes down what it is told, and keeps what is there.
type sheet struct {
	mu      sync.Mutex
	events  []string
	objects map[o2.ID]o2.Object
	synced  int
	seen    map[o2.ID]bool
	covers  o2.KindSet
}

func newSheet() *sheet { return &sheet{objects: map[o2.ID]o2.Object{}} }

func (s *sheet) note(event string) { s.events = append(s.events, event) }

func (s *sheet) Begin(kinds o2.KindSet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("begin")
	s.seen, s.covers = map[o2.ID]bool{}, kinds
	return nil
}

func (s *sheet) Put(objects []o2.Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range objects {
		s.note("put " + o.Head().NativeID)
		s.objects[o.Head().ID] = o
		if s.seen != nil {
			s.seen[o.Head().ID] = true
		}
	}
	return nil
}

func (s *sheet) Delete(_ o2.Kind, ids []o2.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.note("delete " + s.objects[id].Head().NativeID)
		delete(s.objects, id)
	}
	return nil
}

func (s *sheet) Synced() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("synced")
	for id, o := range s.objects {
		if s.covers.Has(o.Kind()) && !s.seen[id] {
			delete(s.objects, id)
		}
	}
	s.seen = nil
	s.synced++
	return nil
}

func (s *sheet) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.events, ", ")
}

func (s *sheet) get(native string) o2.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.objects {
		if o.Head().NativeID == native {
			return o
		}
	}
	return nil
}

// hang never returns. A pending timer keeps the runtime from calling that a
// deadlock.
func hang() {
	for {
		<-time.After(time.Hour)
	}
}
