package inventory

import (
	"context"
	"time"

	"github.com/netweave/netweave/ports/backend"
)

// Poller decides which process lists a backend that cannot be watched, where
// several feed a view of it. Its methods are called from many goroutines.
type Poller interface {
	// Next waits until a snapshot of b is to be taken, or was taken by another
	// process and is not yet known here. interval is the pause between two. It
	// calls asking right before each time that it looks what others have taken.
	// Its error is told as the feed's, and it is called again after a pause.
	Next(ctx context.Context, b backend.Backend, interval time.Duration, asking func()) (Poll, error)
	// Prompt asks for a snapshot before its time, if it is this process that takes
	// them. It does not block.
	Prompt(backend string)
}

// Poll is one snapshot.
type Poll struct {
	// Feed feeds a sink with it, as a Backend's Snapshot does.
	Feed func(ctx context.Context, sink backend.Sink) error
	// Began is when another process began to take it; zero if it is Feed that
	// takes it.
	Began time.Time
}

// shared reports whether another process has taken the snapshot.
func (p *Poll) shared() bool { return p != nil && !p.Began.IsZero() }

// fetches orders the snapshots that others have taken against writes through us.
//
// When another process began to list, as our clock has it, nobody knows. But it
// lists one snapshot after the other, so the one before was there when this one
// began; and the one that was the latest there before that, when we looked, was
// looked at earlier still. Whatever was written through us since is taken for
// later than this snapshot.
type fetches struct {
	// used says that there are any.
	used bool
	// asked is the view's clock when the store was last looked at; last and
	// before are its readings for the latest two snapshots.
	asked, last, before uint64
}

// next returns the view's clock before which the snapshot at hand surely began.
func (f *fetches) next() (began uint64) {
	f.used = true
	began = f.before
	f.before, f.last = f.last, f.asked
	return began
}

// poll takes one snapshot from the poller.
func (f *feed) poll(ctx context.Context) (synced bool, err error) {
	p, err := f.poller.Next(ctx, f.backend, f.config().PollInterval, f.view.asking)
	if err != nil {
		return false, err
	}
	return f.runSession(ctx, p.Feed, true, &p)
}

func (v *view) asking() {
	v.shelf.mu.Lock()
	defer v.shelf.mu.Unlock()
	v.fetches.asked = v.clock
}
