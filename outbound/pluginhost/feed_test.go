package pluginhost

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/backend"
)

// scenario runs one raw plugin.
func scenario(t *testing.T, name string) (bench, *Backend) {
	t.Helper()
	cfg := quick("raw")
	cfg.Timeouts.Read = 200 * time.Millisecond
	cfg.Limits.Objects, cfg.Limits.MessageBytes, cfg.Limits.TotalBytes = 10, 1<<20, 4<<10
	b := open(t, cfg)
	return b, b.running(t, map[string]string{"scenario": name})
}

func TestAWatchIsNotBelieved(t *testing.T) {
	for name, tc := range map[string]struct {
		said    string // to the sink
		code    error
		message string
	}{
		"cut in half":        {"begin, put a", backend.ErrBroken, "the plugin ended its watch in the middle of a snapshot"},
		"silent in half":     {"begin, put a", backend.ErrTimeout, "no answer within the adapter's time-out"},
		"no snapshot":        {"", backend.ErrBroken, "the plugin's watch does not begin with a snapshot"},
		"delete first":       {"", backend.ErrBroken, "the plugin's watch does not begin with a snapshot"},
		"synced first":       {"", backend.ErrBroken, "the plugin ended a snapshot that it never began"},
		"kind left out":      {"", backend.ErrBroken, "the plugin left out an object's kind"},
		"too many":           {"begin", backend.ErrBroken, "the plugin sent more than 10 objects"},
		"in circles":         {"begin" + strings.Repeat(", put a", 20), backend.ErrBroken, "the plugin's snapshot repeats itself without an end: nothing of it is believed"},
		"too large together": {"begin", backend.ErrBroken, "the plugin's objects take more than 4096 bytes"},
		"huge message":       {"", backend.ErrBroken, "received message larger than max"},
		"over at once":       {"begin, put a, synced", backend.ErrUnavailable, "the plugin ended its watch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, back := scenario(t, name)
			sink := newSheet()
			wantError(t, back.Watch(t.Context(), sink), tc.code, backend.SourcePlugin, tc.message)
			if sink.said() != tc.said {
				t.Errorf("the sink was told %q, want %q", sink.said(), tc.said)
			}
			if back.Info().State != backend.StateRunning {
				t.Errorf("state is %s: a wrong word is no crash", back.Info().State)
			}
		})
	}
}

func TestAWatchIsPassedOnInOrder(t *testing.T) {
	for name, said := range map[string]string{
		"in order":            "begin, put a, put b, synced, delete a, put a, delete b",
		"kind of the future":  "begin, put a, synced",
		"bad objects":         "begin, put a, put b, synced",
		"panicking log":       "begin, put a, synced",
		"line without an end": "begin, put a, synced",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, back := scenario(t, name)
			ctx, cancel := context.WithCancel(t.Context())
			sink, watch := newSheet(), make(chan error, 1)
			go func() { watch <- back.Watch(ctx, sink) }()
			eventually(t, "all was told", func() bool { return sink.said() == said })
			cancel()
			wantError(t, <-watch, context.Canceled, backend.SourceCaller, "")
			if name == "bad objects" {
				if n := sample(t, b.metrics, "netweave_plugin_refused_objects_total", map[string]string{"adapter": "one", "reason": "empty"}); n != 1 {
					t.Errorf("%v objects counted as empty, want 1", n)
				}
				if n := sample(t, b.metrics, "netweave_plugin_refused_objects_total", map[string]string{"adapter": "one", "reason": "id"}); n != 1 {
					t.Errorf("%v objects counted as without id, want 1", n)
				}
				if log := b.log.String(); !strings.Contains(log, `object of the plugin refused: kind=object id=x reason="it does not say what it is"`) {
					t.Error("the log does not say what was refused")
				}
			}
		})
	}
}

func TestASnapshotOfListsIsNotBelieved(t *testing.T) {
	for name, tc := range map[string]struct {
		said    string
		code    error // nil for a snapshot that is whole
		message string
	}{
		"good":           {"begin, put a, synced", nil, ""},
		"wrong noun":     {"begin, put a, synced", nil, ""},
		"cut in half":    {"begin, put a", backend.ErrBroken, "lost track"},
		"silent in half": {"begin", backend.ErrTimeout, "no answer within the adapter's time-out"},
		"huge message":   {"begin", backend.ErrBroken, "received message larger than max"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, back := scenario(t, name)
			sink := newSheet()
			err := back.Snapshot(t.Context(), sink)
			if tc.code == nil {
				if err != nil {
					t.Errorf("Snapshot: %v", err)
				}
			} else {
				wantError(t, err, tc.code, backend.SourcePlugin, tc.message)
			}
			if sink.said() != tc.said {
				t.Errorf("the sink was told %q, want %q", sink.said(), tc.said)
			}
			if name == "wrong noun" {
				if n := sample(t, b.metrics, "netweave_plugin_refused_objects_total", map[string]string{"adapter": "one", "reason": "kind"}); n != 1 {
					t.Errorf("%v objects counted as of the wrong kind, want 1", n)
				}
			}
		})
	}
	t.Run("endless", func(t *testing.T) {
		t.Parallel()
		_, back := scenario(t, "endless")
		sink := newSheet()
		wantError(t, back.Snapshot(t.Context(), sink), backend.ErrBroken, backend.SourcePlugin, "the plugin sent more than 10 objects")
		if sink.synced != 0 || len(sink.objects) > 10 {
			t.Errorf("the sink holds %d objects, synced %d times", len(sink.objects), sink.synced)
		}
	})
}

// What the view was told it keeps, whatever became of the feed.
func TestTheCountGoesFromFeedToFeed(t *testing.T) {
	_, back := scenario(t, "good")
	for range 3 {
		if err := back.Snapshot(t.Context(), newSheet()); err != nil {
			t.Fatal(err)
		}
		if c := back.in.census.Load(); c == nil || !c.complete || c.held.objects != 1 {
			t.Fatalf("%+v is counted, want one object", c)
		}
	}
}
