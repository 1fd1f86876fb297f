package detection

import (
	"context"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/eventlog"
)

// Lead leads until ctx ends, or until the event log says that somebody else has
// taken over. It is what election.Election's Campaign calls; one call at a time.
func (l *Leader) Lead(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	guard, err := l.takeOver(ctx)
	if err != nil {
		return // ctx has ended
	}
	l.Events.Leading(true)
	// Leadership ends with ctx, even while a question to the store hangs.
	tasks.Go(func() {
		<-ctx.Done()
		l.Events.Leading(false)
	})
	l.Logger.Info("this process leads")

	// What others have told so far was told before now.
	follower := l.Changes.Follow(time.Now())
	defer follower.Close()
	announcer := newAnnouncer(l.Bus, l.Logger, l.Timeout)
	tasks.Go(func() { announcer.run(ctx) })
	news := make(chan struct{}, 1)
	tasks.Go(func() { l.listen(ctx, news) })
	for _, hook := range l.Leading {
		tasks.Go(func() { hook(ctx, guard.Fence) })
	}
	l.serve(ctx, newTerm(l, guard, follower, announcer.announce), news)
}

// takeOver becomes the leader in the event log's eyes. It fails only when ctx
// ends.
func (l *Leader) takeOver(ctx context.Context) (eventlog.Guard, error) {
	retry := retries{max: l.RetryMax}
	for {
		bounded, cancel := context.WithTimeout(ctx, l.Timeout)
		guard, err := l.Log.Lead(bounded)
		cancel()
		if err == nil || ctx.Err() != nil {
			return guard, err
		}
		if retry.first() {
			l.Logger.Warn("the event log lets nobody lead; trying again", "error", err)
		}
		if err := retry.pause(ctx); err != nil {
			return guard, err
		}
	}
}

// serve takes turns until ctx ends or somebody else leads.
func (l *Leader) serve(ctx context.Context, t *term, news <-chan struct{}) {
	tick := time.NewTicker(l.Refresh)
	defer tick.Stop()
	retry := retries{max: l.RetryMax}
	for ctx.Err() == nil {
		more, err := t.turn(ctx)
		if err != nil {
			again, fenced := t.amend(ctx, err)
			switch {
			case ctx.Err() != nil:
				return
			case fenced != nil:
				l.Events.Fenced()
				l.Logger.Info("this process leads no more: somebody else has taken over")
				return
			case again:
				continue
			}
			if retry.first() {
				l.Logger.Warn("events are held up; everything is read again until the store answers", "error", err)
			}
			if retry.pause(ctx) != nil {
				return
			}
			continue
		}
		if !retry.first() {
			l.Logger.Info("events flow again")
			retry = retries{max: l.RetryMax}
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-t.follower.Changed():
		case <-news:
			t.due.check = time.Time{}
		case <-tick.C:
		}
	}
}

// listen wakes the leader when a subscription changes, or may have.
func (l *Leader) listen(ctx context.Context, news chan<- struct{}) {
	retry := retries{max: l.RetryMax}
	for ctx.Err() == nil {
		err := l.Bus.Listen(ctx, []bus.Topic{bus.Subscriptions}, func(bus.Message) {
			select {
			case news <- struct{}{}:
			default: // it is awake
			}
		})
		if ctx.Err() != nil {
			return
		}
		if retry.first() {
			l.Logger.Warn("news of subscriptions cannot be heard; they are asked for instead", "error", err)
		}
		if retry.pause(ctx) != nil {
			return
		}
	}
}

// retries is a pause that doubles from a twentieth of max.
type retries struct {
	max, next time.Duration
}

// first reports whether there was no pause yet.
func (r *retries) first() bool { return r.next == 0 }

// pause waits; it returns ctx's error if that ends.
func (r *retries) pause(ctx context.Context) error {
	r.next = min(max(2*r.next, r.max/20), r.max)
	timer := time.NewTimer(r.next)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
