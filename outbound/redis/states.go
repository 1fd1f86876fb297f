package redis

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// heldStates bounds what a stateCache holds, in bytes of records: twice that at
// most.
const heldStates = 8 << 20

// stateCache holds states that were read of late, so that those whom many
// subscribers are told of are read and decoded once. A sequence number says
// nothing by itself, as a failover may have lost what was stored under it: a
// state is known by its digest too.
type stateCache struct {
	mu sync.Mutex
	// young is filled until it is full; it then takes the place of old.
	young, old map[uint64]o2.Object
	size       int
	newest     uint64
}

// get returns the state of that number and digest, nil if it is not held.
func (c *stateCache) get(sequence uint64, digest o2.Digest) o2.Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	object, ok := c.young[sequence]
	if !ok {
		object, ok = c.old[sequence]
	}
	if !ok || object.Head().StateDigest != digest {
		return nil
	}
	return object
}

func (c *stateCache) put(sequence uint64, object o2.Object, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || c.size > heldStates {
		c.young, c.old, c.size = map[uint64]o2.Object{}, c.young, 0
	}
	c.young[sequence] = object
	c.size += size
	c.newest = max(c.newest, sequence)
}

// known returns the greatest number seen: later states are not held.
func (c *stateCache) known() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest
}

// keep decodes states into the cache and returns them.
func (c *stateCache) keep(sequences, packed []any) (map[uint64]o2.Object, error) {
	states, err := unpackStates(sequences, packed)
	if err != nil {
		return nil, err
	}
	for i, s := range sequences {
		sequence, err := strconv.ParseUint(text(s), 10, 64)
		if err != nil {
			return nil, err
		}
		c.put(sequence, states[sequence], len(text(packed[i])))
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
		object := l.states.get(sequence, digest)
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
	read, err := l.states.keep(sequences, packed)
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
