package detection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/core/matching"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
)

// errMoved means that the store does not hold what the leader last wrote, or
// refuses what should fit: everything is to be read again.
var errMoved = errors.New("the store is not as this leader left it")

// term is one time of leading: all that the leader believes, and what it is about
// to do. One goroutine uses it.
type term struct {
	*Leader
	follower inventory.Follower
	announce func(partitions uint64)

	guard eventlog.Guard
	told  told
	// active are the subscriptions in force, of which index has those to which
	// anything is to be queued.
	active map[o2.ID]*active
	index  matching.Index
	// loaded: told and active are as the store has them. synced: the subscriptions
	// are in force as they were stored under the guard's epoch.
	loaded, synced bool
	// loads counts how often everything was read.
	loads int
	// unconfirmed: something was written, or may have been, that draws no sequence
	// number, so that its loss in a failover would not be noticed; see confirm.
	// reread: what is in force is to be read again, as it may have been lost.
	unconfirmed, reread bool
	// refused are the versions of the subscriptions whose filters cannot be read,
	// which are logged once.
	refused map[o2.ID]uint64
	// waiting are the active ones that have overflowed.
	waiting map[o2.ID]bool
	pending []inventory.Seen
	batch   batch
	queues  queues
	due     schedule
	// uncounted: the last attempt to sum up the queues failed.
	uncounted bool
}

// active is a subscription in force. selection is nil if its filter cannot be
// read.
type active struct {
	eventlog.Activation
	selection *subscription.Selection
}

func newTerm(l *Leader, guard eventlog.Guard, follower inventory.Follower, announce func(uint64)) *term {
	return &term{
		Leader: l, guard: guard, follower: follower, announce: announce,
		refused: map[o2.ID]uint64{}, waiting: map[o2.ID]bool{}, queues: newQueues(l.CoalesceLength), batch: batch{objects: map[o2.ObjectKey]bool{}},
	}
}

// turn does all that there is to do now, and is called again if it fails, when
// amend allows it. more says that it has left something for the next turn.
func (t *term) turn(ctx context.Context) (more bool, err error) {
	if !t.loaded {
		if err := t.load(ctx); err != nil {
			return false, fmt.Errorf("reading what was told: %w", err)
		}
	}
	if err := t.watch(ctx); err != nil {
		return false, err
	}
	if !t.synced {
		if err := t.sync(ctx); err != nil {
			return false, fmt.Errorf("putting subscriptions into force: %w", err)
		}
	}
	t.take()
	for len(t.pending) > 0 {
		if err := t.commit(ctx); err != nil {
			return false, fmt.Errorf("committing changes: %w", err)
		}
		if _, err := t.trim(ctx); err != nil {
			return false, fmt.Errorf("coalescing a queue: %w", err)
		}
	}
	if more, err = t.trim(ctx); err != nil {
		return false, fmt.Errorf("coalescing a queue: %w", err)
	}
	return more, nil
}

// amend makes up its mind after a turn that failed. It returns an error if
// somebody else leads; else the turn may be repeated, after a pause unless again.
func (t *term) amend(ctx context.Context, failure error) (again bool, err error) {
	if errors.Is(failure, store.ErrStale) {
		g, err := t.refresh(ctx)
		switch {
		case err != nil:
			failure = err
		case t.loaded && g.Sequence == t.guard.Sequence && g.Epoch != t.guard.Epoch:
			t.guard, t.synced = g, false
			return true, nil
		}
	}
	if errors.Is(failure, store.ErrFenced) {
		return false, failure
	}
	t.loaded = false
	return false, nil
}

// refresh asks for the guard as it is now.
func (t *term) refresh(ctx context.Context) (eventlog.Guard, error) {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	return t.Log.Refresh(ctx, t.guard.Fence)
}

// write makes one guarded write and adopts the guard that it leads to.
func (t *term) write(ctx context.Context, fn func(ctx context.Context) (eventlog.Guard, error)) error {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	next, err := fn(ctx)
	if err != nil {
		if !errors.Is(err, store.ErrStale) && !errors.Is(err, store.ErrFenced) {
			t.unconfirmed = true // it may have happened
		}
		return err
	}
	if next.Sequence == t.guard.Sequence {
		t.unconfirmed = true
	}
	t.guard = next
	t.due.checked(t.Refresh)
	return nil
}

// confirm makes sure that what was written without drawing a sequence number
// survives a failover: a failover that undid it would leave the guard as it is.
// Replication is one ordered stream, so the epoch, which is confirmed on
// replicas, is renewed behind it. Whether it was still there then shows when
// what is in force is read again.
func (t *term) confirm(ctx context.Context) error {
	if !t.unconfirmed {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	if err := t.Log.RenewEpoch(ctx); err != nil {
		return fmt.Errorf("renewing the epoch: %w", err)
	}
	t.unconfirmed, t.reread = false, true
	return store.ErrStale // the subscriptions may have changed before or after
}

// check compares the guard in the store with what the leader believes.
func (t *term) check(ctx context.Context) error {
	g, err := t.refresh(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("asking for the guard: %w", err)
	case g.Sequence != t.guard.Sequence:
		return errMoved
	case g.Epoch != t.guard.Epoch:
		t.guard, t.synced = g, false
	}
	t.due.checked(t.Refresh)
	return nil
}

// schedule is when what is not asked for by a change is next to be done; the zero
// time is at once.
type schedule struct {
	check, returned, aged, totals time.Time
}

func (s *schedule) checked(interval time.Duration) { s.check = time.Now().Add(interval) }

// pass reports whether at has come, and moves it on if so.
func pass(at *time.Time, interval time.Duration) bool {
	now := time.Now()
	if now.Before(*at) {
		return false
	}
	*at = now.Add(interval)
	return true
}

const (
	returnedInterval = 2 * time.Second
	totalsInterval   = 5 * time.Second
)

// watch does what is to be done from time to time.
func (t *term) watch(ctx context.Context) error {
	if !time.Now().Before(t.due.check) {
		if err := t.check(ctx); err != nil {
			return err
		}
	}
	if len(t.waiting) > 0 && pass(&t.due.returned, returnedInterval) {
		if err := t.readReturned(ctx); err != nil {
			return fmt.Errorf("reading who has returned: %w", err)
		}
	}
	if pass(&t.due.aged, t.agedInterval()) {
		if err := t.findAged(ctx); err != nil {
			return fmt.Errorf("looking for old queues: %w", err)
		}
	}
	if pass(&t.due.totals, totalsInterval) {
		t.total(ctx)
	}
	return nil
}

// total tells how all queues stand. Nothing hangs on it.
func (t *term) total(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	totals, err := t.Log.Totals(bounded)
	if err == nil {
		t.Events.Totals(totals)
	} else if !t.uncounted && ctx.Err() == nil {
		t.Logger.Warn("the queues' metrics are not up to date", "error", err)
	}
	t.uncounted = err != nil
}
