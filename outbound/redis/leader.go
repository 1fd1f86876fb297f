package redis

import (
	"context"
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// eventLog is the event log; its methods are in files by who calls them.
type eventLog struct{ *Store }

var _ eventlog.Log = (*eventLog)(nil)

// Incarnation is as in eventlog.Leader.
func (l *eventLog) Incarnation(ctx context.Context) (o2.ID, error) {
	const doing = "reading the store's incarnation"
	got, err := l.run(ctx, "init", doing, l.birth()...)
	if err != nil {
		return "", err
	}
	id, ok := o2.ParseID(text(got))
	if !ok {
		return "", odd(doing, got)
	}
	return id, nil
}

// Lead is as in eventlog.Leader. What a former leader began and did not end is
// swept away.
func (l *eventLog) Lead(ctx context.Context) (eventlog.Guard, error) {
	const doing = "taking the lead"
	got, err := l.confirmed(ctx, "lead", doing, l.birth()...)
	if err != nil {
		return eventlog.Guard{}, err
	}
	g, err := readGuard(doing, got)
	if err != nil {
		return eventlog.Guard{}, err
	}
	names, err := l.client.SMembers(ctx, l.key("discards")).Result()
	if err != nil {
		return eventlog.Guard{}, failed(ctx, doing, err)
	}
	return g, l.sweep(ctx, names...)
}

// Refresh is as in eventlog.Leader.
func (l *eventLog) Refresh(ctx context.Context, fence store.Token) (eventlog.Guard, error) {
	const doing = "looking whether this controller leads"
	got, err := l.run(ctx, "refresh", doing, string(fence))
	if err != nil {
		return eventlog.Guard{}, err
	}
	return readGuard(doing, got)
}

// RenewEpoch is as in eventlog.Log.
func (l *eventLog) RenewEpoch(ctx context.Context) error {
	_, err := l.confirmed(ctx, "epoch", "renewing the epoch", random())
	return err
}

// readGuard reads fence, epoch and sequence.
func readGuard(doing string, v any) (eventlog.Guard, error) {
	fields := list(v)
	if len(fields) != 3 {
		return eventlog.Guard{}, odd(doing, v)
	}
	sequence, err := strconv.ParseUint(text(fields[2]), 10, 64)
	if err != nil {
		return eventlog.Guard{}, odd(doing, v)
	}
	return eventlog.Guard{Fence: store.Token(text(fields[0])), Epoch: store.Token(text(fields[1])), Sequence: sequence}, nil
}

// guarded begins the arguments of a guarded script.
func guarded(g eventlog.Guard, more ...any) []any {
	return append([]any{string(g.Fence), string(g.Epoch), g.Sequence}, more...)
}

// sweep drops what was laid aside under those names, bit by bit, so that nobody
// waits for it.
func (l *eventLog) sweep(ctx context.Context, names ...string) error {
	for _, name := range names {
		for left := 1; left > 0; {
			got, err := l.run(ctx, "sweep", "dropping what was queued", name)
			if err != nil {
				return err
			}
			left = number(got)
		}
	}
	return nil
}

// WalkTold is as in eventlog.Leader.
func (l *eventLog) WalkTold(ctx context.Context, fn func(eventlog.Told) error) error {
	const doing = "reading what was told"
	seen := map[string]struct{}{} // a walk over a hash may meet a field twice
	for cursor := "0"; ; {
		got, err := l.run(ctx, "walk", doing, cursor)
		if err != nil {
			return err
		}
		page := list(got)
		if len(page) != 4 {
			return odd(doing, got)
		}
		keys, sequences, states := list(page[1]), list(page[2]), list(page[3])
		for i, key := range keys {
			if _, again := seen[text(key)]; again {
				continue
			}
			seen[text(key)] = struct{}{}
			told, err := readTold(text(sequences[i]), text(states[i]))
			if err != nil {
				return failed(ctx, doing, err)
			}
			if err := fn(told); err != nil {
				return err
			}
		}
		if cursor = text(page[0]); cursor == "0" {
			return nil
		}
	}
}

func readTold(sequence, packed string) (t eventlog.Told, err error) {
	if t.Sequence, err = strconv.ParseUint(sequence, 10, 64); err != nil {
		return t, err
	}
	t.State, err = unpackState(packed)
	return t, err
}
