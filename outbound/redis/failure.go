package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/netweave/netweave/ports/store"
	"github.com/redis/go-redis/v9"
)

// ErrUnfit means that the server answers and must not be used as it is
// configured, or as we are. It is a store.ErrUnavailable as well.
var ErrUnfit = fmt.Errorf("redis is not fit to be the store: %w", store.ErrUnavailable)

// fault is an answer that means more than its words: whose fault it is, what to
// do.
type fault struct {
	prefix string // of what Redis says
	kind   string // in metrics
	is     error
	says   string
}

// faults are tried in order. The first ones are our own scripts' answers.
var faults = []fault{
	{"FENCED", "fenced", store.ErrFenced, ""},
	{"STALE", "stale", store.ErrStale, ""},
	{"NOTFOUND", "notfound", store.ErrNotFound, ""},
	{"OOM", "full", store.ErrUnavailable, "redis is full: raise maxmemory, or find out what fills it"},
	{"READONLY", "readonly", store.ErrUnavailable, "redis is a read-only replica, not the master"},
	{"LOADING", "loading", store.ErrUnavailable, "redis is loading its data"},
	{"MASTERDOWN", "readonly", store.ErrUnavailable, "redis is a replica that has lost its master"},
	{"MISCONF", "disk", store.ErrUnavailable, "redis refuses writes, since it cannot save to disk"},
	{"NOREPLICAS", "replicas", store.ErrUnavailable, "redis refuses writes, since it has too few replicas (min-replicas-to-write)"},
	{"BUSY", "busy", store.ErrUnavailable, "redis is busy with a long script"},
	{"NOAUTH", "denied", ErrUnfit, "it asks for a password, and none is configured"},
	{"WRONGPASS", "denied", ErrUnfit, "it refuses the configured user name or password"},
	{"NOPERM", "denied", ErrUnfit, "its access control list does not let the configured user do what is needed"},
	{"ERR Client sent AUTH", "denied", ErrUnfit, "a password is configured, and it has none"},
	{"ERR AUTH", "denied", ErrUnfit, "a password is configured, and it has none"},
	{"ERR DB index is out of range", "denied", ErrUnfit, "it has no database of the configured number"},
}

// classify finds the fault of an answer, nil if the answer is none of them.
func classify(err error) *fault {
	var answer redis.Error
	if !errors.As(err, &answer) {
		return nil
	}
	text := answer.Error()
	for i := range faults {
		if strings.HasPrefix(text, faults[i].prefix) {
			return &faults[i]
		}
	}
	return nil
}

// failed makes of what the client returned an error of package store, saying
// what was being done. nil stays nil.
func failed(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrUnfit) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if f := classify(err); f != nil {
		switch {
		case f.says != "" && errors.Is(f.is, ErrUnfit):
			return fmt.Errorf("%s: %w: %s (%s)", doing, f.is, f.says, firstLine(err))
		case f.says != "":
			return fmt.Errorf("%s: %w: %s", doing, f.is, f.says)
		}
		_, detail, _ := strings.Cut(err.Error(), " ")
		return fmt.Errorf("%s: %s: %w", doing, detail, f.is)
	}
	var answer redis.Error
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w: %w", doing, store.ErrUnavailable, ctx.Err())
	case errors.As(err, &answer):
		return fmt.Errorf("%s: %w: redis answers %q", doing, store.ErrUnavailable, firstLine(err))
	}
	return fmt.Errorf("%s: %w: %w", doing, store.ErrUnavailable, err)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// kind names an error in metrics.
func kind(err error) string {
	var answer redis.Error
	switch f := classify(err); {
	case f != nil:
		return f.kind
	case errors.Is(err, ErrUnfit):
		return "unfit"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "context"
	case errors.As(err, &answer):
		return "answer"
	}
	return "network"
}

// missing tells whether there was no such key.
func missing(err error) bool { return errors.Is(err, redis.Nil) }
