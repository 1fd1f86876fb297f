package redis

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
)

// Queue is as in eventlog.Leader.
func (l *eventLog) Queue(ctx context.Context, subscription o2.ID) ([]eventlog.Entry, error) {
	const doing = "reading a queue"
	pipe := l.client.TxPipeline()
	delivery := pipe.HMGet(ctx, l.key("delivery:"+string(subscription)), "claimed", "attempts")
	packed := pipe.LRange(ctx, l.key("queue:"+string(subscription)), 0, -1)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, failed(ctx, doing, err)
	}
	var claimed uint64
	if t := text(delivery.Val()[0]); t != "" {
		var err error
		if claimed, err = strconv.ParseUint(t, 10, 64); err != nil {
			return nil, failed(ctx, doing, err)
		}
	}
	attempted := delivery.Val()[1] != nil
	var entries []eventlog.Entry
	for i, p := range packed.Val() {
		e, _, err := unpackEntry(p)
		if err != nil {
			return nil, failed(ctx, doing, err)
		}
		if e.Position > claimed && (i > 0 || !attempted) {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// Rewrite is as in eventlog.Leader.
func (l *eventLog) Rewrite(ctx context.Context, g eventlog.Guard, subscription o2.ID, remove []uint64, put []eventlog.Entry) error {
	positions := distinct(remove)
	args := append(guarded(g, string(subscription), assignment.Of(subscription), len(positions)), positions...)
	sorted := slices.SortedFunc(slices.Values(put), func(a, b eventlog.Entry) int { return cmp.Compare(a.Position, b.Position) })
	for i := range sorted {
		args = append(args, packEntry(&sorted[i]))
	}
	_, err := l.run(ctx, "rewrite", "rewriting a queue", args...)
	return err
}

// Overflow is as in eventlog.Leader.
func (l *eventLog) Overflow(ctx context.Context, g eventlog.Guard, subscription o2.ID) error {
	dropped := l.key("dropped:" + random())
	args := guarded(g, string(subscription), assignment.Of(subscription), dropped)
	if _, err := l.run(ctx, "overflow", "cutting a queue", args...); err != nil {
		return err
	}
	l.tidy(ctx, dropped)
	return nil
}

// Redeliveries is as in eventlog.Leader.
func (l *eventLog) Redeliveries(ctx context.Context) (map[o2.ID][]eventlog.Entry, error) {
	const doing = "reading which dead letters are asked for"
	got, err := l.run(ctx, "redeliveries", doing)
	if err != nil {
		return nil, err
	}
	all, pairs := map[o2.ID][]eventlog.Entry{}, list(got)
	for i := 0; i+1 < len(pairs); i += 2 {
		entries, err := unpackEntries(list(pairs[i+1]))
		if err != nil {
			return nil, failed(ctx, doing, err)
		}
		slices.SortFunc(entries, func(a, b eventlog.Entry) int { return cmp.Compare(a.Position, b.Position) })
		if len(entries) > 0 {
			all[o2.ID(text(pairs[i]))] = entries
		}
	}
	return all, nil
}

// Totals is as in eventlog.Leader.
func (l *eventLog) Totals(ctx context.Context) (eventlog.Totals, error) {
	const doing = "summing up the queues"
	got, err := l.run(ctx, "totals", doing)
	if err != nil {
		return eventlog.Totals{}, err
	}
	sums := list(got)
	if len(sums) != 5 {
		return eventlog.Totals{}, odd(doing, got)
	}
	t := eventlog.Totals{
		Subscriptions: number(sums[0]), Entries: number(sums[1]), DeadLetters: number(sums[2]), Retrying: number(sums[3]),
	}
	if oldest := text(sums[4]); oldest != "" {
		ms, err := strconv.ParseFloat(oldest, 64)
		if err != nil {
			return eventlog.Totals{}, odd(doing, got)
		}
		t.Oldest = time.UnixMilli(int64(ms)).UTC()
	}
	return t, nil
}

// Aged is as in eventlog.Leader.
func (l *eventLog) Aged(ctx context.Context, before time.Time, limit int) ([]o2.ID, error) {
	got, err := l.run(ctx, "aged", "looking for old queues", before.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	var ids []o2.ID
	for _, id := range list(got) {
		ids = append(ids, o2.ID(text(id)))
	}
	return ids, nil
}
