// Package subscriptionstoretest is the conformance suite of
// ports/subscriptionstore, and an implementation in memory for the tests of
// those who use it.
package subscriptionstoretest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// Epochs is the event log that a subscription store renews the epoch of;
// *eventlogtest.Memory is one.
type Epochs interface {
	Epoch() store.Token
	RenewEpoch(ctx context.Context) error
}

// Memory is a subscriptionstore.Store. Make it with NewMemory.
type Memory struct {
	storetest.Faults

	epochs Epochs

	mu   sync.Mutex
	kept map[o2.ID]*o2.Subscription
}

var _ subscriptionstore.Store = (*Memory)(nil)

// NewMemory returns an empty store that renews the epoch of epochs.
func NewMemory(epochs Epochs) *Memory {
	return &Memory{epochs: epochs, kept: map[o2.ID]*o2.Subscription{}}
}

// do runs one method under the lock, between the faults planted for it. A
// method that writes renews the epoch in the same step.
func (m *Memory) do(ctx context.Context, op string, writes bool, run func() error) error {
	if err := m.Before(op); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	err := run()
	if err == nil && writes {
		err = m.epochs.RenewEpoch(ctx)
	}
	if err := m.After(op, err); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// Create is as in subscriptionstore.Store.
func (m *Memory) Create(ctx context.Context, s *o2.Subscription, l subscriptionstore.Limits) (*o2.Subscription, error) {
	err := m.do(ctx, "Create", true, func() error {
		if err := m.unlike(s); err != nil {
			return err
		}
		if err := m.within(s.Tenant, l); err != nil {
			return err
		}
		m.kept[s.ID] = s
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// unlike tells whether no other subscription is like s.
func (m *Memory) unlike(s *o2.Subscription) error {
	for id, other := range m.kept {
		if id != s.ID && other.Likeness() == s.Likeness() {
			return &subscriptionstore.DuplicateError{ID: id}
		}
	}
	return nil
}

// within tells whether there may be one more subscription.
func (m *Memory) within(tenant string, l subscriptionstore.Limits) error {
	own := 0
	for _, other := range m.kept {
		if other.Tenant == tenant {
			own++
		}
	}
	if l.PerTenant > 0 && own >= l.PerTenant {
		return &subscriptionstore.LimitError{Tenant: true, Limit: l.PerTenant}
	}
	if l.Total > 0 && len(m.kept) >= l.Total {
		return &subscriptionstore.LimitError{Limit: l.Total}
	}
	return nil
}

// Update is as in subscriptionstore.Store.
func (m *Memory) Update(ctx context.Context, s *o2.Subscription) error {
	return m.do(ctx, "Update", true, func() error {
		switch stored := m.kept[s.ID]; {
		case stored == nil:
			return store.ErrNotFound
		case stored.Version+1 != s.Version:
			return subscriptionstore.ErrConflict
		}
		if err := m.unlike(s); err != nil {
			return err
		}
		m.kept[s.ID] = s
		return nil
	})
}

// Delete is as in subscriptionstore.Store.
func (m *Memory) Delete(ctx context.Context, id o2.ID) error {
	return m.do(ctx, "Delete", true, func() error {
		if m.kept[id] == nil {
			return store.ErrNotFound
		}
		delete(m.kept, id)
		return nil
	})
}

// Get is as in subscriptionstore.Store.
func (m *Memory) Get(ctx context.Context, id o2.ID) (s *o2.Subscription, err error) {
	err = m.do(ctx, "Get", false, func() error {
		if s = m.kept[id]; s == nil {
			return store.ErrNotFound
		}
		return nil
	})
	return s, err
}

// ListTenant is as in subscriptionstore.Store.
func (m *Memory) ListTenant(ctx context.Context, tenant string) (list []*o2.Subscription, err error) {
	err = m.do(ctx, "ListTenant", false, func() error {
		for _, s := range m.kept {
			if s.Tenant == tenant {
				list = append(list, s)
			}
		}
		return nil
	})
	sortByID(list)
	return list, err
}

// All is as in subscriptionstore.Store.
func (m *Memory) All(ctx context.Context) (list []*o2.Subscription, epoch store.Token, err error) {
	err = m.do(ctx, "All", false, func() error {
		epoch = m.epochs.Epoch()
		for _, s := range m.kept {
			list = append(list, s)
		}
		return nil
	})
	sortByID(list)
	return list, epoch, err
}

func sortByID(list []*o2.Subscription) {
	slices.SortFunc(list, func(a, b *o2.Subscription) int { return cmp.Compare(a.ID, b.ID) })
}
