package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

const (
	// callTimeout bounds one call of the store, lastTimeout one that is made after
	// the partition was lost, or on the way out.
	callTimeout = 2 * time.Second
	lastTimeout = 400 * time.Millisecond
)

// settle records what came of a claim, repeatedly until the store has taken it
// or the partition is lost. Even then it is tried once: if nobody else has the
// partition yet, it spares the receiver a repetition.
func (d *Deliverer) settle(h *holding, id o2.ID, s eventlog.Settlement) (left int, err error) {
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		timeout := callTimeout
		if h.ctx.Err() != nil {
			timeout = lastTimeout
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(h.ctx), timeout)
		left, err = d.config.Queues.Settle(ctx, h.held, id, s)
		cancel()
		if err == nil {
			return left, nil
		}
		d.storeFailed(h, id, "settling events", err)
		if errors.Is(err, store.ErrFenced) || errors.Is(err, store.ErrNotFound) || timeout == lastTimeout {
			return 0, err
		}
		wait := time.NewTimer(pause)
		select {
		case <-h.ctx.Done():
			wait.Stop()
		case <-wait.C:
		}
	}
}

// storeFailed draws the consequences of a store's error.
func (d *Deliverer) storeFailed(h *holding, id o2.ID, doing string, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		d.copies.forget(id)
		d.holds.forget(id)
		d.roster.fails(id, false)
	case errors.Is(err, store.ErrFenced):
		if d.holdings.refused(h.held) {
			d.config.Telemetry.Fenced()
			d.config.Telemetry.Partitions(d.holdings.total())
			signal(d.joinNow)
		}
	case h.ctx.Err() != nil: // given up, for a reason that was told
	default:
		d.outage.failed(doing, err)
	}
}

// note tells operators and the next claim how it went.
func (d *Deliverer) note(id o2.ID, sub *o2.Subscription, failed *eventlog.Failure, sent int) {
	switch {
	case failed == nil:
		if sent > 0 {
			d.roster.fails(id, false)
		}
	case failed.Dead:
		d.roster.fails(id, false)
		d.config.Telemetry.DeadLettered()
		d.config.Log.Warn("an event was given up on and is a dead letter now",
			"subscription", id, "tenant", sub.Tenant, "attempts", failed.Attempts, "reason", failed.Reason)
	default:
		d.roster.fails(id, true)
		d.config.Telemetry.Failed()
	}
}
