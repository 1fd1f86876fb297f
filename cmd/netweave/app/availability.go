package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// How often the store is looked at, how long one look may take, and for how long
// a store that was there may be away before readiness says so: a failover is no
// reason to take every gateway out of service, for reads go on.
const (
	lookEvery = time.Second
	lookFor   = 3 * time.Second
	bearable  = 15 * time.Second
)

// availability knows whether the store can be used.
type availability struct {
	check func(ctx context.Context) error
	log   *slog.Logger
	now   func() time.Time
	state atomic.Pointer[standing]
}

// standing is what the last looks at the store gave.
type standing struct {
	err error
	// since is when the store went away; zero if it has never been there.
	since time.Time
}

func newAvailability(check func(ctx context.Context) error, log *slog.Logger) *availability {
	return &availability{check: check, log: log, now: time.Now}
}

// Ready returns why the store cannot be used, nil while it can. It answers from
// memory.
func (a *availability) Ready() error {
	s := a.state.Load()
	if s == nil || s.err == nil || !s.since.IsZero() && a.now().Sub(s.since) < bearable {
		return nil
	}
	return s.err
}

// look asks the store once.
func (a *availability) look(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	err := a.check(bounded)
	if ctx.Err() != nil {
		return
	}
	before := a.state.Load()
	next := &standing{err: err}
	switch {
	case err == nil:
		if before != nil && before.err != nil {
			a.log.Info("the store can be used again")
		}
	case before == nil: // it has never been there
	case before.err == nil:
		next.since = a.now()
		a.log.Warn("the store cannot be used; reads go on, changes to subscriptions and deliveries wait", "error", err)
	default:
		next.since = before.since
	}
	a.state.Store(next)
}

// watch looks at the store until ctx ends.
func (a *availability) watch(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			a.look(ctx)
		}
	}
}
