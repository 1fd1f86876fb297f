// Package quotatest is the conformance suite of ports/quota, and an
// implementation in memory for the tests of those who use it.
package quotatest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is a quota.Store. The zero Memory is ready for use. It forgets no
// reservation.
type Memory struct {
	storetest.Faults
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	mu      sync.Mutex
	tenants map[string]*account
}

// account is what a tenant has.
type account struct {
	used         o2.Amounts
	version      store.Token
	reservations map[store.Token]*reservation
}

type reservation struct {
	amounts o2.Amounts
	until   time.Time
	ended   bool
	settled bool
}

var _ quota.Store = (*Memory)(nil)

func (m *Memory) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

// do runs one method on a tenant's account under the lock, between the faults
// planted for it.
func (m *Memory) do(op, tenant string, run func(a *account) error) error {
	if err := m.Before(op); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tenants == nil {
		m.tenants = map[string]*account{}
	}
	a := m.tenants[tenant]
	if a == nil {
		a = &account{reservations: map[store.Token]*reservation{}}
		m.tenants[tenant] = a
	}
	if err := m.After(op, run(a)); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

func (a *account) reserved(now time.Time) (sum o2.Amounts) {
	for _, r := range a.reservations {
		if !r.ended && r.until.After(now) {
			sum = sum.Plus(r.amounts)
		}
	}
	return sum
}

// add adds to what is used, of which nothing falls below 0.
func (a *account) add(delta o2.Amounts) {
	each := a.used.Plus(delta).Each()
	for i := range each {
		each[i] = max(each[i], 0)
	}
	a.used, a.version = o2.AmountsOf(each), storetest.NewToken()
}

// Reserve is as in quota.Store.
func (m *Memory) Reserve(_ context.Context, tenant string, wanted o2.Amounts, limits o2.Quotas, hold time.Duration) (token store.Token, err error) {
	err = m.do("Reserve", tenant, func(a *account) error {
		now := m.now()
		have := a.used.Plus(a.reserved(now))
		if i, exceeded := limits.Exceeded(have, wanted); exceeded {
			return &quota.ExceededError{
				Quota: o2.QuotaNames[i], Limit: o2.Amounts(limits).Each()[i], Used: have.Each()[i], Wanted: wanted.Each()[i],
			}
		}
		token, a.version = storetest.NewToken(), storetest.NewToken()
		a.reservations[token] = &reservation{amounts: wanted, until: now.Add(hold)}
		return nil
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Settle is as in quota.Store.
func (m *Memory) Settle(_ context.Context, tenant string, token store.Token, taken o2.Amounts) error {
	return m.do("Settle", tenant, func(a *account) error {
		r := a.reservations[token]
		if r == nil {
			r = &reservation{}
			a.reservations[token] = r
		}
		if !r.settled {
			r.ended, r.settled = true, true
			a.add(taken)
		}
		return nil
	})
}

// Release is as in quota.Store.
func (m *Memory) Release(_ context.Context, tenant string, token store.Token) error {
	return m.do("Release", tenant, func(a *account) error {
		if r := a.reservations[token]; r != nil && !r.ended {
			r.ended, a.version = true, storetest.NewToken()
		}
		return nil
	})
}

// Add is as in quota.Store.
func (m *Memory) Add(_ context.Context, tenant string, delta o2.Amounts) error {
	return m.do("Add", tenant, func(a *account) error {
		a.add(delta)
		return nil
	})
}

// Usage is as in quota.Store.
func (m *Memory) Usage(_ context.Context, tenant string) (u quota.Usage, err error) {
	err = m.do("Usage", tenant, func(a *account) error {
		u = quota.Usage{Used: a.used, Reserved: a.reserved(m.now()), Version: a.version}
		return nil
	})
	return u, err
}

// Reconcile is as in quota.Store.
func (m *Memory) Reconcile(_ context.Context, tenant string, counted o2.Amounts, version store.Token) error {
	return m.do("Reconcile", tenant, func(a *account) error {
		if a.version != version || a.reserved(m.now()) != (o2.Amounts{}) {
			return store.ErrStale
		}
		a.used = counted
		return nil
	})
}
