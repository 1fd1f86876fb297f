package quotatest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
)

// Store is what the suite tests: one store in which no tenant has anything.
type Store struct {
	Quotas quota.Store
	// Other is the same store as another process has it; nil for one that one
	// process alone has.
	Other quota.Store
	// Short is a time that the store can keep to; the suite waits for it to be
	// over. 50 ms if 0.
	Short time.Duration
}

// long is a time that no test outlives, patience what bounds each wait.
const (
	long     = 10 * time.Minute
	patience = 20 * time.Second
)

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{Store: open(t), t: t, ctx: t.Context()}
			if f.Short == 0 {
				f.Short = 50 * time.Millisecond
			}
			if f.Other == nil {
				f.Other = f.Quotas
			}
			c.run(f)
		})
	}
}

type fixture struct {
	Store
	t   *testing.T
	ctx context.Context
}

// none are quotas without a bound.
var none = o2.Quotas{
	ResourcePools: o2.Unlimited, Resources: o2.Unlimited, Subscriptions: o2.Unlimited,
	CPUMillis: o2.Unlimited, MemoryBytes: o2.Unlimited, StorageBytes: o2.Unlimited,
}

// most returns quotas of which resources alone are bounded.
func most(n int64) o2.Quotas {
	q := none
	q.Resources = n
	return q
}

// some are that many resources, of a core, a gigabyte and ten of storage each.
func some(n int64) o2.Amounts {
	return o2.Amounts{Resources: n, CPUMillis: 1000 * n, MemoryBytes: n << 30, StorageBytes: 10 * n << 30}
}

func (f *fixture) must(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
}

func (f *fixture) reserve(tenant string, wanted o2.Amounts, limits o2.Quotas) store.Token {
	f.t.Helper()
	token, err := f.Quotas.Reserve(f.ctx, tenant, wanted, limits, long)
	f.must("Reserve", err)
	if token == "" {
		f.t.Fatal("Reserve gave no token")
	}
	return token
}

// acme is the tenant that most cases are about.
const acme = "acme"

func (f *fixture) settle(token store.Token, taken o2.Amounts) {
	f.t.Helper()
	f.must("Settle", f.Quotas.Settle(f.ctx, acme, token, taken))
}

func (f *fixture) add(tenant string, delta o2.Amounts) {
	f.t.Helper()
	f.must("Add", f.Quotas.Add(f.ctx, tenant, delta))
}

// refuse wants a reservation to fail, and to change nothing.
func (f *fixture) refuse(tenant string, wanted o2.Amounts, limits o2.Quotas, want quota.ExceededError) {
	f.t.Helper()
	before := f.usage(tenant)
	token, err := f.Other.Reserve(f.ctx, tenant, wanted, limits, long)
	var exceeded *quota.ExceededError
	switch {
	case !errors.As(err, &exceeded):
		f.t.Errorf("Reserve gave %q, %v; want *ExceededError", token, err)
	case *exceeded != want:
		f.t.Errorf("Reserve: %+v, want %+v", *exceeded, want)
	}
	if after := f.usage(tenant); after.Used != before.Used || after.Reserved != before.Reserved {
		f.t.Errorf("what was refused changed %+v to %+v", before, after)
	}
}

func (f *fixture) usage(tenant string) quota.Usage {
	f.t.Helper()
	u, err := f.Other.Usage(f.ctx, tenant)
	f.must("Usage", err)
	return u
}

// wantUsage compares what a tenant has.
func (f *fixture) wantUsage(tenant string, used, reserved o2.Amounts) {
	f.t.Helper()
	for _, s := range []quota.Store{f.Quotas, f.Other} {
		u, err := s.Usage(f.ctx, tenant)
		f.must("Usage", err)
		if u.Used != used || u.Reserved != reserved {
			f.t.Errorf("%q has %+v, and %+v reserved; want %+v and %+v", tenant, u.Used, u.Reserved, used, reserved)
		}
	}
}

// reconcile sets what a tenant has to what was counted, which is to succeed.
func (f *fixture) reconcile(tenant string, counted o2.Amounts, version store.Token) {
	f.t.Helper()
	f.must("Reconcile", f.Quotas.Reconcile(f.ctx, tenant, counted, version))
}

func (f *fixture) wantStale(what string, version store.Token) {
	f.t.Helper()
	before := f.usage(acme)
	if err := f.Other.Reconcile(f.ctx, acme, some(77), version); !errors.Is(err, store.ErrStale) {
		f.t.Errorf("Reconcile %s: error %v, want %v", what, err, store.ErrStale)
	}
	if after := f.usage(acme); after.Used != before.Used {
		f.t.Errorf("Reconcile %s changed %+v to %+v", what, before.Used, after.Used)
	}
}

// brief reserves for a short time, for acme, and waits until that is over.
func (f *fixture) brief(wanted o2.Amounts) store.Token {
	f.t.Helper()
	token, err := f.Quotas.Reserve(f.ctx, acme, wanted, none, f.Short)
	f.must("Reserve", err)
	ticks := time.NewTicker(f.Short / 5)
	defer ticks.Stop()
	deadline := time.After(patience)
	for f.usage(acme).Reserved != (o2.Amounts{}) {
		select {
		case <-ticks.C:
		case <-deadline:
			f.t.Fatalf("waited %s for a reservation to end", patience)
		}
	}
	return token
}
