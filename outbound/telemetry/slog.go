package telemetry

import (
	"context"
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// handler is a slog.Handler over an hclog.Logger. Groups become prefixes with a
// dot, since hclog's attributes are flat.
type handler struct {
	logger hclog.Logger
	prefix string
}

// NewSlog returns a logger for those who want log/slog; its lines are logger's,
// and so is its level.
func NewSlog(logger hclog.Logger) *slog.Logger { return slog.New(NewSlogHandler(logger)) }

// NewSlogHandler returns a slog.Handler that hands every record to logger.
func NewSlogHandler(logger hclog.Logger) slog.Handler { return &handler{logger: logger} }

// Enabled reports whether logger takes the level.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	switch toHclog(level) {
	case hclog.Trace:
		return h.logger.IsTrace()
	case hclog.Debug:
		return h.logger.IsDebug()
	case hclog.Info:
		return h.logger.IsInfo()
	case hclog.Warn:
		return h.logger.IsWarn()
	default:
		return h.logger.IsError()
	}
}

// Handle logs the record with its attributes.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	args := make([]any, 0, 2*r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		args = appendAttr(args, h.prefix, a)
		return true
	})
	h.logger.Log(toHclog(r.Level), r.Message, args...)
	return nil
}

// WithAttrs returns a handler whose records carry attrs as well.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var args []any
	for _, a := range attrs {
		args = appendAttr(args, h.prefix, a)
	}
	if len(args) == 0 {
		return h
	}
	return &handler{logger: h.logger.With(args...), prefix: h.prefix}
}

// WithGroup returns a handler whose further attributes are named under name.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &handler{logger: h.logger, prefix: h.prefix + name + "."}
}

// appendAttr appends a's key and value, those of its members if it is a group.
func appendAttr(args []any, prefix string, a slog.Attr) []any {
	v := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return args
	}
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range v.Group() {
			args = appendAttr(args, prefix, member)
		}
		return args
	}
	switch v.Kind() {
	case slog.KindDuration:
		return append(args, prefix+a.Key, v.Duration().String())
	default:
		return append(args, prefix+a.Key, v.Any())
	}
}

func toHclog(level slog.Level) hclog.Level {
	switch {
	case level < slog.LevelDebug:
		return hclog.Trace
	case level < slog.LevelInfo:
		return hclog.Debug
	case level < slog.LevelWarn:
		return hclog.Info
	case level < slog.LevelError:
		return hclog.Warn
	default:
		return hclog.Error
	}
}
