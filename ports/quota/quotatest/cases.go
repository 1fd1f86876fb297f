package quotatest

import (
	"errors"
	"math/rand/v2"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"a tenant that is not known has nothing", func(f *fixture) {
		for _, s := range []quota.Store{f.Quotas, f.Other} {
			if u, err := s.Usage(f.ctx, "acme"); err != nil || u != (quota.Usage{}) {
				f.t.Errorf("Usage gave %+v, %v; want nothing", u, err)
			}
		}
	}},
	{"what is reserved and settled is used", func(f *fixture) {
		token := f.reserve("acme", some(2), most(5))
		f.wantUsage("acme", o2.Amounts{}, some(2))
		more := f.reserve("acme", some(3), most(5))
		f.wantUsage("acme", o2.Amounts{}, some(5))
		f.settle(token, some(2))
		f.wantUsage("acme", some(2), some(3))
		f.must("Settle by another", f.Other.Settle(f.ctx, "acme", more, some(3)))
		f.wantUsage("acme", some(5), o2.Amounts{})
	}},
	{"what was really taken counts", func(f *fixture) {
		token := f.reserve("acme", some(4), most(5))
		f.settle(token, some(1))
		f.wantUsage("acme", some(1), o2.Amounts{})
		token = f.reserve("acme", some(1), most(5))
		f.settle(token, some(9))
		f.wantUsage("acme", some(10), o2.Amounts{})
		token = f.reserve("acme", some(1), none)
		f.settle(token, o2.Amounts{})
		f.wantUsage("acme", some(10), o2.Amounts{})
	}},
	{"a quota is exceeded by one too many, and not before", func(f *fixture) {
		f.add("acme", some(3))
		f.reserve("acme", some(4), most(10))
		f.refuse("acme", some(4), most(10), quota.ExceededError{Quota: "maxResources", Limit: 10, Used: 7, Wanted: 4})
		f.reserve("acme", some(3), most(10))
		f.refuse("acme", some(1), most(10), quota.ExceededError{Quota: "maxResources", Limit: 10, Used: 10, Wanted: 1})
		f.reserve("acme", some(1), most(11))
	}},
	{"each quota is bounded by itself", func(f *fixture) {
		for i, name := range o2.QuotaNames {
			var limit, have, want [len(o2.QuotaNames)]int64
			for j := range limit {
				limit[j] = o2.Unlimited
			}
			unit := []int64{1, 1, 1, 500, 1 << 30, 1 << 40}[i]
			limit[i], have[i], want[i] = 10*unit, 8*unit, 3*unit
			f.add(name, o2.AmountsOf(have))
			f.refuse(name, o2.AmountsOf(want), o2.Quotas(o2.AmountsOf(limit)), quota.ExceededError{Quota: name, Limit: 10 * unit, Used: 8 * unit, Wanted: 3 * unit})
			want[i] = 2 * unit
			f.reserve(name, o2.AmountsOf(want), o2.Quotas(o2.AmountsOf(limit)))
		}
	}},
	{"of several that are exceeded the first is named", func(f *fixture) {
		limits := o2.Quotas{ResourcePools: 5, Resources: 5, Subscriptions: 5, CPUMillis: 100, MemoryBytes: 1, StorageBytes: 1}
		f.refuse("acme", o2.Amounts{ResourcePools: 1, CPUMillis: 101, StorageBytes: 2}, limits,
			quota.ExceededError{Quota: "maxCpuCores", Limit: 100, Wanted: 101})
	}},
	{"what has no bound is counted all the same", func(f *fixture) {
		token := f.reserve("acme", some(1<<20), none)
		f.settle(token, some(1<<20))
		f.wantUsage("acme", some(1<<20), o2.Amounts{})
	}},
	{"a quota of nothing allows nothing", func(f *fixture) {
		f.refuse("acme", o2.Amounts{Resources: 1}, o2.Quotas{}, quota.ExceededError{Quota: "maxResources", Wanted: 1})
		f.reserve("acme", o2.Amounts{}, o2.Quotas{})
	}},
	{"who has too much of one thing may have more of another", func(f *fixture) {
		f.add("acme", o2.Amounts{Resources: 9, CPUMillis: 100})
		limits := most(5)
		limits.CPUMillis = 1000
		f.reserve("acme", o2.Amounts{CPUMillis: 900}, limits)
		f.refuse("acme", o2.Amounts{Resources: 1}, limits, quota.ExceededError{Quota: "maxResources", Limit: 5, Used: 9, Wanted: 1})
	}},
	{"what is released is free again", func(f *fixture) {
		token := f.reserve("acme", some(5), most(5))
		for range 3 {
			f.must("Release", f.Other.Release(f.ctx, "acme", token))
			f.wantUsage("acme", o2.Amounts{}, o2.Amounts{})
		}
		f.reserve("acme", some(5), most(5))
	}},
	{"releasing what has ended, or never was, is no error", func(f *fixture) {
		f.must("Release of nothing", f.Quotas.Release(f.ctx, "nobody", "no token"))
		token := f.reserve("acme", some(2), most(5))
		other := f.reserve("acme", some(3), most(5))
		f.settle(token, some(2))
		f.must("Release of what was settled", f.Quotas.Release(f.ctx, "acme", token))
		f.wantUsage("acme", some(2), some(3))
		f.must("Release", f.Quotas.Release(f.ctx, "acme", other))
		f.must("Release of what is over", f.Quotas.Release(f.ctx, "acme", f.brief(some(1))))
		f.wantUsage("acme", some(2), o2.Amounts{})
	}},
	{"a reservation ends by itself", func(f *fixture) {
		f.brief(some(5))
		f.wantUsage("acme", o2.Amounts{}, o2.Amounts{})
		f.reserve("acme", some(5), most(5))
	}},
	{"to settle counts, even what has ended by itself", func(f *fixture) {
		token := f.brief(some(5))
		f.settle(token, some(4))
		f.wantUsage("acme", some(4), o2.Amounts{})
		f.refuse("acme", some(2), most(5), quota.ExceededError{Quota: "maxResources", Limit: 5, Used: 4, Wanted: 2})
	}},
	{"to settle twice counts once", func(f *fixture) {
		token := f.reserve("acme", some(2), most(5))
		for range 3 {
			f.settle(token, some(2))
			f.must("Settle by another", f.Other.Settle(f.ctx, "acme", token, some(2)))
			f.wantUsage("acme", some(2), o2.Amounts{})
		}
		errs := storetest.AtOnce(8, func(i int) error {
			return []quota.Store{f.Quotas, f.Other}[i%2].Settle(f.ctx, "acme", token, some(2))
		})
		f.must("Settle", errors.Join(errs...))
		f.wantUsage("acme", some(2), o2.Amounts{})
		token = f.reserve("acme", some(1), most(5))
		errs = storetest.AtOnce(8, func(i int) error {
			return []quota.Store{f.Quotas, f.Other}[i%2].Settle(f.ctx, "acme", token, some(1))
		})
		f.must("Settle", errors.Join(errs...))
		f.wantUsage("acme", some(3), o2.Amounts{})
	}},
	{"nothing falls below zero", func(f *fixture) {
		f.add("acme", o2.Amounts{Resources: 3, CPUMillis: 500})
		f.add("acme", o2.Amounts{Resources: -1, CPUMillis: -900, MemoryBytes: -5, ResourcePools: 2})
		f.wantUsage("acme", o2.Amounts{Resources: 2, ResourcePools: 2}, o2.Amounts{})
		f.add("new", o2.Amounts{Resources: -1})
		f.wantUsage("new", o2.Amounts{}, o2.Amounts{})
		f.add("new", o2.Amounts{Resources: 1})
		f.wantUsage("new", o2.Amounts{Resources: 1}, o2.Amounts{})
	}},
	{"what is added asks for no quota", func(f *fixture) {
		f.reserve("acme", some(5), most(5))
		f.add("acme", some(7))
		f.wantUsage("acme", some(7), some(5))
		f.add("acme", some(-3))
		f.wantUsage("acme", some(4), some(5))
	}},
	{"tenants have nothing to do with each other", func(f *fixture) {
		tenants := []string{"acme", "acme2", "ac", "a:b", "a", "a\x00b", "a/b", "*", "\u00e9"}
		tokens := map[string]store.Token{}
		for i, tenant := range tenants {
			f.add(tenant, some(int64(i)))
			tokens[tenant] = f.reserve(tenant, some(1), most(int64(i+1)))
			f.refuse(tenant, some(1), most(int64(i+1)), quota.ExceededError{Quota: "maxResources", Limit: int64(i + 1), Used: int64(i + 1), Wanted: 1})
		}
		for i, tenant := range tenants {
			f.wantUsage(tenant, some(int64(i)), some(1))
		}
		// Another tenant's token is worth nothing.
		f.must("Release", f.Quotas.Release(f.ctx, "ac", tokens["acme"]))
		f.wantUsage("ac", some(2), some(1))
		f.wantUsage("acme", some(0), some(1))
	}},
	{"what was counted replaces what is used", func(f *fixture) {
		f.add("acme", some(9))
		f.reconcile("acme", some(4), f.usage("acme").Version)
		f.wantUsage("acme", some(4), o2.Amounts{})
		f.reserve("acme", some(1), most(5))
		f.reconcile("new", some(3), f.usage("new").Version)
		f.wantUsage("new", some(3), o2.Amounts{})
		f.reconcile("new", o2.Amounts{}, f.usage("new").Version)
		f.wantUsage("new", o2.Amounts{}, o2.Amounts{})
	}},
	{"what is counted of a tenant that is not known makes it known", func(f *fixture) {
		f.reconcile("acme", some(3), "")
		f.wantUsage("acme", some(3), o2.Amounts{})
		f.reserve("acme", some(1), most(4))
		f.wantStale("of a tenant that reserves", "")
	}},
	{"what was counted counts only if nothing has happened since", func(f *fixture) {
		unknown := f.usage("acme").Version
		f.add("acme", some(1))
		f.wantStale("of a tenant that became known", unknown)
		seen := map[store.Token]bool{unknown: true}
		stale := func(what string, happens func()) {
			f.t.Helper()
			before := f.usage("acme").Version
			if before == "" || seen[before] {
				f.t.Errorf("before %s the version is %q, which is no new one", what, before)
			}
			seen[before] = true
			happens()
			f.wantStale("after "+what, before)
		}
		var token, other store.Token
		stale("Reserve", func() { token = f.reserve("acme", some(1), none) })
		stale("Settle", func() { f.settle(token, some(1)) })
		stale("a second Reserve", func() { other = f.reserve("acme", some(1), none) })
		stale("Release", func() { f.must("Release", f.Quotas.Release(f.ctx, "acme", other)) })
		stale("Add", func() { f.add("acme", some(-1)) })
		stale("Reserve and Release", func() { f.must("Release", f.Quotas.Release(f.ctx, "acme", f.reserve("acme", some(1), none))) })
		stale("Reserve and Settle", func() { f.settle(f.reserve("acme", some(1), none), some(1)) })
		f.wantStale("with a version of nobody's", "nobody's")
		f.reconcile("acme", some(5), f.usage("acme").Version)
		f.wantUsage("acme", some(5), o2.Amounts{})
	}},
	{"what was counted does not count while something is reserved", func(f *fixture) {
		token := f.reserve("acme", some(1), none)
		f.wantStale("under a reservation", f.usage("acme").Version)
		f.settle(token, some(1))
		f.reconcile("acme", some(2), f.usage("acme").Version)
		token = f.brief(some(1))
		f.reconcile("acme", some(3), f.usage("acme").Version)
		f.settle(token, some(1))
		f.wantUsage("acme", some(4), o2.Amounts{})
	}},
	{"of 50 who reserve at once none is one too many", func(f *fixture) {
		const limit, each, creators = 60, 4, 50
		errs := storetest.AtOnce(creators, func(i int) error {
			s := []quota.Store{f.Quotas, f.Other}[i%2]
			for range each {
				token, err := s.Reserve(f.ctx, "acme", some(1), most(limit), long)
				var exceeded *quota.ExceededError
				if errors.As(err, &exceeded) {
					if exceeded.Limit != limit || exceeded.Used != limit || exceeded.Wanted != 1 {
						f.t.Errorf("Reserve: %+v", *exceeded)
					}
					continue
				}
				if err != nil {
					return err
				}
				if err := s.Settle(f.ctx, "acme", token, some(1)); err != nil {
					return err
				}
			}
			return nil
		})
		f.must("Reserve and Settle", errors.Join(errs...))
		f.wantUsage("acme", some(limit), o2.Amounts{})
	}},
	{"of 50 who reserve, settle and give back none ever has too much", func(f *fixture) {
		const limit, creators = 20, 50
		errs := storetest.AtOnce(creators, func(i int) error {
			s, draw := []quota.Store{f.Quotas, f.Other}[i%2], rand.New(rand.NewPCG(1, uint64(i)))
			for range 6 {
				n := draw.Int64N(3) + 1
				token, err := s.Reserve(f.ctx, "acme", some(n), most(limit), long)
				var exceeded *quota.ExceededError
				switch {
				case errors.As(err, &exceeded):
					continue
				case err != nil:
					return err
				}
				u, err := s.Usage(f.ctx, "acme")
				if err != nil {
					return err
				}
				if have := u.Used.Plus(u.Reserved); have.Resources > limit || have.Resources < n {
					f.t.Errorf("%d are used and %d reserved, of %d", u.Used.Resources, u.Reserved.Resources, limit)
				}
				if draw.IntN(2) == 0 {
					err = s.Release(f.ctx, "acme", token)
				} else if err = s.Settle(f.ctx, "acme", token, some(n)); err == nil {
					err = s.Add(f.ctx, "acme", some(-n))
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		f.must("what they did", errors.Join(errs...))
		f.wantUsage("acme", o2.Amounts{}, o2.Amounts{})
	}},
}
