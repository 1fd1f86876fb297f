package delivery

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/bus"
)

// everyPartition is the set of all partitions; a set has a bit for each.
const everyPartition = ^uint64(0)

var _ [64 - assignment.Partitions]struct{} // a set is 64 bits wide

// Wake says that queues of the partitions have something new. It never blocks.
func (d *Deliverer) Wake(partitions []int) {
	var set uint64
	for _, p := range partitions {
		if p >= 0 && p < assignment.Partitions {
			set |= 1 << p
		}
	}
	d.wake(set)
}

func (d *Deliverer) wake(set uint64) {
	d.due.Or(set)
	signal(d.woken)
}

// dispatch looks for subscriptions that are due and has them served, until ctx
// ends.
func (d *Deliverer) dispatch(ctx context.Context) {
	poll := time.NewTicker(d.config.Poll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
			d.due.Store(everyPartition)
		case <-d.freed:
			d.serve(ctx)
			continue
		case <-d.woken:
		}
		if pause := d.outage.left(); pause > 0 {
			wait := time.NewTimer(pause)
			select {
			case <-ctx.Done():
				wait.Stop()
				return
			case <-wait.C:
			}
		}
		d.look(ctx, d.due.Swap(0))
		d.serve(ctx)
	}
}

// look lines up what is due in a set of partitions.
func (d *Deliverer) look(ctx context.Context, set uint64) {
	list := d.holdings.among(set)
	if len(list) == 0 {
		return
	}
	limit := d.roster.room() + d.holds.count()
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	due, err := d.config.Queues.Due(call, list, time.Now(), limit)
	if err != nil {
		if ctx.Err() == nil {
			d.outage.failed("looking for what is due", err)
			d.wake(set)
		}
		return
	}
	ids := make([]o2.ID, len(due))
	for i := range due {
		ids[i] = due[i].Subscription
	}
	ids = d.holds.free(ids, set == everyPartition && len(due) < limit)
	d.roster.offer(ids, len(due) >= limit)
}

// listen follows what other processes tell, until ctx ends.
func (d *Deliverer) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := d.config.Bus.Listen(ctx, []bus.Topic{bus.Deliveries, bus.Subscriptions}, d.hear)
		if ctx.Err() != nil {
			return
		}
		d.config.Log.Warn("the news of other processes broke off", "error", err)
		wait := time.NewTimer(longestPause)
		select {
		case <-ctx.Done():
			wait.Stop()
		case <-wait.C:
		}
	}
}

// hear takes one piece of news.
func (d *Deliverer) hear(m bus.Message) {
	switch m.Topic {
	case bus.Deliveries:
		if m.Missed {
			d.wake(everyPartition)
			signal(d.joinNow)
			return
		}
		if len(m.Body) == 0 {
			signal(d.joinNow)
			return
		}
		var set uint64
		for _, p := range m.Body {
			if p < assignment.Partitions {
				set |= 1 << p
			}
		}
		d.wake(set)
	case bus.Subscriptions:
		if m.Missed {
			d.roster.doubt()
		}
		id := o2.ID(m.Body) // "" is nobody's
		d.copies.forget(id)
		d.holds.forget(id)
		d.roster.changed(id)
	}
}
