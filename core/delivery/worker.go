package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/webhook"
)

const (
	// settleEvery is after what time of sending a claim is settled and made anew,
	// so that what was accepted is on record.
	settleEvery = 250 * time.Millisecond
	// trusted is how old a claim may be when its first entry is sent.
	trusted = time.Second
)

// serve has goroutines serve whoever waits, until ctx ends.
func (d *Deliverer) serve(ctx context.Context) {
	for ctx.Err() == nil {
		t := d.roster.begin()
		if t == nil {
			return
		}
		d.workers.Go(func() {
			for ; t != nil; t = d.following(ctx) {
				due := d.turn(ctx, t)
				d.roster.end(t, due || t.again.Load())
			}
		})
	}
}

// following returns the turn that the goroutine whose turn has ended goes on with.
func (d *Deliverer) following(ctx context.Context) *turn {
	if ctx.Err() != nil {
		return nil
	}
	return d.roster.begin()
}

// turn serves a subscription until nothing is due, or others are to have their
// turn. It reports whether it is known that more is due now.
func (d *Deliverer) turn(ctx context.Context, t *turn) (due bool) {
	h := d.holdings.enter(assignment.Of(t.id))
	if h == nil {
		t.again.Store(false)
		return false
	}
	defer d.holdings.leave(h)
	most := d.config.Batch
	if d.roster.failed(t.id) {
		most = 1
	}
	for ctx.Err() == nil && d.holdings.usable(h) {
		r := d.round(ctx, h, t, most)
		switch {
		case r.over:
			return false
		case r.rest && d.roster.givesWay(t):
			return true
		case !r.rest:
			return false
		}
		most = r.most
	}
	t.again.Store(false)
	return false
}

// result is what came of one claim.
type result struct {
	// over: there is nothing more to do now.
	over bool
	// rest: entries are left that are due now.
	rest bool
	// most is how many to claim next.
	most int
}

// round claims entries, sends them one after the other, and settles.
func (d *Deliverer) round(ctx context.Context, h *holding, t *turn, most int) result {
	t.again.Store(false)
	t.stale.Store(false)
	claim, err := d.claim(h, t.id, most)
	if err != nil || len(claim.Deliveries) == 0 {
		return result{over: err != nil, most: most}
	}
	since := time.Now()
	sub, err := d.subscription(h, t.id, claim.Epoch)
	if err != nil { // if it is deleted, the leader will end its queue
		_, _ = d.settle(h, t.id, eventlog.Settlement{}) // it tells of its failures itself
		return result{over: true}
	}
	if d.holds.keep(sub.Tenant) {
		d.hold(t, sub.Tenant, func() { _, _ = d.settle(h, t.id, eventlog.Settlement{}) })
		return result{over: true}
	}

	sending, stop := context.WithCancelCause(h.ctx)
	defer stop(nil)
	d.roster.bind(t, func() { stop(nil) })
	w := newWatch(d.config.AttemptTimeout, func() {
		if d.roster.slowed(t) {
			signal(d.freed)
		}
	}, func() { stop(errNoAnswer) })
	defer w.end()
	var s eventlog.Settlement
	sent, interrupted, held := 0, false, false
	for i := range claim.Deliveries {
		age := time.Since(since)
		held = i > 0 && d.holds.keep(sub.Tenant)
		interrupted = held || ctx.Err() != nil || sending.Err() != nil || t.stale.Load() || !d.holdings.usable(h) ||
			age >= trusted || i > 0 && age >= settleEvery
		if interrupted {
			break
		}
		entry := &claim.Deliveries[i]
		s.Failed, interrupted = d.attempt(sending, w, sub, claim.Incarnation, entry)
		if s.Failed != nil {
			break
		}
		sent++
		s.Delivered, s.DeliveredAt = entry.Position, time.Now()
		d.config.Telemetry.Delivered(s.DeliveredAt.Sub(entry.At))
	}
	t.again.Store(false) // the store is about to tell what is left of what was due
	left, err := d.settle(h, t.id, s)
	if !interrupted {
		d.note(t.id, sub, s.Failed, sent)
	}
	if held {
		d.hold(t, sub.Tenant, func() {})
		return result{over: true}
	}
	if err != nil || s.Failed != nil && !s.Failed.Dead && !interrupted {
		return result{over: true}
	}
	return result{rest: left > 0, most: d.next(most, sent, interrupted, time.Since(since))}
}

// hold has a subscription wait until its tenant is held no longer, and lets go of
// what was claimed.
func (d *Deliverer) hold(t *turn, tenant string, letGo func()) {
	d.holds.add(t.id, tenant)
	letGo()
	t.again.Store(false) // it is due, and waits
}

// next returns how many entries to claim after so many of most were sent in a
// time: more while the receiver is so fast that claims are what takes time, no
// more than it can take when it is slow.
func (d *Deliverer) next(most, sent int, interrupted bool, took time.Duration) int {
	switch {
	case interrupted:
		return min(2*sent+1, d.config.Batch)
	case sent == most && most >= d.config.Batch && took < settleEvery/4:
		return min(2*most, 4*d.config.Batch)
	default:
		return d.config.Batch
	}
}

// claim claims entries for a holding, which it gives up if the store refuses.
func (d *Deliverer) claim(h *holding, id o2.ID, most int) (eventlog.Claim, error) {
	ctx, cancel := context.WithTimeout(h.ctx, callTimeout)
	defer cancel()
	claim, err := d.config.Queues.Claim(ctx, h.held, id, most)
	if err != nil {
		d.storeFailed(h, id, "claiming events", err)
		return eventlog.Claim{}, err
	}
	d.outage.over()
	return claim, nil
}

// subscription reads the subscription as it was at the claim, or later.
func (d *Deliverer) subscription(h *holding, id o2.ID, epoch store.Token) (*o2.Subscription, error) {
	ctx, cancel := context.WithTimeout(h.ctx, callTimeout)
	defer cancel()
	sub, err := d.copies.get(ctx, id, epoch)
	if err != nil {
		d.storeFailed(h, id, "reading a subscription", err)
	}
	return sub, err
}

// attempt sends one event. It returns nil if the receiver accepted it.
// brokenOff tells that the failure is not the receiver's: ctx has ended, and not
// since the attempt took too long.
func (d *Deliverer) attempt(ctx context.Context, w *watch, sub *o2.Subscription, incarnation o2.ID, entry *eventlog.Delivery) (f *eventlog.Failure, brokenOff bool) {
	family, ok := d.families[sub.Surface]
	if !ok {
		return unsendable(entry, "this gateway does not serve the API family "+sub.Surface), false
	}
	event := EventOf(incarnation, sub.ID, entry)
	body, err := family.Encode(sub, &event)
	if err != nil {
		return unsendable(entry, "the event cannot be encoded: "+err.Error()), false
	}
	if body == nil {
		return nil, false // the family does not tell of such an event
	}
	began := time.Now()
	w.begin()
	err = d.config.Sender.Send(ctx, webhook.Notification{
		EventID: event.ID, Tenant: sub.Tenant, Callback: sub.Callback, Secret: sub.Secret,
		ContentType: family.ContentType, Body: body,
	})
	w.end()
	if err == nil {
		return nil, false
	}
	late := errors.Is(context.Cause(ctx), errNoAnswer)
	if ctx.Err() != nil && !late {
		return inDoubt(entry, began), true
	}
	var failure *webhook.Failure
	switch {
	case errors.As(err, &failure):
	case late:
		failure = &webhook.Failure{Reason: "there was no answer within " + d.config.AttemptTimeout.String()}
	default:
		failure = &webhook.Failure{Reason: "the attempt failed"}
		d.config.Log.Error("a notification could not be sent", "subscription", sub.ID, "error", err)
	}
	return d.config.Policy.judge(entry, began, time.Now(), failure, d.config.Chance()), false
}

// unsendable gives an event up that no attempt can be made for.
func unsendable(entry *eventlog.Delivery, reason string) *eventlog.Failure {
	return &eventlog.Failure{Position: entry.Position, Attempts: entry.Attempts, First: entry.First, Reason: reason, Dead: true}
}

// inDoubt is for an attempt that was broken off. It counts as one if it is the
// first: the receiver may have the event, which is therefore not to be joined
// with what follows, lest both be left out.
func inDoubt(entry *eventlog.Delivery, began time.Time) *eventlog.Failure {
	f := &eventlog.Failure{
		Position: entry.Position, Attempts: max(entry.Attempts, 1), First: entry.First, Next: time.Now(),
		Reason: "the attempt was broken off",
	}
	if f.First.IsZero() {
		f.First = began
	}
	return f
}
