// Package tenancystoretest is the conformance suite of ports/tenancystore, and an
// implementation in memory for the tests of those who use it.
package tenancystoretest

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
	"github.com/netweave/netweave/ports/tenancystore"
)

// Memory is a tenancystore.Store. The zero Memory is ready for use.
type Memory struct {
	storetest.Faults

	mu    sync.Mutex
	kept  map[tenancystore.Key]tenancystore.Record
	epoch store.Token
	// unconfirmed are those whose last write was lost on its way back.
	unconfirmed map[tenancystore.Key]bool
}

var _ tenancystore.Store = (*Memory)(nil)

// do runs one method under the lock, between the faults planted for it. wrote is
// the key of what it puts, nil for a method that puts nothing.
func (m *Memory) do(op string, wrote *tenancystore.Key, run func() error) error {
	if err := m.Before(op); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.epoch == "" {
		m.kept, m.unconfirmed = map[tenancystore.Key]tenancystore.Record{}, map[tenancystore.Key]bool{}
		m.epoch = storetest.NewToken()
	}
	err := run()
	if err == nil {
		err = m.After(op, nil)
		if wrote != nil {
			m.unconfirmed[*wrote] = err != nil
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// Put is as in tenancystore.Store.
func (m *Memory) Put(_ context.Context, r tenancystore.Record) error {
	return m.do("Put", &r.Key, func() error {
		old, ok := m.kept[r.Key]
		again := ok && m.unconfirmed[r.Key] && old.Version == r.Version && bytes.Equal(old.Data, r.Data)
		switch {
		case again:
		case r.Version == 1 && ok:
			return tenancystore.ErrExists
		case r.Version != 1 && !ok:
			return store.ErrNotFound
		case r.Version != 1 && old.Version+1 != r.Version:
			return fmt.Errorf("version %d is to follow on %d: %w", r.Version, old.Version, tenancystore.ErrConflict)
		}
		r.Data = bytes.Clone(r.Data)
		m.kept[r.Key], m.epoch = r, storetest.NewToken()
		return nil
	})
}

// Delete is as in tenancystore.Store.
func (m *Memory) Delete(_ context.Context, k tenancystore.Key) error {
	return m.do("Delete", nil, func() error {
		if _, ok := m.kept[k]; !ok {
			return store.ErrNotFound
		}
		delete(m.kept, k)
		delete(m.unconfirmed, k)
		m.epoch = storetest.NewToken()
		return nil
	})
}

// Get is as in tenancystore.Store.
func (m *Memory) Get(_ context.Context, k tenancystore.Key) (r tenancystore.Record, err error) {
	err = m.do("Get", nil, func() error {
		var ok bool
		if r, ok = m.kept[k]; !ok {
			return store.ErrNotFound
		}
		r.Data = bytes.Clone(r.Data)
		return nil
	})
	return r, err
}

// All is as in tenancystore.Store.
func (m *Memory) All(context.Context) (list []tenancystore.Record, epoch store.Token, err error) {
	err = m.do("All", nil, func() error {
		epoch = m.epoch
		for _, r := range m.kept {
			r.Data = bytes.Clone(r.Data)
			list = append(list, r)
		}
		return nil
	})
	return list, epoch, err
}

// Epoch is as in tenancystore.Store.
func (m *Memory) Epoch(context.Context) (epoch store.Token, err error) {
	err = m.do("Epoch", nil, func() error {
		epoch = m.epoch
		return nil
	})
	return epoch, err
}
