package tenancy

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

func TestQuotas(t *testing.T) {
	r := twoTenants(t)
	must(t, r.quotas.Add(t.Context(), "red", o2.Amounts{ResourcePools: 2, CPUMillis: 500}))
	_, err := r.quotas.Reserve(t.Context(), "red", o2.Amounts{ResourcePools: 1}, unlimited, time.Minute)
	must(t, err)
	subscribe(t, r, "red")
	subscribe(t, r, "blue")
	byDefault := o2.Quotas{ResourcePools: 10, Resources: 100, Subscriptions: 5, CPUMillis: -1, MemoryBytes: -1, StorageBytes: -1}
	limits, used, err := r.Quotas(t.Context(), alice, "red")
	if want := (o2.Amounts{ResourcePools: 3, CPUMillis: 500, Subscriptions: 1}); err != nil || limits != byDefault || used != want {
		t.Errorf("got %+v, %+v, %v, want %+v, %+v", limits, used, err, byDefault, want)
	}
	own := o2.Quotas{ResourcePools: 7, Resources: o2.Unlimited}
	if limits, used, err = r.SetQuotas(t.Context(), root, "red", &own); err != nil || limits != own || used.ResourcePools != 3 {
		t.Errorf("got %+v, %+v, %v, want %+v", limits, used, err, own)
	}
	if limits, _, err = r.SetQuotas(t.Context(), root, "red", nil); err != nil || limits != byDefault {
		t.Errorf("got %+v, %v, want %+v", limits, err, byDefault)
	}
	for _, c := range []struct {
		name   string
		caller scope.Scope
		tenant string
		quotas *o2.Quotas
		want   error
	}{
		{"an owner's own", alice, "red", &own, authz.ErrDenied},
		{"an owner's own, wrongly", alice, "red", &o2.Quotas{Resources: -5}, authz.ErrDenied},
		{"another's", alice, "blue", &own, tenancy.ErrNotFound},
		{"nobody's", alice, "green", &own, tenancy.ErrNotFound},
		{"nobody's by the platform", root, "green", &own, tenancy.ErrNotFound},
		{"the platform's", root, "platform", &own, tenancy.ErrNotFound},
		{"who holds no role", bob, "red", &own, authz.ErrDenied},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := r.SetQuotas(t.Context(), c.caller, c.tenant, c.quotas)
			wantError(t, "setting", err, c.want)
			if c.want == tenancy.ErrNotFound { //nolint:errorlint // it is one of the table
				_, _, err = r.Quotas(t.Context(), c.caller, c.tenant)
				wantError(t, "reading", err, c.want)
			}
		})
	}
	_, _, err = r.SetQuotas(t.Context(), root, "red", &o2.Quotas{MemoryBytes: -5})
	wantField(t, "a negative quota", err, "maxMemoryGb")
}

// counts is a Counter.
type counts struct {
	mu   sync.Mutex
	have map[string]o2.Amounts
	// current is when the one view was last known to be so; zero if it was never
	// read to its end, and now if always.
	current time.Time
	always  bool
}

func (c *counts) Statuses() []inventory.BackendStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	status := inventory.BackendStatus{Synced: c.always || !c.current.IsZero()}
	if !c.always && status.Synced {
		status.Age = time.Since(c.current)
	}
	return []inventory.BackendStatus{{Synced: true}, status}
}

// seen has the view be current as of some time, from then on or just then.
func (c *counts) seen(current time.Time, always bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current, c.always = current, always
}

func (c *counts) Count() map[string]o2.Amounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.have
}

func (c *counts) set(have map[string]o2.Amounts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.have = have
}

// keep runs a keeper until the test ends.
func keep(t *testing.T, r *rig) *counts {
	t.Helper()
	c := &counts{}
	k, err := NewKeeper(KeeperConfig{Service: r.Service, Counter: c, Log: loggerTo(r.log)})
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { k.Lead(ctx, "") })
	t.Cleanup(func() { cancel(); running.Wait() })
	return c
}

func pools(n int64) o2.Amounts { return o2.Amounts{ResourcePools: n} }

// used is what the quota store takes a tenant to have after some time.
func used(t *testing.T, r *rig, tenant string, after time.Duration) o2.Amounts {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	usage, err := r.quotas.Usage(t.Context(), tenant)
	must(t, err)
	return usage.Used
}

func TestWhatIsCountedCorrectsWhatIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		must(t, r.quotas.Add(t.Context(), "red", pools(7)))
		must(t, r.quotas.Add(t.Context(), "blue", pools(2)))
		c := keep(t, r)
		if got := used(t, r, "red", time.Hour); got != pools(7) {
			t.Errorf("before the view was ever whole: %+v", got)
		}
		c.seen(time.Now(), false)
		if got := used(t, r, "red", time.Hour); got != pools(0) {
			t.Errorf("once it was: %+v", got)
		}
		must(t, r.quotas.Add(t.Context(), "red", pools(7)))
		if got := used(t, r, "red", time.Hour); got != pools(7) {
			t.Errorf("while the backend is away: %+v", got)
		}
		must(t, r.quotas.Add(t.Context(), "red", pools(-7)))
		must(t, r.quotas.Add(t.Context(), "red", pools(7)))
		must(t, r.quotas.Add(t.Context(), "blue", pools(2)))
		c.seen(time.Time{}, true)
		c.set(map[string]o2.Amounts{"red": {ResourcePools: 3, Subscriptions: 4}, "": pools(9), "*": pools(9), "green": pools(9)})
		if got := used(t, r, "red", 2*time.Minute); got != pools(7) {
			t.Errorf("before it has settled: %+v", got)
		}
		if got := used(t, r, "red", time.Minute); got != pools(3) {
			t.Errorf("after it has settled: %+v", got)
		}
		if got := used(t, r, "blue", 0); got != pools(0) {
			t.Errorf("of whom nothing is counted: %+v", got)
		}
	})
}

// What a backend has of a tenant counts from the tenant's first moment, and is not
// counted again afterwards, when the view may lack what the tenant is making.
func TestANewTenantHasWhatIsThereAlready(t *testing.T) {
	r := newRig(t)
	there := map[string]o2.Amounts{"red": {ResourcePools: 4, Subscriptions: 1}, "blue": {ResourcePools: 2}}
	r.config.Counted = func(tenant string) o2.Amounts { return there[tenant] }
	has := func(tenant string) o2.Amounts {
		usage, err := r.quotas.Usage(t.Context(), tenant)
		must(t, err)
		return usage.Used
	}
	must(t, r.quotas.Add(t.Context(), "blue", pools(9)))
	for tenant, want := range map[string]o2.Amounts{"red": pools(4), "blue": pools(9), "green": pools(0)} {
		_, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: tenant})
		must(t, err)
		if got := has(tenant); got != want {
			t.Errorf("%s has %+v, want %+v", tenant, got, want)
		}
	}
	there["green"] = pools(7)
	_, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "green"})
	wantError(t, "again", err, tenancystore.ErrExists)
	if got := has("green"); got != pools(0) {
		t.Errorf("made again, it has %+v", got)
	}
	r.quotas.Fail = func(string) error { return store.ErrUnavailable }
	_, err = r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "grey"})
	wantError(t, "while the store is away", err, store.ErrUnavailable)
}

// A creation whose object is not in the leader's view yet is not lost, whether it
// is under way or settled.
func TestCreationsAreNotCorrectedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		must(t, r.quotas.Add(t.Context(), "red", pools(1)))
		c := keep(t, r)
		c.seen(time.Time{}, true)
		c.set(map[string]o2.Amounts{"red": pools(0)}) // one too many is used
		time.Sleep(110 * time.Second)
		hold, err := r.quotas.Reserve(t.Context(), "red", pools(1), unlimited, 10*time.Minute)
		must(t, err)
		if got := used(t, r, "red", 5*time.Minute); got != pools(1) {
			t.Errorf("while something is reserved: %+v", got)
		}
		must(t, r.quotas.Settle(t.Context(), "red", hold, pools(1)))
		if got := used(t, r, "red", 110*time.Second); got != pools(2) {
			t.Errorf("settled, and not in the view yet: %+v", got)
		}
		c.set(map[string]o2.Amounts{"red": pools(1)})
		if got := used(t, r, "red", 3*time.Minute); got != pools(1) {
			t.Errorf("in the view: %+v", got)
		}
	})
}

// A tenant that is never quiet does not keep what it has from being counted.
func TestBusyTenantsAreCountedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		c := keep(t, r)
		c.seen(time.Time{}, true)
		c.set(map[string]o2.Amounts{"red": {ResourcePools: 5, Resources: 50}})
		for range 30 { // it always has something under way
			hold, err := r.quotas.Reserve(t.Context(), "red", pools(1), unlimited, time.Hour)
			must(t, err)
			time.Sleep(10 * time.Second)
			must(t, r.quotas.Release(t.Context(), "red", hold))
		}
		// What is reserved may be in the views already.
		if got := used(t, r, "red", 0); got.ResourcePools < 4 || got.Resources != 50 {
			t.Errorf("busy, it has %+v, want 4 pools at least and 50 resources", got)
		}
		if got := used(t, r, "red", 5*time.Minute); got != (o2.Amounts{ResourcePools: 5, Resources: 50}) {
			t.Errorf("quiet again, it has %+v", got)
		}
	})
}

// What one look alone shows may be what was just deleted elsewhere.
func TestOneLookAddsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		must(t, r.quotas.Add(t.Context(), "red", pools(1)))
		c := keep(t, r)
		c.seen(time.Time{}, true)
		c.set(map[string]o2.Amounts{"red": pools(3)})
		time.Sleep(15 * time.Second) // it looks after 1 s and after 31 s
		c.set(map[string]o2.Amounts{"red": pools(2)})
		if got := used(t, r, "red", 30*time.Second); got != pools(2) {
			t.Errorf("it has %+v, want what both looks have shown", got)
		}
	})
}

// A tenant of which the store knows nothing begins with what it has, as soon as all
// backends were read.
func TestATenantBeginsWithWhatIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		c := keep(t, r)
		c.set(map[string]o2.Amounts{"red": pools(3)})
		if got := used(t, r, "red", time.Minute); got != pools(0) {
			t.Errorf("before the backends were read: %+v", got)
		}
		c.seen(time.Time{}, true)
		if got := used(t, r, "red", 2*time.Second); got != pools(3) {
			t.Errorf("once they were: %+v", got)
		}
	})
}

func TestTheLeaderRemovesWhatIsLeftOfDeletedTenants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := twoTenants(t)
		must(t, r.DeleteTenant(t.Context(), root, "red"))
		keep(t, r)
		// Another process had not heard of it yet.
		plant(t, r.store, userKey("red", "late"), `{"tenantId":"red","userId":"late"}`)
		must(t, r.dir.Reload(t.Context()))
		subscribe(t, r, "red")
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(r.dir.home("red").entries); n != 1 {
			t.Errorf("%d records are left, want the tenant's alone", n)
		}
		if list, err := r.subs.ListTenant(t.Context(), "red"); err != nil || len(list) != 0 {
			t.Errorf("its subscriptions: %v, %v", list, err)
		}
	})
}
