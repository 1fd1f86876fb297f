package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/embedded"
	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/ports/quota"
)

const (
	creators = 50
	// quotaLimit is less than the creators: there is always one who is refused.
	quotaLimit = 20
	quotaFor   = 5 * time.Second
)

// benchQuotas has many creators take from one tenant's quota at once, in each
// store, and give back what they took: never may there be more than the limit.
func benchQuotas(ctx context.Context, _ settings, r *report) (err error) {
	dir, err := os.MkdirTemp("", "netweave-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file, err := embedded.Open(embedded.Config{Path: filepath.Join(dir, "store.db")}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := contend(ctx, r, "embedded store", []quota.Store{file.Quotas()}); err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	cluster, _, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	var processes []quota.Store
	for range 2 {
		one, err := redis.Open(ctx, redis.Config{Addresses: cluster.Addresses(), MasterName: cluster.MasterName(), Replicas: 1}, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, one.Close()) }()
		processes = append(processes, one.Quotas())
	}
	if err := contend(ctx, r, "Redis with Sentinels, two processes", processes); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

// contention is what creators see of each other.
type contention struct {
	held, most        atomic.Int64
	granted, refusals atomic.Int64
}

// took notes that one more is held. What is held is counted later than the store
// grants it and no later than it is given back: it is never more than granted.
func (c *contention) took() {
	n := c.held.Add(1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	c.granted.Add(1)
}

func contend(ctx context.Context, r *report, name string, stores []quota.Store) error {
	const tenant = "smo-alpha"
	limits := o2.Quotas{
		ResourcePools: o2.Unlimited, Resources: quotaLimit, Subscriptions: o2.Unlimited,
		CPUMillis: o2.Unlimited, MemoryBytes: o2.Unlimited, StorageBytes: o2.Unlimited,
	}
	one := o2.Amounts{Resources: 1}
	var (
		seen  contention
		wg    sync.WaitGroup
		errs  = make([]error, creators)
		until = time.Now().Add(quotaFor)
	)
	create := func(s quota.Store, settle bool) error {
		token, err := s.Reserve(ctx, tenant, one, limits, time.Minute)
		var exceeded *quota.ExceededError
		if errors.As(err, &exceeded) {
			seen.refusals.Add(1)
			return nil
		}
		if err != nil {
			return err
		}
		seen.took()
		if settle { // it was created, and is deleted again
			if err := s.Settle(ctx, tenant, token, one); err != nil {
				return err
			}
			seen.held.Add(-1)
			return s.Add(ctx, tenant, o2.Amounts{Resources: -1})
		}
		seen.held.Add(-1)
		return s.Release(ctx, tenant, token)
	}
	for i := range creators {
		wg.Go(func() {
			for n := i; time.Now().Before(until) && errs[i] == nil; n++ {
				errs[i] = create(stores[i%len(stores)], n%2 == 0)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	left, err := stores[0].Usage(ctx, tenant)
	if err != nil {
		return err
	}
	filled, err := fill(ctx, stores, tenant, one, limits)
	if err != nil {
		return err
	}
	over := max(seen.most.Load(), filled) - quotaLimit
	if remains := left.Used.Resources + left.Reserved.Resources; remains != 0 || over < 0 {
		return fmt.Errorf("all was given back and %d are in use; then %d of %d could be had", remains, filled, quotaLimit)
	}
	r.atMost("50 creators at once, more than the quota of 20: "+name, float64(over), 0,
		"%.0f reservations a second granted and given back, %.0f refused; %d held at most, %d once nobody gave back",
		float64(seen.granted.Load())/quotaFor.Seconds(), float64(seen.refusals.Load())/quotaFor.Seconds(), seen.most.Load(), filled)
	return nil
}

// fill has every creator take one at once and keep it, and returns how many could.
func fill(ctx context.Context, stores []quota.Store, tenant string, one o2.Amounts, limits o2.Quotas) (int64, error) {
	var (
		wg    sync.WaitGroup
		taken atomic.Int64
		errs  = make([]error, creators)
	)
	for i := range creators {
		wg.Go(func() {
			_, err := stores[i%len(stores)].Reserve(ctx, tenant, one, limits, time.Minute)
			var exceeded *quota.ExceededError
			switch {
			case err == nil:
				taken.Add(1)
			case !errors.As(err, &exceeded):
				errs[i] = err
			}
		})
	}
	wg.Wait()
	return taken.Load(), errors.Join(errs...)
}
