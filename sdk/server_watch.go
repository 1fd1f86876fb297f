package sdk

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// watchPatience is how long a watch whose context ended may linger before its
// author reads of it in the log.
const watchPatience = 10 * time.Second

// Watch runs the author's Watch and sends what it tells.
func (s *server) Watch(_ *pluginv1.WatchRequest, stream grpc.ServerStreamingServer[pluginv1.WatchResponse]) error {
	ctx, b, done, err := s.session.enter(stream.Context())
	if err != nil {
		return s.answer(stream.Context(), "Watch", err)
	}
	defer done()
	watcher, ok := b.(Watcher)
	if !ok {
		return s.answer(ctx, "Watch", s.cannot("watch"))
	}
	ctx, release, err := s.watches.take(ctx, func() {
		s.logger.Warn("Watch has not returned though its context has ended", "after", watchPatience.String())
	})
	if err != nil {
		return s.answer(ctx, "Watch", err)
	}
	defer release()

	f := newFeed(ctx, stream.Send)
	err = s.contain("Watch", func() error { return watcher.Watch(f.ctx, f) })
	if fault := f.finish(); fault != nil {
		err = fault
	}
	switch {
	case ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())):
		// Whoever ended the watch knows why: netweave, a newer watch, or the end
		// of the session.
		err = ctx.Err()
		if closing, ok := errors.AsType[*Error](context.Cause(ctx)); ok {
			err = closing
		}
	case err == nil:
		err = lies("Watch", "it returned without an error while netweave was listening: return ctx.Err() when ctx ends, and what went wrong otherwise")
	}
	return s.answer(ctx, "Watch", err)
}

// watchSlot lets one watch run at a time. A newer one takes the place of an
// older one, which is a watch that its host has given up without the plugin
// having noticed yet.
type watchSlot struct {
	mu      sync.Mutex
	current *runningWatch
}

type runningWatch struct {
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// take waits until the slot is free, or ctx ends. late is called if the watch
// before this one lingers.
func (w *watchSlot) take(ctx context.Context, late func()) (context.Context, func(), error) {
	for {
		w.mu.Lock()
		if w.current == nil {
			ctx, cancel := context.WithCancelCause(ctx)
			mine := &runningWatch{cancel: cancel, done: make(chan struct{})}
			w.current = mine
			w.mu.Unlock()
			return ctx, func() {
				cancel(context.Canceled)
				w.mu.Lock()
				w.current = nil
				w.mu.Unlock()
				close(mine.done)
			}, nil
		}
		before := w.current
		w.mu.Unlock()
		before.cancel(&Error{Code: Conflict, Source: SourceCaller, Message: "a newer watch has taken the place of this one"})
		patience := time.AfterFunc(watchPatience, late)
		select {
		case <-before.done:
			patience.Stop()
		case <-ctx.Done():
			patience.Stop()
			return ctx, nil, ctx.Err()
		}
	}
}
