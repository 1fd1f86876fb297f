package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/netweave/netweave/outbound/telemetry"
)

type secretive struct{}

func (secretive) LogValue() slog.Value { return slog.StringValue("[hidden]") }

func TestSlogLinesAreTheLoggersLines(t *testing.T) {
	for _, tc := range []struct {
		name string
		log  func(*slog.Logger)
		want map[string]any
	}{
		{"plain", func(l *slog.Logger) { l.Info("synced", "objects", 3, "ok", true) },
			map[string]any{"@level": "info", "@message": "synced", "objects": 3.0, "ok": true}},
		{"trace", func(l *slog.Logger) { l.Log(t.Context(), slog.LevelDebug-4, "fine") },
			map[string]any{"@level": "trace", "@message": "fine"}},
		{"debug", func(l *slog.Logger) { l.Debug("d") }, map[string]any{"@level": "debug", "@message": "d"}},
		{"warn", func(l *slog.Logger) { l.Warn("w") }, map[string]any{"@level": "warn", "@message": "w"}},
		{"error with an error", func(l *slog.Logger) { l.Error("e", "error", errors.New("gone")) },
			map[string]any{"@level": "error", "@message": "e", "error": "gone"}},
		{"duration in words", func(l *slog.Logger) { l.Info("d", "after", 1500*time.Millisecond) },
			map[string]any{"@level": "info", "@message": "d", "after": "1.5s"}},
		{"with", func(l *slog.Logger) { l.With("backend", "lab").Info("m", "n", 1) },
			map[string]any{"@level": "info", "@message": "m", "backend": "lab", "n": 1.0}},
		{"groups", func(l *slog.Logger) {
			l.WithGroup("http").With("method", "GET").WithGroup("peer").Info("m", "ip", "::1", slog.Group("tls", "on", false))
		}, map[string]any{"@level": "info", "@message": "m", "http.method": "GET", "http.peer.ip": "::1", "http.peer.tls.on": false}},
		{"a group without name is inlined", func(l *slog.Logger) { l.Info("m", slog.Group("", "a", "b")) },
			map[string]any{"@level": "info", "@message": "m", "a": "b"}},
		{"empty things are left out", func(l *slog.Logger) { l.WithGroup("").With().Info("m", slog.Attr{}, slog.Group("g")) },
			map[string]any{"@level": "info", "@message": "m"}},
		{"a value decides how it is shown", func(l *slog.Logger) { l.Info("m", "config", secretive{}) },
			map[string]any{"@level": "info", "@message": "m", "config": "[hidden]"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			logger, err := telemetry.NewLogger(telemetry.LogConfig{Level: "trace", JSON: true}, &out)
			if err != nil {
				t.Fatal(err)
			}
			tc.log(telemetry.NewSlog(logger))
			var got map[string]any
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("%v in %q", err, out.String())
			}
			delete(got, "@timestamp")
			tc.want["@module"] = "netweave"
			if !maps.Equal(got, tc.want) {
				t.Errorf("\n got %v\nwant %v", got, tc.want)
			}
		})
	}
}

func TestSlogFollowsTheLoggersLevel(t *testing.T) {
	for _, tc := range []struct {
		level string
		want  []bool // trace, debug, info, warn, error
	}{
		{"trace", []bool{true, true, true, true, true}},
		{"debug", []bool{false, true, true, true, true}},
		{"info", []bool{false, false, true, true, true}},
		{"warn", []bool{false, false, false, true, true}},
		{"error", []bool{false, false, false, false, true}},
	} {
		var out bytes.Buffer
		logger, err := telemetry.NewLogger(telemetry.LogConfig{Level: tc.level}, &out)
		if err != nil {
			t.Fatal(err)
		}
		l := telemetry.NewSlog(logger)
		for i, level := range []slog.Level{slog.LevelDebug - 4, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			out.Reset()
			l.Log(t.Context(), level, "m")
			if got := l.Enabled(t.Context(), level); got != tc.want[i] || (out.Len() > 0) != tc.want[i] {
				t.Errorf("logger at %s, record at %s: enabled %t, wrote %q, want %t", tc.level, level, got, out.String(), tc.want[i])
			}
		}
	}
}

func TestLoggerRefusesOtherLevels(t *testing.T) {
	for _, level := range []string{"", "loud", "off"} {
		if _, err := telemetry.NewLogger(telemetry.LogConfig{Level: level}, &bytes.Buffer{}); err == nil {
			t.Errorf("level %q was accepted", level)
		}
	}
}
