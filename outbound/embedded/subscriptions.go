package embedded

import (
	"bytes"
	"context"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// subscriptions keeps subscriptions in the file.
type subscriptions struct{ s *Store }

var _ subscriptionstore.Store = (*subscriptions)(nil)

// Create is as in subscriptionstore.Store.
func (k *subscriptions) Create(ctx context.Context, s *o2.Subscription, l subscriptionstore.Limits) (*o2.Subscription, error) {
	record, err := o2.EncodeSubscription(s)
	if err != nil {
		return nil, err
	}
	err = k.s.write(ctx, "creating a subscription", func(c *change) error {
		if err := c.unlike(s); err != nil {
			return err
		}
		if err := c.within(s.Tenant, l); err != nil {
			return err
		}
		c.put(c.tx.Bucket(subscriptionsBucket), []byte(s.ID), record)
		c.put(c.tx.Bucket(likenessBucket), []byte(s.Likeness()), []byte(s.ID))
		c.put(c.tx.Bucket(tenantsBucket), tenantKey(s.Tenant, s.ID), []byte{})
		c.subscriptions++
		c.guard.Epoch = newToken()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// unlike tells whether no other subscription is like s.
func (c *change) unlike(s *o2.Subscription) error {
	if id := c.tx.Bucket(likenessBucket).Get([]byte(s.Likeness())); id != nil && o2.ID(id) != s.ID {
		return &subscriptionstore.DuplicateError{ID: o2.ID(id)}
	}
	return nil
}

// within tells whether there may be one more subscription.
func (c *change) within(tenant string, l subscriptionstore.Limits) error {
	if l.PerTenant > 0 {
		own, prefix := 0, tenantPrefix(tenant)
		cursor := c.tx.Bucket(tenantsBucket).Cursor()
		for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix) && own < l.PerTenant; key, _ = cursor.Next() {
			own++
		}
		if own >= l.PerTenant {
			return &subscriptionstore.LimitError{Tenant: true, Limit: l.PerTenant}
		}
	}
	if l.Total > 0 && c.s.index.subscriptions+c.subscriptions >= l.Total {
		return &subscriptionstore.LimitError{Limit: l.Total}
	}
	return nil
}

// stored returns the subscription as the file has it.
func stored(tx transaction, id o2.ID) (*o2.Subscription, error) {
	record := tx.Bucket(subscriptionsBucket).Get([]byte(id))
	if record == nil {
		return nil, fmt.Errorf("subscription %s: %w", id, store.ErrNotFound)
	}
	return o2.DecodeSubscription(record)
}

// Update is as in subscriptionstore.Store.
func (k *subscriptions) Update(ctx context.Context, s *o2.Subscription) error {
	record, err := o2.EncodeSubscription(s)
	if err != nil {
		return err
	}
	return k.s.write(ctx, "updating a subscription", func(c *change) error {
		before, err := stored(c.tx, s.ID)
		if err != nil {
			return err
		}
		if before.Version+1 != s.Version {
			return fmt.Errorf("version %d is to follow on %d: %w", s.Version, before.Version, subscriptionstore.ErrConflict)
		}
		if err := c.unlike(s); err != nil {
			return err
		}
		c.forget(before)
		c.put(c.tx.Bucket(subscriptionsBucket), []byte(s.ID), record)
		c.put(c.tx.Bucket(likenessBucket), []byte(s.Likeness()), []byte(s.ID))
		c.put(c.tx.Bucket(tenantsBucket), tenantKey(s.Tenant, s.ID), []byte{})
		c.guard.Epoch = newToken()
		return nil
	})
}

// forget takes out a subscription, but for its number.
func (c *change) forget(s *o2.Subscription) {
	c.remove(c.tx.Bucket(subscriptionsBucket), []byte(s.ID))
	c.remove(c.tx.Bucket(likenessBucket), []byte(s.Likeness()))
	c.remove(c.tx.Bucket(tenantsBucket), tenantKey(s.Tenant, s.ID))
}

// Delete is as in subscriptionstore.Store.
func (k *subscriptions) Delete(ctx context.Context, id o2.ID) error {
	return k.s.write(ctx, "deleting a subscription", func(c *change) error {
		s, err := stored(c.tx, id)
		if err != nil {
			return err
		}
		c.forget(s)
		c.subscriptions--
		c.guard.Epoch = newToken()
		return nil
	})
}

// Get is as in subscriptionstore.Store.
func (k *subscriptions) Get(_ context.Context, id o2.ID) (s *o2.Subscription, err error) {
	absent := false
	err = k.s.view("reading a subscription", func(tx transaction) error {
		if absent = tx.Bucket(subscriptionsBucket).Get([]byte(id)) == nil; absent {
			return nil
		}
		s, err = stored(tx, id)
		return err
	})
	if absent {
		return nil, fmt.Errorf("reading subscription %s: %w", id, store.ErrNotFound)
	}
	return s, err
}

// ListTenant is as in subscriptionstore.Store.
func (k *subscriptions) ListTenant(_ context.Context, tenant string) (list []*o2.Subscription, err error) {
	err = k.s.view("listing subscriptions", func(tx transaction) error {
		prefix := tenantPrefix(tenant)
		cursor := tx.Bucket(tenantsBucket).Cursor()
		for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
			s, err := stored(tx, o2.ID(key[len(prefix):]))
			if err != nil {
				return err
			}
			list = append(list, s)
		}
		return nil
	})
	return list, err
}

// All is as in subscriptionstore.Store.
func (k *subscriptions) All(context.Context) (list []*o2.Subscription, epoch store.Token, err error) {
	k.s.mu.Lock()
	epoch = k.s.index.guard.Epoch
	k.s.mu.Unlock()
	err = k.s.view("reading all subscriptions", func(tx transaction) error {
		return tx.Bucket(subscriptionsBucket).ForEach(func(_, record []byte) error {
			s, err := o2.DecodeSubscription(record)
			list = append(list, s)
			return err
		})
	})
	if err != nil {
		return nil, "", err
	}
	return list, epoch, nil
}
