package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/store"
)

const (
	// group is how many records are stored at once at the most.
	group = 256
	// appendWithin bounds one attempt to store.
	appendWithin = 5 * time.Second
	// leastPause and mostPause lie between attempts while the store is away.
	leastPause, mostPause = 50 * time.Millisecond, 2 * time.Second
	// endWithin is how long Run goes on trying after its context has ended.
	endWithin = 5 * time.Second
)

// Run stores what Record keeps, until ctx ends; then it stores what is left, as
// far as the store takes it within seconds, and says how many entries were not.
func (l *Log) Run(ctx context.Context) error {
	var hand hand
	for pause := leastPause; ; {
		if hand.empty() && !l.take(&hand) {
			select {
			case <-l.wake:
				continue
			case <-ctx.Done():
			}
			return l.end(ctx, &hand)
		}
		if l.try(ctx, &hand) {
			pause = leastPause
			continue
		}
		if !l.rest(ctx, pause) {
			return l.end(ctx, &hand)
		}
		pause = min(2*pause, mostPause)
	}
}

// hand is what is being stored.
type hand struct {
	records []audit.Record
	done    []chan struct{}
}

func (h *hand) empty() bool { return len(h.records) == 0 }

func (h *hand) release() {
	for _, d := range h.done {
		close(d)
	}
	h.done = nil
}

// take links the entries that came first into hand; false if there are none.
func (l *Log) take(h *hand) bool {
	l.mu.Lock()
	n := min(len(l.pending), group)
	taken := l.pending[:n:n]
	if l.pending = l.pending[n:]; len(l.pending) == 0 {
		l.pending = nil
	}
	lost := l.lost
	l.lost = 0
	l.config.Telemetry.Waiting(len(l.pending))
	l.mu.Unlock()

	if lost > 0 {
		l.config.Log.Error("audit entries were lost: more came than could wait for the store", "entries", lost)
		e := gap(l.now(), lost)
		h.records = append(h.records, l.chain.link(&e))
	}
	for i := range taken {
		h.records = append(h.records, l.chain.link(&taken[i].entry))
		h.done = append(h.done, taken[i].done)
	}
	return !h.empty()
}

// try stores what is in hand, and lets those go who wait for it, whatever came of
// it: what is not stored now is kept.
func (l *Log) try(ctx context.Context, h *hand) bool {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendWithin)
	defer cancel()
	err := l.store(bounded, h)
	l.mu.Lock()
	was := l.away
	l.away = err != nil
	var others []chan struct{}
	if l.away && !was {
		for i := range l.pending {
			others = append(others, l.pending[i].done)
			l.pending[i].done = make(chan struct{})
		}
	}
	l.mu.Unlock()
	for _, d := range others {
		close(d)
	}
	h.release()
	switch {
	case err != nil && !was:
		l.config.Log.Warn("audit entries wait for the store", "error", err)
	case err == nil && was:
		l.config.Log.Info("audit entries are stored again")
	}
	if err != nil {
		return false
	}
	l.config.Telemetry.Stored(len(h.records))
	l.chain.stored(h.records)
	h.records = nil
	return true
}

// store appends what is in hand. If the store has another head than this process
// left, it may hold a part already, by an attempt that was not confirmed; it may
// have forgotten some in a failover; or somebody else wrote under the same name.
func (l *Log) store(ctx context.Context, h *hand) error {
	err := l.config.Store.Append(ctx, h.records)
	if !errors.Is(err, store.ErrStale) {
		return err
	}
	head, err := headOf(ctx, l.config.Store, l.chain.writer)
	if err != nil {
		return err
	}
	missing, ours := l.chain.missing(head, h.records)
	if !ours {
		l.config.Log.Error("somebody else wrote to this process's audit chain: going on under another name",
			"writer", l.chain.writer, "number", head.Number)
		h.records = l.chain.rename(h.records)
		missing = h.records
	}
	for len(missing) > 0 {
		n := min(len(missing), group)
		if err := l.config.Store.Append(ctx, missing[:n]); err != nil {
			return fmt.Errorf("going on behind number %d: %w", missing[0].Number-1, err)
		}
		missing = missing[n:]
	}
	return nil
}

// rest pauses; false if ctx ended.
func (l *Log) rest(ctx context.Context, pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// end stores what is left.
func (l *Log) end(ctx context.Context, h *hand) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	for !h.empty() || l.take(h) {
		if !l.try(ctx, h) && !l.rest(ctx, leastPause) {
			l.mu.Lock()
			left := len(h.records) + len(l.pending)
			l.mu.Unlock()
			return fmt.Errorf("audit: the store was away to the end: %d entries are lost", left)
		}
	}
	return nil
}
