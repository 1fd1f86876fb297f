package quota_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/quota"
	port "github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/quota/quotatest"
	"github.com/netweave/netweave/ports/store"
)

func keeper(t *testing.T, s port.Store, log *bytes.Buffer) *quota.Keeper {
	t.Helper()
	k, err := quota.New(quota.Config{
		Store: s, Log: slog.New(slog.NewTextHandler(log, nil)),
		Limits: func(string) o2.Quotas {
			return o2.Quotas{ResourcePools: 10, Resources: o2.Unlimited, Subscriptions: o2.Unlimited, CPUMillis: 1000, MemoryBytes: o2.Unlimited, StorageBytes: o2.Unlimited}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAReservationIsSettledOrReleased(t *testing.T) {
	m, log := &quotatest.Memory{}, &bytes.Buffer{}
	k := keeper(t, m, log)
	wants := func(used, reserved o2.Amounts) {
		t.Helper()
		u, err := m.Usage(t.Context(), "acme")
		if err != nil || u.Used != used || u.Reserved != reserved {
			t.Errorf("in use %+v (%v), want %+v and reserved %+v", u, err, used, reserved)
		}
	}
	reserve := func(a o2.Amounts) quota.Reservation {
		t.Helper()
		r, err := k.Reserve(t.Context(), "acme", a)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first, second := reserve(o2.Amounts{ResourcePools: 4, CPUMillis: 900}), reserve(o2.Amounts{ResourcePools: 1})
	wants(o2.Amounts{}, o2.Amounts{ResourcePools: 5, CPUMillis: 900})
	// What was begun is ended though the caller has gone.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	first.Settle(gone, o2.Amounts{ResourcePools: 4, CPUMillis: 800, MemoryBytes: 7})
	second.Release(gone)
	wants(o2.Amounts{ResourcePools: 4, CPUMillis: 800, MemoryBytes: 7}, o2.Amounts{})
	_, err := k.Reserve(t.Context(), "acme", o2.Amounts{ResourcePools: 1, CPUMillis: 300})
	var exceeded *port.ExceededError
	if !errors.As(err, &exceeded) || *exceeded != (port.ExceededError{Quota: "maxCpuCores", Limit: 1000, Used: 800, Wanted: 300}) {
		t.Errorf("beyond the quota: %v", err)
	}
	k.Adjust(gone, "acme", o2.Amounts{ResourcePools: -4, CPUMillis: -800})
	wants(o2.Amounts{MemoryBytes: 7}, o2.Amounts{})
	if log.Len() > 0 {
		t.Errorf("all went well, and yet it logged: %s", log)
	}
}

// TestWhatIsShownAndNotCounted leaves no more room than what is counted. Nobody looks
// where nothing is bounded.
func TestWhatIsShownAndNotCounted(t *testing.T) {
	looks := 0
	k, err := quota.New(quota.Config{
		Store: &quotatest.Memory{},
		Limits: func(string) o2.Quotas {
			return o2.Quotas{ResourcePools: 10, Resources: o2.Unlimited, Subscriptions: o2.Unlimited, CPUMillis: 1000, MemoryBytes: o2.Unlimited, StorageBytes: o2.Unlimited}
		},
		Count: func(string) o2.Amounts {
			if looks++; looks == 1 {
				return o2.Amounts{} // and it has more since
			}
			return o2.Amounts{ResourcePools: 9, Resources: 99}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Reserve(t.Context(), "acme", o2.Amounts{ResourcePools: 1, Resources: 5}); err != nil {
		t.Errorf("the last: %v", err)
	}
	_, err = k.Reserve(t.Context(), "acme", o2.Amounts{ResourcePools: 2})
	var exceeded *port.ExceededError
	if !errors.As(err, &exceeded) || *exceeded != (port.ExceededError{Quota: "maxResourcePools", Limit: 10, Used: 9, Wanted: 2}) {
		t.Errorf("beyond: %v", err)
	}
	before := looks
	if _, err := k.Reserve(t.Context(), "acme", o2.Amounts{Resources: 5}); err != nil || looks != before {
		t.Errorf("without a bound: %v, looked %d times", err, looks-before)
	}
}

// TestFiftyCreators never take more than there is, between them.
func TestFiftyCreators(t *testing.T) {
	m, log := &quotatest.Memory{}, &bytes.Buffer{}
	k := keeper(t, m, log)
	var made, most atomic.Int64
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			for range 20 {
				r, err := k.Reserve(t.Context(), "acme", o2.Amounts{ResourcePools: 1})
				if err != nil {
					continue
				}
				now := made.Add(1)
				for {
					if seen := most.Load(); seen >= now || most.CompareAndSwap(seen, now) {
						break
					}
				}
				if n%2 == 0 {
					made.Add(-1)
					r.Release(t.Context())
					continue
				}
				r.Settle(t.Context(), o2.Amounts{ResourcePools: 1})
			}
		})
	}
	wg.Wait()
	for { // what others held meanwhile is free now
		r, err := k.Reserve(t.Context(), "acme", o2.Amounts{ResourcePools: 1})
		if err != nil {
			break
		}
		r.Settle(t.Context(), o2.Amounts{ResourcePools: 1})
	}
	u, err := m.Usage(t.Context(), "acme")
	if err != nil || u.Used.ResourcePools != 10 || u.Reserved != (o2.Amounts{}) || most.Load() > 10 {
		t.Errorf("in use %+v (%v), and at most %d at once; want 10", u, err, most.Load())
	}
}

func TestAStoreThatIsAway(t *testing.T) {
	m, log := &quotatest.Memory{}, &bytes.Buffer{}
	k := keeper(t, m, log)
	r, err := k.Reserve(t.Context(), "acme", o2.Amounts{ResourcePools: 1})
	if err != nil {
		t.Fatal(err)
	}
	m.Fail = func(string) error { return store.ErrUnavailable }
	if _, err := k.Reserve(t.Context(), "acme", o2.Amounts{ResourcePools: 1}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Reserve: %v, want that it is unavailable", err)
	}
	r.Settle(t.Context(), o2.Amounts{})
	r.Release(t.Context())
	k.Adjust(t.Context(), "acme", o2.Amounts{ResourcePools: -1})
	if n := strings.Count(log.String(), "the quota is off until it is reconciled"); n != 3 {
		t.Errorf("it is logged %d times: %s", n, log)
	}
}

func TestNew(t *testing.T) {
	limits := func(string) o2.Quotas { return o2.Quotas{} }
	for want, c := range map[string]quota.Config{
		"quota: no store is configured":                             {Limits: limits},
		"quota: nothing that tells a tenant's quotas is configured": {Store: &quotatest.Memory{}},
		"quota: a reservation cannot last for a negative time":      {Store: &quotatest.Memory{}, Limits: limits, Hold: -1},
	} {
		if _, err := quota.New(c); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// Objects may be older than the gateway: a tenant of which the store knows nothing
// begins with what it has in the views, and no later count changes that.
func TestATenantBeginsWithWhatItHas(t *testing.T) {
	m := &quotatest.Memory{}
	count := func(string) o2.Amounts { return o2.Amounts{ResourcePools: 4, Subscriptions: 9} }
	limits := func(string) o2.Quotas { return o2.Quotas{ResourcePools: 5} }
	one := o2.Amounts{ResourcePools: 1}
	first, err := quota.New(quota.Config{Store: m, Limits: limits, Count: count})
	if err != nil {
		t.Fatal(err)
	}
	second, err := quota.New(quota.Config{Store: m, Limits: limits, Count: count})
	if err != nil {
		t.Fatal(err)
	}
	r, err := first.Reserve(t.Context(), "acme", one)
	if err != nil {
		t.Fatal(err)
	}
	r.Settle(t.Context(), one)
	var exceeded *port.ExceededError
	for _, k := range []*quota.Keeper{first, second} {
		if _, err := k.Reserve(t.Context(), "acme", one); !errors.As(err, &exceeded) || exceeded.Used != 5 {
			t.Errorf("beyond what there was: %v", err)
		}
	}
	if u, err := m.Usage(t.Context(), "acme"); err != nil || u.Used != (o2.Amounts{ResourcePools: 5}) {
		t.Errorf("in use %+v, %v", u, err)
	}
}
