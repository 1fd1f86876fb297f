package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"testing"
)

func TestLoggerWritesWhatTheHostReads(t *testing.T) {
	var out bytes.Buffer
	_, logger := newLogger(&out)
	logger.With("region", "north").WithGroup("call").With("id", 7).
		Warn("slow", "ms", 12, slog.Group("backend", "host", "h1"), "error", errors.New("late"), "@level", "forged")

	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, out.Bytes())
	}
	delete(got, "@timestamp")
	want := map[string]any{
		"@level": "warn", "@message": "slow", "region": "north", "call.id": 7.0, "call.ms": 12.0,
		"call.backend.host": "h1", "call.error": "late", "call.@level": "forged",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestLoggerLevels(t *testing.T) {
	var out bytes.Buffer
	_, logger := newLogger(&out)
	logger.Log(t.Context(), slog.LevelDebug-4, "trace")
	if out.Len() != 0 || logger.Enabled(t.Context(), slog.LevelDebug-4) {
		t.Errorf("a trace was written: %s", out.Bytes())
	}
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "debug", slog.LevelInfo: "info", slog.LevelInfo + 1: "info",
		slog.LevelWarn: "warn", slog.LevelError: "error", slog.LevelError + 4: "error",
	} {
		out.Reset()
		logger.Log(t.Context(), level, "m", "@level", "forged")
		var got map[string]any
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got["@level"] != want || got["level"] != "forged" {
			t.Errorf("%v: got %v, want @level %s", level, got, want)
		}
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
