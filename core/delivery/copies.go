package delivery

import (
	"context"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

// maxCopies bounds the subscriptions kept in memory, at about 1 KiB each.
const maxCopies = 16384

// copies keeps subscriptions for as long as no subscription has changed: a copy
// is good for claims of the epoch that it was read under.
type copies struct {
	source Subscriptions
	mu     sync.Mutex
	byID   map[o2.ID]dated
}

type dated struct {
	subscription *o2.Subscription
	epoch        store.Token
}

// get returns the subscription as it was at the claim that had the epoch, or
// later.
func (c *copies) get(ctx context.Context, id o2.ID, epoch store.Token) (*o2.Subscription, error) {
	c.mu.Lock()
	known, ok := c.byID[id]
	c.mu.Unlock()
	if ok && known.epoch == epoch {
		return known.subscription, nil
	}
	s, err := c.source.Get(ctx, id)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		delete(c.byID, id)
		return nil, err
	}
	if !ok && len(c.byID) >= maxCopies {
		for other := range c.byID {
			delete(c.byID, other)
			break
		}
	}
	c.byID[id] = dated{s, epoch}
	return s, nil
}

// forget drops the copy of a subscription.
func (c *copies) forget(id o2.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
}
