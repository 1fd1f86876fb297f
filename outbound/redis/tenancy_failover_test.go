//go:build integration

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
)

func tenantRecord(id string, version uint64, data string) tenancystore.Record {
	return tenancystore.Record{
		Key: tenancystore.Key{Kind: tenancystore.KindTenant, Tenant: id}, Version: version, Data: []byte(data),
	}
}

func auditRecord(n uint64) audit.Record {
	return audit.Record{
		Writer: "w", Link: audit.Link{Number: n, Hash: fmt.Sprint("h", n)}, Previous: fmt.Sprint("h", n-1),
		At: time.UnixMilli(int64(n)).UTC(), Tenant: "acme", Data: []byte(`{}`),
	}
}

// TestTenancyUnconfirmed writes while replicas are away, and again when they are
// back: the same completes it, once.
func TestTenancyUnconfirmed(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 1}), 1}
	c := l.config()
	c.WaitTimeout = 300 * time.Millisecond
	s := open(t, c)
	records, log, ctx := s.Tenancy(), s.Audit(), t.Context()
	replica := l.Servers()[1]
	away := func() { t.Helper(); must(t, replica.Pause()) }
	back := func() { t.Helper(); must(t, replica.Resume()); must(t, l.AwaitReplicas(ctx, 1)) }

	first, second := tenantRecord("acme", 1, `{"a":1}`), tenantRecord("acme", 2, `{"a":2}`)
	begun := auditRecord(1)
	begun.Previous = ""
	before, err := records.Epoch(ctx)
	must(t, err)
	away()
	wantError(t, "Put", records.Put(ctx, first), store.ErrUnconfirmed)
	if got, err := records.Get(ctx, first.Key); err != nil || string(got.Data) != `{"a":1}` {
		t.Errorf("a pending record is %s, %v", got.Data, err)
	}
	if epoch, err := records.Epoch(ctx); err != nil || epoch == before {
		t.Errorf("the epoch is %q still, %v", epoch, err)
	}
	wantError(t, "Put again", records.Put(ctx, first), store.ErrUnconfirmed)
	wantError(t, "Put of another", records.Put(ctx, tenantRecord("acme", 1, `{"a":9}`)), tenancystore.ErrExists)
	wantError(t, "Append", log.Append(ctx, []audit.Record{begun, auditRecord(2)}), store.ErrUnconfirmed)
	wantError(t, "Append again", log.Append(ctx, []audit.Record{begun, auditRecord(2)}), store.ErrUnconfirmed)
	back()
	must(t, records.Put(ctx, first))
	wantError(t, "Put once more", records.Put(ctx, first), tenancystore.ErrExists)
	must(t, log.Append(ctx, []audit.Record{begun, auditRecord(2)}))
	wantError(t, "Append once more", log.Append(ctx, []audit.Record{begun, auditRecord(2)}), store.ErrStale)

	away()
	wantError(t, "Put of the second", records.Put(ctx, second), store.ErrUnconfirmed)
	wantError(t, "Put of another second", records.Put(ctx, tenantRecord("acme", 2, `{}`)), tenancystore.ErrConflict)
	wantError(t, "Append of the third", log.Append(ctx, []audit.Record{auditRecord(3)}), store.ErrUnconfirmed)
	back()
	must(t, records.Put(ctx, second))
	wantError(t, "Put of the second once more", records.Put(ctx, second), tenancystore.ErrConflict)
	must(t, log.Append(ctx, []audit.Record{auditRecord(4)})) // what follows confirms what was before

	away()
	wantError(t, "Delete", records.Delete(ctx, first.Key), store.ErrUnconfirmed)
	wantError(t, "Delete again", records.Delete(ctx, first.Key), store.ErrUnconfirmed)
	back()
	wantError(t, "Delete with replicas", records.Delete(ctx, first.Key), store.ErrNotFound)
	if left := l.raw(t).HLen(ctx, c.Prefix+"tenancy:pending").Val(); left != 0 {
		t.Errorf("%d records are pending still", left)
	}
}

// TestTenancyPending has two write the same at once while replicas are away for a
// moment: one of them has stored it, and the other hears that it is there.
func TestTenancyPending(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 1}), 1}
	c := l.config()
	c.WaitTimeout = 2 * time.Second
	one, two, ctx := open(t, c).Tenancy(), open(t, c).Tenancy(), t.Context()
	replica := l.Servers()[1]
	must(t, replica.Pause())
	r := tenantRecord("acme", 1, `{}`)
	errs := make(chan error, 2)
	go func() { errs <- one.Put(ctx, r) }()
	until(t, "the first to be stored", func() bool { _, err := two.Get(ctx, r.Key); return err == nil })
	go func() { errs <- two.Put(ctx, r) }()
	must(t, replica.Resume())
	err, other := <-errs, <-errs
	if err != nil {
		err, other = other, err
	}
	must(t, err)
	wantError(t, "Put by the other", other, tenancystore.ErrExists)
}

// TestTenancyFailover loses what no replica had: the epoch is another then, and
// what was lost can be written again.
func TestTenancyFailover(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 2, Sentinels: 3}), 1}
	c := l.config()
	c.WaitTimeout = 500 * time.Millisecond
	s := open(t, c)
	records, log, ctx := s.Tenancy(), s.Audit(), t.Context()
	kept, lost := tenantRecord("kept", 1, `{}`), tenantRecord("lost", 1, `{}`)
	first := auditRecord(1)
	first.Previous = ""
	must(t, records.Put(ctx, kept))
	must(t, log.Append(ctx, []audit.Record{first}))
	must(t, l.AwaitReplicas(ctx, 2))

	release, err := l.HoldBack(ctx)
	must(t, err)
	wantError(t, "a tenant that no replica confirms", records.Put(ctx, lost), store.ErrUnconfirmed)
	wantError(t, "a deletion that no replica confirms", records.Delete(ctx, kept.Key), store.ErrUnconfirmed)
	wantError(t, "a record that no replica confirms", log.Append(ctx, []audit.Record{auditRecord(2)}), store.ErrUnconfirmed)
	all, seen, err := records.All(ctx)
	must(t, err)
	if len(all) != 1 || all[0].Tenant != "lost" {
		t.Errorf("before the failover there are %+v, want what was written", all)
	}
	master, err := l.Master(ctx)
	must(t, err)
	must(t, master.Kill())
	must(t, release())
	var epoch store.Token
	until(t, "the store to be back", func() bool {
		epoch, err = records.Epoch(ctx)
		return err == nil
	})
	if epoch == seen {
		t.Errorf("the epoch is %q still, though a write was lost", epoch)
	}
	all, _, err = records.All(ctx)
	must(t, err)
	if len(all) != 1 || all[0].Tenant != "kept" {
		t.Errorf("after the failover there are %+v, want what was confirmed", all)
	}
	must(t, l.AwaitReplicas(ctx, 1))
	must(t, records.Put(ctx, lost))
	must(t, records.Delete(ctx, kept.Key))
	chains, err := log.Chains(ctx)
	must(t, err)
	if len(chains) != 1 || chains[0].Head != first.Link {
		t.Errorf("after the failover the chains are %+v, want the head %+v", chains, first.Link)
	}
	must(t, log.Append(ctx, []audit.Record{auditRecord(2)}))
}

// TestCreators has fifty at once, in three processes, take of a quota, give some
// of it back, and take again: never is there one too many, and none is left over.
func TestCreators(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	c := l.config()
	stores := []quota.Store{open(t, c).Quotas(), open(t, c).Quotas(), open(t, c).Quotas()}
	const limit = 137
	limits := o2.Quotas{Resources: limit, CPUMillis: o2.Unlimited}
	wanted := o2.Amounts{Resources: 1, CPUMillis: 250}
	var have, most, settled atomic.Int64
	create := func(s quota.Store, i int) error {
		reservation, err := s.Reserve(t.Context(), "acme", wanted, limits, time.Minute)
		var full *quota.ExceededError
		if errors.As(err, &full) {
			return nil
		}
		if err != nil {
			return err
		}
		for n := have.Add(1); ; {
			before := most.Load()
			if n <= before || most.CompareAndSwap(before, n) {
				break
			}
		}
		if i%3 == 0 {
			have.Add(-1) // it is given back only afterwards
			return s.Release(t.Context(), "acme", reservation)
		}
		settled.Add(1)
		return errors.Join(s.Settle(t.Context(), "acme", reservation, wanted), s.Settle(t.Context(), "acme", reservation, wanted))
	}
	var creators sync.WaitGroup
	for i := range 50 {
		creators.Go(func() {
			for j := range 10 {
				if err := create(stores[i%3], i+j); err != nil {
					t.Error(err)
				}
			}
		})
	}
	creators.Wait()
	if most.Load() > limit {
		t.Errorf("there were %d at once, and the limit is %d", most.Load(), limit)
	}
	usage, err := stores[0].Usage(t.Context(), "acme")
	must(t, err)
	want := o2.Amounts{Resources: limit, CPUMillis: 250 * limit}
	if usage.Used != want || usage.Reserved != (o2.Amounts{}) || settled.Load() != limit {
		t.Errorf("in the end %+v are used, %+v reserved, and %d were created; want %+v, none, and %d",
			usage.Used, usage.Reserved, settled.Load(), want, limit)
	}
}

// TestReservationsEnd: a reservation whose process died gives way by itself; one
// that is settled after that counts all the same, once.
func TestReservationsEnd(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	c := l.config()
	s, ctx := open(t, c).Quotas(), context.Background()
	one, limits := o2.Amounts{ResourcePools: 1}, o2.Quotas{ResourcePools: 1}
	late, err := s.Reserve(ctx, "acme", one, limits, 200*time.Millisecond)
	must(t, err)
	_, err = s.Reserve(ctx, "acme", one, limits, time.Minute)
	var full *quota.ExceededError
	if !errors.As(err, &full) || *full != (quota.ExceededError{Quota: "maxResourcePools", Limit: 1, Used: 1, Wanted: 1}) {
		t.Errorf("Reserve of what is reserved: %v", err)
	}
	until(t, "the reservation to end", func() bool {
		usage, err := s.Usage(ctx, "acme")
		return err == nil && usage.Reserved == o2.Amounts{}
	})
	other, err := s.Reserve(ctx, "acme", one, limits, time.Minute)
	must(t, err)
	must(t, s.Release(ctx, "acme", other))
	must(t, s.Settle(ctx, "acme", late, one))
	must(t, s.Settle(ctx, "acme", late, one))
	usage, err := s.Usage(ctx, "acme")
	must(t, err)
	if usage.Used != one || usage.Reserved != (o2.Amounts{}) {
		t.Errorf("%+v are used and %+v reserved, want one used", usage.Used, usage.Reserved)
	}
	until(t, "what is remembered to go", func() bool {
		return l.raw(t).Exists(ctx, c.Prefix+"quota:settled:acme").Val() == 0
	})
	if left := l.raw(t).Exists(ctx, c.Prefix+"quota:reservations:acme", c.Prefix+"quota:ends:acme").Val(); left != 0 {
		t.Errorf("%d keys of reservations are left", left)
	}
}
