package sdk

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// newLogger makes the loggers of a plugin's process: both write the lines that
// the host reads back as structured records. The host decides what to show.
func newLogger(w io.Writer) (hclog.Logger, *slog.Logger) {
	h := hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: w, JSONFormat: true})
	return h, slog.New(&logHandler{out: h})
}

// logHandler is a slog.Handler that writes to an hclog.Logger. Groups become
// prefixes of the keys: hclog's records are flat.
type logHandler struct {
	out    hclog.Logger
	attrs  []any
	prefix string
}

// Enabled tells whether hclog writes records of the level.
func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return hclogLevel(level) >= h.out.GetLevel()
}

// Handle writes a record.
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	args := slices.Clip(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		args = appendAttr(args, h.prefix, a)
		return true
	})
	h.out.Log(hclogLevel(r.Level), r.Message, args...)
	return nil
}

// WithAttrs adds attributes to every record.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	args := slices.Clip(h.attrs)
	for _, a := range attrs {
		args = appendAttr(args, h.prefix, a)
	}
	return &logHandler{out: h.out, attrs: args, prefix: h.prefix}
}

// WithGroup prefixes the keys that follow.
func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &logHandler{out: h.out, attrs: h.attrs, prefix: h.prefix + name + "."}
}

func appendAttr(args []any, prefix string, a slog.Attr) []any {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, inner := range value.Group() {
			args = appendAttr(args, prefix, inner)
		}
		return args
	}
	if a.Equal(slog.Attr{}) {
		return args
	}
	key := prefix + a.Key
	// hclog's own keys start with @; one of ours must not pass for them.
	return append(args, strings.TrimPrefix(key, "@"), value.Any())
}

func hclogLevel(l slog.Level) hclog.Level {
	switch {
	case l >= slog.LevelError:
		return hclog.Error
	case l >= slog.LevelWarn:
		return hclog.Warn
	case l >= slog.LevelInfo:
		return hclog.Info
	case l >= slog.LevelDebug:
		return hclog.Debug
	default:
		return hclog.Trace
	}
}
