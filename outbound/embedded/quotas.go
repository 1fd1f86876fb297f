package embedded

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
)

// quotas counts what tenants have: what is used in the file, what is reserved in
// memory. To reserve waits for no sync.
type quotas struct{ s *Store }

var _ quota.Store = (*quotas)(nil)

// total returns a sum of which nothing is below 0, and nothing overflows.
func total(a, b o2.Amounts) o2.Amounts {
	x, y := a.Each(), b.Each()
	for i := range x {
		if y[i] > math.MaxInt64-max(x[i], 0) {
			x[i] = math.MaxInt64
			continue
		}
		x[i] = max(x[i]+y[i], 0)
	}
	return o2.AmountsOf(x)
}

func encodeUsed(a o2.Amounts) (b []byte) {
	for _, n := range a.Each() {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

func decodeUsed(key, value []byte) (tenant string, used o2.Amounts, err error) {
	k, v := reader{rest: key}, reader{rest: value}
	tenant = k.text()
	each := used.Each()
	for i := range each {
		if each[i] = int64(v.number()); each[i] < 0 {
			v.broken = true
		}
	}
	if k.broken || len(k.rest) > 0 {
		return "", used, fmt.Errorf("%w: whose quotas", errRecord)
	}
	return tenant, o2.AmountsOf(each), v.end("what a tenant has")
}

func loadUsed(tx transaction, x *index) error {
	b := tx.Bucket(usedBucket)
	if b == nil {
		return nil // it is an earlier program's file
	}
	return b.ForEach(func(key, value []byte) error {
		tenant, used, err := decodeUsed(key, value)
		x.used[tenant] = used
		return err
	})
}

// has returns what a tenant has used.
func (c *change) has(tenant string) o2.Amounts {
	if used, ok := c.used[tenant]; ok {
		return used
	}
	return c.s.index.used[tenant]
}

func (c *change) use(tenant string, used o2.Amounts) {
	c.used[tenant] = used
	c.put(c.tx.Bucket(usedBucket), tenantPrefix(tenant), encodeUsed(used))
}

// Reserve is as in quota.Store.
func (q *quotas) Reserve(_ context.Context, tenant string, wanted o2.Amounts, limits o2.Quotas, hold time.Duration) (store.Token, error) {
	const what = "reserving of a quota"
	if err := q.s.usable(what); err != nil {
		return "", err
	}
	wanted = total(wanted, o2.Amounts{}) // nobody makes room by wanting less than nothing
	now := time.Now()
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	have := total(q.s.index.used[tenant], q.s.reservations.reserved(tenant, now))
	if i, exceeded := limits.Exceeded(have, wanted); exceeded {
		return "", fmt.Errorf("%s: %w", what, &quota.ExceededError{
			Quota: o2.QuotaNames[i], Limit: o2.Amounts(limits).Each()[i], Used: have.Each()[i], Wanted: wanted.Each()[i],
		})
	}
	q.s.reservations.renew(tenant)
	return q.s.reservations.add(tenant, wanted, hold, now), nil
}

// Settle is as in quota.Store.
func (q *quotas) Settle(ctx context.Context, tenant string, token store.Token, taken o2.Amounts) error {
	key := reservationKey{tenant, token}
	if err := fits(tenantPrefix(tenant)); err != nil {
		return err
	}
	q.pin(key, 1)
	defer q.pin(key, -1)
	return q.s.write(ctx, "settling a reservation", func(c *change) error {
		c.s.mu.Lock()
		settled := c.s.reservations.isSettled(key, time.Now())
		c.s.mu.Unlock()
		if _, now := c.settled[key]; settled || now {
			return nil
		}
		c.use(tenant, total(c.has(tenant), taken))
		c.settled[key] = struct{}{}
		return nil
	})
}

func (q *quotas) pin(key reservationKey, by int) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	q.s.reservations.pin(key, by)
}

// Release is as in quota.Store.
func (q *quotas) Release(_ context.Context, tenant string, token store.Token) error {
	if err := q.s.usable("releasing a reservation"); err != nil {
		return err
	}
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	if q.s.reservations.end(reservationKey{tenant, token}) {
		q.s.reservations.renew(tenant)
	}
	return nil
}

// Add is as in quota.Store.
func (q *quotas) Add(ctx context.Context, tenant string, delta o2.Amounts) error {
	if err := fits(tenantPrefix(tenant)); err != nil {
		return err
	}
	return q.s.write(ctx, "adding to what a tenant has", func(c *change) error {
		c.use(tenant, total(c.has(tenant), delta))
		return nil
	})
}

// Usage is as in quota.Store.
func (q *quotas) Usage(_ context.Context, tenant string) (quota.Usage, error) {
	if err := q.s.usable("reading what a tenant has"); err != nil {
		return quota.Usage{}, err
	}
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	used, known := q.s.index.used[tenant]
	if known && q.s.reservations.versions[tenant] == "" {
		q.s.reservations.renew(tenant)
	}
	return quota.Usage{
		Used: used, Reserved: q.s.reservations.reserved(tenant, time.Now()), Version: q.s.reservations.versions[tenant],
	}, nil
}

// Reconcile is as in quota.Store. Who reserves once it has been looked at comes
// after it: what that takes was not counted.
func (q *quotas) Reconcile(ctx context.Context, tenant string, counted o2.Amounts, version store.Token) error {
	if err := fits(tenantPrefix(tenant)); err != nil {
		return err
	}
	return q.s.write(ctx, "correcting what a tenant has", func(c *change) error {
		_, changed := c.used[tenant]
		c.s.mu.Lock()
		c.s.reservations.reserved(tenant, time.Now()) // forgets what has ended by itself
		holds := !changed && c.s.reservations.versions[tenant] == version && len(c.s.reservations.open[tenant]) == 0
		c.s.mu.Unlock()
		if !holds {
			return store.ErrStale
		}
		c.use(tenant, total(counted, o2.Amounts{}))
		return nil
	})
}
