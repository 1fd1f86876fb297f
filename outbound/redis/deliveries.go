package redis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// atOnce is AT_ONCE of the scripts: what is due at once is filed under its time
// less this.
const atOnce = 1e14

// Due is as in eventlog.Deliveries.
func (l *eventLog) Due(ctx context.Context, held []assignment.Held, now time.Time, limit int) ([]eventlog.Due, error) {
	const doing = "looking for due deliveries"
	if len(held) == 0 || limit <= 0 {
		return nil, nil
	}
	args := []any{now.UnixMilli(), limit}
	for _, h := range held {
		args = append(args, h.Partition)
	}
	got, err := l.run(ctx, "due", doing, args...)
	if err != nil {
		return nil, err
	}
	pairs := list(got)
	all := make([]eventlog.Due, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		ms, err := strconv.ParseFloat(text(pairs[i+1]), 64)
		if err != nil {
			return nil, odd(doing, got)
		}
		if ms < 0 {
			ms += atOnce
		}
		all = append(all, eventlog.Due{Subscription: o2.ID(text(pairs[i])), Since: time.UnixMilli(int64(ms)).UTC()})
	}
	slices.SortStableFunc(all, func(a, b eventlog.Due) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Subscription, b.Subscription))
	})
	return all[:min(limit, len(all))], nil
}

// Claim is as in eventlog.Deliveries. The script's write and WAIT go over one
// connection: what WAIT confirms is that write and all that came before it.
func (l *eventLog) Claim(ctx context.Context, held assignment.Held, subscription o2.ID, most int) (eventlog.Claim, error) {
	doing := "claiming deliveries of subscription " + string(subscription)
	if err := files(held, subscription); err != nil {
		return eventlog.Claim{}, fmt.Errorf("%s: %w", doing, err)
	}
	select {
	case l.claims <- struct{}{}:
	case <-ctx.Done():
		return eventlog.Claim{}, failed(ctx, doing, ctx.Err())
	}
	got, err := l.confirmed(ctx, "claim", doing,
		held.Partition, string(held.Fence), string(subscription), most, time.Now().UnixMilli(), l.states.Newest())
	<-l.claims
	if err != nil {
		return eventlog.Claim{}, err
	}
	fields := list(got)
	if len(fields) < 2 {
		return eventlog.Claim{}, odd(doing, got)
	}
	claim := eventlog.Claim{Epoch: store.Token(text(fields[0])), Incarnation: o2.ID(text(fields[1]))}
	if len(fields) < 7 {
		return claim, nil
	}
	states, err := l.keepStates(list(fields[5]), list(fields[6]))
	if err != nil {
		return eventlog.Claim{}, failed(ctx, doing, err)
	}
	entries, err := unpackEntries(list(fields[4]))
	if err != nil {
		return eventlog.Claim{}, failed(ctx, doing, err)
	}
	if claim.Deliveries, err = l.deliveries(ctx, doing, entries, states); err != nil {
		return eventlog.Claim{}, err
	}
	if attempts := text(fields[2]); attempts != "" {
		first := &claim.Deliveries[0]
		if first.Attempts, err = strconv.Atoi(attempts); err == nil {
			first.First, err = parseMoment(fields[3])
		}
		if err != nil {
			return eventlog.Claim{}, failed(ctx, doing, err)
		}
	}
	return claim, nil
}

// files tells whether the subscription is filed under the partition that is held.
func files(held assignment.Held, subscription o2.ID) error {
	if held.Fence == "" || assignment.Of(subscription) != held.Partition {
		return fmt.Errorf("it is not of partition %d: %w", held.Partition, store.ErrFenced)
	}
	return nil
}

// unpackStates reads states and the sequence numbers that they are kept under.
func unpackStates(sequences, packed []any) (map[uint64]o2.Object, error) {
	states := make(map[uint64]o2.Object, len(sequences))
	for i, s := range sequences {
		sequence, err := strconv.ParseUint(text(s), 10, 64)
		if err != nil {
			return nil, err
		}
		if i >= len(packed) || packed[i] == nil {
			return nil, fmt.Errorf("the state %d that an entry refers to is not there", sequence)
		}
		state, err := unpackState(text(packed[i]))
		if err != nil {
			return nil, err
		}
		states[sequence] = state.Object
	}
	return states, nil
}

// Settle is as in eventlog.Deliveries.
func (l *eventLog) Settle(ctx context.Context, held assignment.Held, subscription o2.ID, s eventlog.Settlement) (int, error) {
	doing := "settling deliveries of subscription " + string(subscription)
	if err := files(held, subscription); err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	args := []any{held.Partition, string(held.Fence), string(subscription), s.Delivered, nanoseconds(s.DeliveredAt)}
	if f := s.Failed; f != nil {
		now, letter := time.Now(), ""
		if f.Dead {
			letter = packLetter(f, now)
		}
		args = append(args, f.Position, f.Attempts, nanoseconds(f.First), nanoseconds(f.Next), f.Next.UnixMilli(),
			nanoseconds(now), f.Reason, letter)
	}
	got, err := l.run(ctx, "settle", doing, args...)
	return number(got), err
}
