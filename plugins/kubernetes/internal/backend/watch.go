package backend

import (
	"context"
	"runtime/debug"
	"slices"
	"time"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kube"
	"github.com/netweave/netweave/sdk"
)

// watchChunk is how many objects are built and sent at a time.
const watchChunk = 256

// settlePatience is how long a snapshot waits for a kind that fails to be read
// while others were; after it the others go ahead.
const settlePatience = 20 * time.Second

// Watch sends a snapshot once the cluster was read, then every change as it
// happens, and another snapshot when more kinds can be covered than before.
func (b *Backend) Watch(ctx context.Context, events sdk.Events) error {
	covered, err := b.settled(ctx)
	if err != nil {
		return err
	}
	for {
		changes, keys := b.model.Follow()
		err := b.send(ctx, events, keys, covered)
		if err == nil {
			b.model.Sent(changes)
			// A first list and its snapshot are mostly garbage, and it may be days
			// until so much memory is needed again.
			debug.FreeOSMemory()
			covered, err = b.follow(ctx, events, changes, covered)
		}
		b.model.Unfollow(changes)
		if err != nil {
			return err
		}
	}
}

// settled waits until a snapshot is worth sending and returns what it can cover.
func (b *Backend) settled(ctx context.Context) (kube.Coverage, error) {
	patience := time.NewTimer(settlePatience)
	defer patience.Stop()
	impatient := false
	for {
		changed := b.feeds.Changed()
		if c := b.feeds.Coverage(); c.Settled || impatient && len(c.Kinds) > 0 {
			return c, nil
		}
		select {
		case <-ctx.Done():
			return kube.Coverage{}, ctx.Err()
		case <-changed:
		case <-patience.C:
			impatient = true
		}
	}
}

// send sends one snapshot. Objects of kinds that it does not cover follow as
// plain changes: they are true, but there may be others.
func (b *Backend) send(ctx context.Context, events sdk.Events, keys []inventory.Key, c kube.Coverage) error {
	if err := events.Begin(c.Kinds...); err != nil {
		return err
	}
	covered := func(key inventory.Key) bool { return slices.Contains(c.Kinds, key.Kind) }
	if err := b.put(ctx, events, keys, covered); err != nil {
		return err
	}
	if err := events.Synced(); err != nil {
		return err
	}
	return b.put(ctx, events, keys, func(key inventory.Key) bool { return !covered(key) })
}

func (b *Backend) put(ctx context.Context, events sdk.Events, keys []inventory.Key, wanted func(inventory.Key) bool) error {
	chunk := make([]sdk.Object, 0, watchChunk)
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		err := events.Put(chunk...)
		// The receiver may still hold the slice.
		chunk = make([]sdk.Object, 0, watchChunk)
		return err
	}
	for _, key := range keys {
		if !wanted(key) {
			continue
		}
		// What is gone meanwhile follows as a change.
		if noun := b.model.Get(key); noun != nil {
			chunk = append(chunk, noun)
		}
		if len(chunk) == watchChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// follow sends changes until more can be covered, which it returns, or ctx ends.
func (b *Backend) follow(ctx context.Context, events sdk.Events, changes *inventory.Changes, was kube.Coverage) (kube.Coverage, error) {
	for {
		changed := b.feeds.Changed()
		if now := b.feeds.Coverage(); slices.ContainsFunc(now.Kinds, func(k sdk.Kind) bool { return !slices.Contains(was.Kinds, k) }) {
			// Deletions of kinds that the next snapshot does not cover would be lost.
			return now, b.drain(events, changes)
		}
		select {
		case <-ctx.Done():
			return was, ctx.Err()
		case <-changed:
		case <-changes.Ready():
			if err := b.drain(events, changes); err != nil {
				return was, err
			}
			b.model.Sent(changes)
		}
	}
}

// tellWithin bounds how long what the model holds may take to be sent.
const tellWithin = time.Second

// told waits until a watch that follows has sent all that the model holds.
func (b *Backend) told(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	if err := b.model.Await(ctx, b.model.Told()); err != nil {
		return sdk.Errorf(sdk.Unavailable, "netweave has not taken yet what the cluster holds: %w", err)
	}
	return nil
}

func (b *Backend) drain(events sdk.Events, changes *inventory.Changes) error {
	put, gone := b.model.Drain(changes)
	for chunk := range slices.Chunk(put, watchChunk) {
		if err := events.Put(chunk...); err != nil {
			return err
		}
	}
	for len(gone) > 0 {
		kind, ids := gone[0].Kind, []string(nil)
		for len(gone) > 0 && gone[0].Kind == kind {
			ids, gone = append(ids, gone[0].ID), gone[1:]
		}
		if err := events.Delete(kind, ids...); err != nil {
			return err
		}
	}
	return nil
}
