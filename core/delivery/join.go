package delivery

import (
	"context"
	"time"

	"github.com/netweave/netweave/ports/bus"
)

// joinPause is the shortest time between two joins.
const joinPause = 100 * time.Millisecond

// join keeps this process among the controllers until ctx ends: a third of the
// TTL after the last time, sooner after a failure or when told that partitions
// have changed hands. It gives back what is more than its share.
func (d *Deliverer) join(ctx context.Context) {
	interval := d.config.TTL / 3
	known, failing := false, false
	for ctx.Err() == nil {
		began := time.Now()
		wait := interval
		call, cancel := context.WithTimeout(ctx, interval)
		share, err := d.config.Assignment.Join(call, d.config.Member, d.config.TTL)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				d.config.Log.Warn("deliveries may pause: this process could not keep its partitions", "error", err)
			}
			d.config.Telemetry.Partitions(d.holdings.total())
			wait = min(interval, longestPause)
		default:
			count, fresh := d.holdings.renew(share.Held, began.Add(d.config.TTL-d.config.TTL/10))
			d.config.Telemetry.Partitions(count)
			if fresh != 0 {
				d.wake(fresh)
			}
			d.holdings.drain(share.Excess)
			if failing {
				d.config.Log.Info("this process keeps its partitions again", "partitions", count)
			}
			if !known && share.Members > 1 {
				d.tellHandover(ctx) // the others may have more than their share now
			}
			known = true
		}
		failing = err != nil
		d.awaitJoin(ctx, began, wait)
	}
}

// awaitJoin waits for the time to join again, and gives back meanwhile what is
// to go and has become idle.
func (d *Deliverer) awaitJoin(ctx context.Context, began time.Time, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-d.joinNow:
			timer.Reset(max(0, joinPause-time.Since(began)))
		case <-d.holdings.drained:
			d.giveBack(ctx)
		}
	}
}

// giveBack releases what is to go and is idle.
func (d *Deliverer) giveBack(ctx context.Context) {
	list := d.holdings.idle()
	for _, h := range list {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		err := d.config.Assignment.Release(call, d.config.Member, h.held)
		cancel()
		if err != nil {
			d.outage.failed("giving partitions back", err)
			return // they are idle still when the next Join has told how many are to go
		}
		d.config.Telemetry.Partitions(d.holdings.released(h))
	}
	if len(list) > 0 {
		d.tellHandover(ctx)
	}
}

// leave gives everything back, at the end.
func (d *Deliverer) leave(ctx context.Context) error {
	call, cancel := context.WithTimeout(ctx, lastTimeout)
	defer cancel()
	if err := d.config.Assignment.Leave(call, d.config.Member); err != nil {
		return err
	}
	d.tellHandover(call)
	return nil
}

// tellHandover has every controller join again soon, so that partitions change
// hands at once. Nothing depends on it.
func (d *Deliverer) tellHandover(ctx context.Context) {
	call, cancel := context.WithTimeout(ctx, lastTimeout)
	defer cancel()
	if err := d.config.Bus.Publish(call, bus.Message{Topic: bus.Deliveries}); err != nil {
		d.config.Log.Debug("the others were not told that partitions change hands", "error", err)
	}
}
