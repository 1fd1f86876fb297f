package main

import (
	"context"
	"time"

	"github.com/netweave/netweave/sdk"
)

// change names what a watcher has yet to tell of; what became of it is looked
// up when it is told, so that many changes of one object are one.
type change struct {
	kind changeKind
	id   string
}

type changeKind uint8

const (
	changePool changeKind = iota
	changeResource
)

// watcher gathers changes while its goroutine is busy telling earlier ones.
// It is bounded by the number of objects. Its fields are guarded by cloud.mu.
type watcher struct {
	pending map[change]struct{}
	order   []change
	wake    chan struct{}
}

// noteLocked tells every watcher of a change.
func (c *cloud) noteLocked(ch change) {
	for w := range c.watchers {
		if _, ok := w.pending[ch]; ok {
			continue
		}
		w.pending[ch] = struct{}{}
		w.order = append(w.order, ch)
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// Watch sends everything, and then every change.
func (b *backend) Watch(ctx context.Context, events sdk.Events) error {
	if err := b.faults.hit(ctx); err != nil {
		return err
	}
	w := &watcher{pending: map[change]struct{}{}, wake: make(chan struct{}, 1)}
	c := b.cloud
	// The watcher is registered and the state is copied in one step: no change
	// falls between the two.
	c.mu.Lock()
	c.watchers[w] = struct{}{}
	pools, resources, dm := c.poolsLocked(), c.resourcesLocked(), c.managerLocked()
	dmAt := c.dmAt
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, w)
	}()

	if err := b.snapshot(events, dm, pools, resources); err != nil {
		return err
	}
	figures := time.NewTicker(figuresInterval)
	defer figures.Stop()
	for {
		select {
		case <-figures.C:
			if err := b.tellFigures(events); err != nil {
				return err
			}
		case <-w.wake:
			var err error
			if dmAt, err = b.tell(events, w, dmAt); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *backend) snapshot(events sdk.Events, dm *sdk.DeploymentManager, pools []standing, resources []*resource) error {
	if err := events.Begin(); err != nil {
		return err
	}
	if err := events.Put(dm); err != nil {
		return err
	}
	for i := range models {
		if err := events.Put(modelObject(i)); err != nil {
			return err
		}
	}
	for _, p := range pools {
		if err := events.Put(p.object(b.cloud.oCloudID, time.Now())); err != nil {
			return err
		}
	}
	for _, r := range resources {
		if err := events.Put(r.object()); err != nil {
			return err
		}
	}
	return events.Synced()
}

// tellFigures sends the pools again, whose figures have moved.
func (b *backend) tellFigures(events sdk.Events) error {
	b.cloud.mu.RLock()
	pools := b.cloud.poolsLocked()
	b.cloud.mu.RUnlock()
	for _, p := range pools {
		if err := events.Put(p.object(b.cloud.oCloudID, time.Now())); err != nil {
			return err
		}
	}
	return nil
}

// tell sends what w has gathered. The versions are fetched in one step, so they
// belong together; the sums follow what they are sums of.
func (b *backend) tell(events sdk.Events, w *watcher, dmAt uint64) (uint64, error) {
	c := b.cloud
	c.mu.Lock()
	changes := w.order
	w.order = nil
	clear(w.pending)
	pools := make([]standing, len(changes))
	resources := make([]*resource, len(changes))
	for i, ch := range changes {
		switch ch.kind {
		case changePool:
			if p := c.pools[ch.id]; p != nil {
				pools[i] = c.standingLocked(p)
			}
		case changeResource:
			resources[i] = c.resources[ch.id]
		}
	}
	var dm *sdk.DeploymentManager
	if c.dmAt != dmAt {
		dm, dmAt = c.managerLocked(), c.dmAt
	}
	c.mu.Unlock()

	for i, ch := range changes {
		var err error
		switch {
		case pools[i].pool != nil:
			err = events.Put(pools[i].object(c.oCloudID, time.Now()))
		case resources[i] != nil:
			err = events.Put(resources[i].object())
		case ch.kind == changePool:
			err = events.Delete(sdk.KindResourcePool, ch.id)
		default:
			err = events.Delete(sdk.KindResource, ch.id)
		}
		if err != nil {
			return dmAt, err
		}
	}
	if dm != nil {
		return dmAt, events.Put(dm)
	}
	return dmAt, nil
}
