package redis

import (
	"context"
	"fmt"
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// keepStates decodes states, holds them, and returns them.
func (l *eventLog) keepStates(sequences, packed []any) (map[uint64]o2.Object, error) {
	states, err := unpackStates(sequences, packed)
	if err != nil {
		return nil, err
	}
	for i, s := range sequences {
		sequence, err := strconv.ParseUint(text(s), 10, 64)
		if err != nil {
			return nil, err
		}
		l.states.Put(sequence, states[sequence], len(text(packed[i])))
	}
	return states, nil
}

// deliveries joins entries with their states: those that came along, those that
// are held, and the rest, which it reads. They are there as long as the entries
// are.
func (l *eventLog) deliveries(ctx context.Context, doing string, entries []eventlog.Entry, along map[uint64]o2.Object) ([]eventlog.Delivery, error) {
	list := make([]eventlog.Delivery, len(entries))
	missing := map[uint64]bool{}
	find := func(sequence uint64, digest o2.Digest) o2.Object {
		if sequence == 0 {
			return nil
		}
		if object, ok := along[sequence]; ok {
			return object
		}
		object := l.states.Get(sequence, digest)
		if object == nil {
			missing[sequence] = true
		}
		return object
	}
	for i, e := range entries {
		list[i] = eventlog.Delivery{Entry: e, PriorState: find(e.Prior, e.PriorDigest), PostState: find(e.Post, e.PostDigest)}
	}
	if len(missing) == 0 {
		return list, nil
	}
	fields := make([]string, 0, len(missing))
	sequences := make([]any, 0, len(missing))
	for sequence := range missing {
		field := strconv.FormatUint(sequence, 10)
		fields, sequences = append(fields, field), append(sequences, field)
	}
	packed, err := l.client.HMGet(ctx, l.key("states"), fields...).Result()
	if err != nil {
		return nil, failed(ctx, doing, err)
	}
	read, err := l.keepStates(sequences, packed)
	if err != nil {
		return nil, failed(ctx, doing, err)
	}
	for i := range list {
		d := &list[i]
		if d.PriorState == nil && d.Prior != 0 {
			d.PriorState = read[d.Prior]
		}
		if d.PostState == nil && d.Post != 0 {
			d.PostState = read[d.Post]
		}
		if d.Prior != 0 && d.PriorState == nil || d.Post != 0 && d.PostState == nil {
			return nil, failed(ctx, doing, fmt.Errorf("a state of the entry at %d is not there", d.Position))
		}
	}
	return list, nil
}
