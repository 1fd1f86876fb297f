package accesslog

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func entry() *Entry {
	return &Entry{
		Time: time.Date(2026, 1, 31, 13, 4, 5, 6000, time.FixedZone("", 3600)), Duration: 1234567 * time.Nanosecond,
		Method: "GET", Path: "/a", Route: "/a", Status: 200, Bytes: 17, RequestID: "r", Remote: "127.0.0.1:9",
	}
}

func TestLines(t *testing.T) {
	full := entry()
	full.Query, full.User, full.Tenant = `x="<ä`+"\n\xff", "smo-1", "default"
	tests := []struct {
		name  string
		entry *Entry
		want  string
	}{
		{
			"anonymous", entry(),
			`{"time":"2026-01-31T12:04:05.000006Z","method":"GET","path":"/a","route":"/a","status":200,"bytes":17,` +
				`"duration":0.001235,"requestId":"r","remote":"127.0.0.1:9"}` + "\n",
		},
		{
			"full", full,
			`{"time":"2026-01-31T12:04:05.000006Z","method":"GET","path":"/a","query":"x=\"<ä\u000a\ufffd","route":"/a",` +
				`"status":200,"bytes":17,"duration":0.001235,"user":"smo-1","tenant":"default","requestId":"r","remote":"127.0.0.1:9"}` + "\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.entry.appendTo(nil, &clock{})); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestClock(t *testing.T) {
	var c clock
	for _, tt := range []struct {
		time time.Time
		want string
	}{
		{time.Unix(0, 0), "1970-01-01T00:00:00.000000Z"},
		{time.Unix(0, 999_999_999), "1970-01-01T00:00:00.999999Z"},
		{time.Unix(1, 1_000), "1970-01-01T00:00:01.000001Z"},
		{time.Unix(0, 50_000_000), "1970-01-01T00:00:00.050000Z"},
		{time.Unix(-1, 0), "1969-12-31T23:59:59.000000Z"},
	} {
		if got := string(c.append(nil, tt.time)); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestCloseWritesEverything(t *testing.T) {
	var sink bytes.Buffer
	l := New(&sink, slog.New(slog.DiscardHandler))
	const writers, each = 8, 500 // enough to wake the writer early
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				l.Append(entry())
			}
		})
	}
	wg.Wait()
	for range 2 {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	line := string(entry().appendTo(nil, &clock{}))
	if got := sink.String(); got != strings.Repeat(line, writers*each) {
		t.Errorf("%d bytes, want %d", len(got), writers*each*len(line))
	}
	l.Append(entry())
}

// stuck is a sink that waits.
type stuck struct {
	entered, release chan struct{}
	once             sync.Once
}

func (s *stuck) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.entered) })
	<-s.release
	return len(p), nil
}

func TestStuckSinkDelaysNobody(t *testing.T) {
	var log bytes.Buffer
	sink := &stuck{entered: make(chan struct{}), release: make(chan struct{})}
	l := New(sink, slog.New(slog.NewTextHandler(&log, nil)))
	big := entry()
	big.Path = strings.Repeat("x", flushAt)
	l.Append(big)
	<-sink.entered
	for range 2 * dropAt / flushAt {
		l.Append(big)
	}
	l.mu.Lock()
	size, dropped := len(l.gather), l.dropped
	l.mu.Unlock()
	if size > dropAt+2*flushAt || dropped == 0 {
		t.Errorf("%d bytes gathered, %d lines dropped", size, dropped)
	}
	close(sink.release)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "access log lines dropped") {
		t.Errorf("log: %s", &log)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestBrokenSinkIsTold(t *testing.T) {
	var log bytes.Buffer
	full := errors.New("no space left")
	l := New(broken{full}, slog.New(slog.NewTextHandler(&log, nil)))
	l.Append(entry())
	if err := l.Close(); !errors.Is(err, full) {
		t.Errorf("Close: %v", err)
	}
	if got := strings.Count(log.String(), "access log cannot be written"); got != 1 {
		t.Errorf("told %d times: %s", got, &log)
	}
}
