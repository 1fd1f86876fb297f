package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// stageSize is how many entries one script takes; more are staged before.
const stageSize = 1000

// Activations is as in eventlog.Leader.
func (l *eventLog) Activations(ctx context.Context) ([]eventlog.Activation, error) {
	const doing = "reading which subscriptions are in force"
	packed, err := l.hash(ctx, l.key("activations"))
	if err != nil {
		return nil, failed(ctx, doing, err)
	}
	all := make([]eventlog.Activation, 0, len(packed))
	for id, p := range packed {
		a, err := unpackActivation(p)
		if err != nil {
			return nil, failed(ctx, doing, err)
		}
		a.Subscription = o2.ID(id)
		if a.Overflowed {
			n, err := l.client.LLen(ctx, l.key("queue:"+id)).Result()
			if err != nil {
				return nil, failed(ctx, doing, err)
			}
			a.Returned = n == 0
		}
		all = append(all, a)
	}
	return all, nil
}

// hash reads a whole hash bit by bit.
func (l *eventLog) hash(ctx context.Context, key string) (map[string]string, error) {
	all := map[string]string{}
	for cursor := uint64(0); ; {
		page, next, err := l.client.HScan(ctx, key, cursor, "", 1000).Result()
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(page); i += 2 {
			all[page[i]] = page[i+1]
		}
		if cursor = next; cursor == 0 {
			return all, nil
		}
	}
}

// Activate is as in eventlog.Leader. What is too much for one script is staged
// under a name of its own before, which the one script that does it takes whole.
func (l *eventLog) Activate(ctx context.Context, g eventlog.Guard, a eventlog.Activation, entries []eventlog.Entry, reset bool) (eventlog.Guard, error) {
	const doing = "putting a subscription into force"
	packed := make([]any, len(entries))
	next := g
	for i, e := range entries {
		next.Sequence++
		e.Position, e.Sequence = next.Sequence, next.Sequence
		packed[i] = packEntry(&e)
	}
	staged := ""
	if len(packed) > stageSize {
		staged = l.key("staged:" + random())
		for chunk := range slices.Chunk(packed, stageSize) {
			if _, err := l.run(ctx, "stage", doing, guarded(g, append([]any{staged}, chunk...)...)...); err != nil {
				return eventlog.Guard{}, l.abandon(ctx, staged, err)
			}
		}
		packed = nil
	}
	dropped := l.key("dropped:" + random())
	args := guarded(g, next.Sequence, string(a.Subscription), assignment.Of(a.Subscription), packActivation(&a),
		flag(reset), dropped, staged)
	if _, err := l.run(ctx, "activate", doing, append(args, packed...)...); err != nil {
		return eventlog.Guard{}, l.abandon(ctx, staged, err)
	}
	if reset {
		l.tidy(ctx, dropped)
	}
	return next, nil
}

// abandon sweeps away what was staged for a step that was refused. What may have
// happened after all, or cannot be swept now, is left to who leads next.
func (l *eventLog) abandon(ctx context.Context, staged string, cause error) error {
	if staged == "" || !errors.Is(cause, store.ErrStale) && !errors.Is(cause, store.ErrFenced) {
		return cause
	}
	if err := l.sweep(ctx, staged); err != nil {
		return errors.Join(cause, err)
	}
	return cause
}

// tidy sweeps after a step that is done: a failure is no failure of the step,
// and who leads next sweeps again.
func (l *eventLog) tidy(ctx context.Context, names ...string) {
	if err := l.sweep(ctx, names...); err != nil {
		l.log.Warn("what was dropped of a queue is left for later", "error", err)
	}
}

// Deactivate is as in eventlog.Leader.
func (l *eventLog) Deactivate(ctx context.Context, g eventlog.Guard, subscription o2.ID) error {
	queued, dead := l.key("dropped:"+random()), l.key("dropped:"+random())
	args := guarded(g, string(subscription), assignment.Of(subscription), queued, dead)
	if _, err := l.run(ctx, "deactivate", "ending subscription "+string(subscription), args...); err != nil {
		return err
	}
	l.tidy(ctx, queued, dead)
	return nil
}

// Requeue is as in eventlog.Leader.
func (l *eventLog) Requeue(ctx context.Context, g eventlog.Guard, subscription o2.ID, dead []uint64, entries []eventlog.Entry) (eventlog.Guard, error) {
	const doing = "queueing dead letters again"
	positions := distinct(dead)
	args := append(guarded(g, string(subscription), assignment.Of(subscription), len(positions)), positions...)
	for i := range entries {
		args = append(args, packEntry(&entries[i]))
	}
	got, err := l.run(ctx, "requeue", doing, args...)
	if err != nil {
		return eventlog.Guard{}, err
	}
	if _, err := fmt.Sscan(text(got), &g.Sequence); err != nil {
		return eventlog.Guard{}, odd(doing, got)
	}
	return g, nil
}

// distinct returns positions for a script, each once.
func distinct(positions []uint64) []any {
	sorted := slices.Compact(slices.Sorted(slices.Values(positions)))
	args := make([]any, len(sorted))
	for i, p := range sorted {
		args[i] = p
	}
	return args
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
