package redis

import (
	"context"
	"slices"
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// standingsSize is how many queues one script looks at.
const standingsSize = 500

// Standings is as in eventlog.Standings.
func (l *eventLog) Standings(ctx context.Context, subscriptions []o2.ID) ([]eventlog.Standing, error) {
	const doing = "reading how queues stand"
	all := make([]eventlog.Standing, 0, len(subscriptions))
	for some := range slices.Chunk(subscriptions, standingsSize) {
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = string(id)
		}
		got, err := l.run(ctx, "standings", doing, args...)
		if err != nil {
			return nil, err
		}
		answered := list(got)
		if len(answered) != len(some) {
			return nil, odd(doing, got)
		}
		for _, a := range answered {
			standing, err := readStanding(list(a))
			if err != nil {
				return nil, failed(ctx, doing, err)
			}
			all = append(all, standing)
		}
	}
	return all, nil
}

// readStanding reads what the script says of one queue; nil is not in force.
func readStanding(f []any) (s eventlog.Standing, err error) {
	if len(f) != 9 {
		return s, nil
	}
	s.Overflowed, s.Length, s.DeadLetters = text(f[0]) == "1", number(f[1]), number(f[2])
	if head := text(f[3]); head != "" {
		e, _, err := unpackEntry(head)
		if err != nil {
			return s, err
		}
		s.Oldest = e.At
	}
	if attempts := text(f[4]); attempts != "" {
		if s.Attempts, err = strconv.Atoi(attempts); err != nil {
			return s, err
		}
	}
	if s.Next, err = parseMoment(f[5]); err != nil {
		return s, err
	}
	if s.LastSuccess, err = parseMoment(f[6]); err != nil {
		return s, err
	}
	s.LastError = text(f[7])
	s.LastFailure, err = parseMoment(f[8])
	return s, err
}

// DeadLetters is as in eventlog.Standings.
func (l *eventLog) DeadLetters(ctx context.Context, subscription o2.ID, after uint64, limit int) ([]eventlog.DeadLetter, error) {
	const doing = "reading dead letters"
	got, err := l.run(ctx, "deadletters", doing, string(subscription), after, limit)
	if err != nil {
		return nil, err
	}
	fields := list(got)
	if len(fields) != 4 {
		return nil, odd(doing, got)
	}
	states, err := unpackStates(list(fields[2]), list(fields[3]))
	if err != nil {
		return nil, failed(ctx, doing, err)
	}
	var all []eventlog.DeadLetter
	for i, packed := range list(fields[0]) {
		d, err := unpackLetter(text(packed))
		if err != nil {
			return nil, failed(ctx, doing, err)
		}
		d.PriorState, d.PostState = states[d.Prior], states[d.Post]
		d.Redelivering = number(list(fields[1])[i]) == 1
		all = append(all, d)
	}
	return all, nil
}

// RequestRedelivery is as in eventlog.Standings.
func (l *eventLog) RequestRedelivery(ctx context.Context, subscription o2.ID, positions []uint64) (int, error) {
	args := append([]any{random(), string(subscription)}, choice(positions)...)
	got, err := l.run(ctx, "request", "asking for dead letters to be delivered again", args...)
	return number(got), err
}

// PurgeDeadLetters is as in eventlog.Standings.
func (l *eventLog) PurgeDeadLetters(ctx context.Context, subscription o2.ID, positions []uint64) (int, error) {
	args := append([]any{string(subscription)}, choice(positions)...)
	got, err := l.run(ctx, "purge", "purging dead letters", args...)
	return number(got), err
}

// choice tells a script which dead letters are meant; nil is all.
func choice(positions []uint64) []any {
	if positions == nil {
		return []any{"all"}
	}
	return append([]any{"some"}, distinct(positions)...)
}
