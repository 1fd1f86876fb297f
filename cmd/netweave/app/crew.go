package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
)

// task is one thing that goes on until its context ends.
type task struct {
	name string
	run  func(ctx context.Context) error
}

// crew is what goes on in the background, to be stopped together.
type crew struct {
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	log    *slog.Logger
}

// newCrew makes a crew whose tasks are to end when ctx does.
func newCrew(ctx context.Context, log *slog.Logger) *crew {
	c := &crew{log: log}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

// start runs a task. One that ends by itself is told of: none is meant to.
func (c *crew) start(t task) {
	c.tasks.Go(func() {
		err := t.run(c.ctx)
		switch {
		case c.ctx.Err() == nil:
			c.log.Error("a part of this process has ended: restart it", "part", t.name, "error", err)
		case err != nil && !errors.Is(err, context.Canceled):
			c.log.Warn("a part of this process did not end as it should", "part", t.name, "error", err)
		}
	})
}

// stop ends all tasks and waits for them, no longer than force.
func (c *crew) stop(force context.Context) {
	c.cancel()
	ended := make(chan struct{})
	go func() {
		c.tasks.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-force.Done():
	}
}
