package subscriptionstoretest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"a subscription comes back whole", func(f *fixture) {
		full := subscription("acme", 1)
		full.Platform = true
		full.Reaches = o2.Reaches{o2.KindResourcePool: o2.ReachShared, o2.KindResource: o2.ReachTenant | o2.ReachShared}
		full.Tenant = "a\x00\u00e9"
		least := &o2.Subscription{
			ID: o2.NewID(), Surface: "o2ims/v1", Callback: "https://x", Version: 1, CreatedAt: made, UpdatedAt: made,
		}
		f.create(full, least)
		f.wantStored(full)
		f.wantStored(least)
		f.wantAll(full, least)
	}},
	{"what is not there is not found", func(f *fixture) {
		s := subscription("acme", 1)
		_, err := f.Subscriptions.Get(f.ctx, s.ID)
		f.wantError("Get", err, store.ErrNotFound)
		f.wantError("Update", f.Subscriptions.Update(f.ctx, next(s, func(*o2.Subscription) {})), store.ErrNotFound)
		f.wantError("Delete", f.Subscriptions.Delete(f.ctx, s.ID), store.ErrNotFound)
		f.wantAll()
	}},
	{"a subscription like another is a duplicate", func(f *fixture) {
		first := subscription("acme", 1)
		f.create(first)
		like := *first
		like.ID, like.Secret, like.InitialState, like.Owner = o2.NewID(), "", false, "someone else"
		_, err := f.Subscriptions.Create(f.ctx, &like, subscriptionstore.Limits{})
		f.wantDuplicate("Create", err, first.ID)
		f.wantAll(first)
		for i, change := range []func(s *o2.Subscription){
			func(s *o2.Subscription) { s.Tenant = "other" },
			func(s *o2.Subscription) { s.Platform = true },
			func(s *o2.Subscription) { s.Surface = "o2ims/v2" },
			func(s *o2.Subscription) { s.Callback += "/" },
			func(s *o2.Subscription) { s.ConsumerSubscriptionID = "" },
			func(s *o2.Subscription) { s.Filter = "" },
		} {
			s := like
			s.ID = o2.DeriveID("unlike", fmt.Sprint(i))
			change(&s)
			f.create(&s)
		}
	}},
	{"an update replaces the version before it", func(f *fixture) {
		first := subscription("acme", 1)
		f.create(first)
		second := next(first, func(s *o2.Subscription) { s.Callback, s.Filter, s.Secret = "https://y", "", "another secret" })
		f.must("Update", f.Subscriptions.Update(f.ctx, second))
		f.wantStored(second)
		f.wantError("Update of an old version", f.Subscriptions.Update(f.ctx, next(first, func(s *o2.Subscription) { s.Filter = "x" })), subscriptionstore.ErrConflict)
		ahead := next(second, func(s *o2.Subscription) { s.Version++ })
		f.wantError("Update of a version to come", f.Subscriptions.Update(f.ctx, ahead), subscriptionstore.ErrConflict)
		f.wantStored(second)
	}},
	{"an update may not make a duplicate", func(f *fixture) {
		one, two := subscription("acme", 1), subscription("acme", 2)
		f.create(one, two)
		err := f.Subscriptions.Update(f.ctx, next(two, func(s *o2.Subscription) { s.Callback = one.Callback }))
		f.wantDuplicate("Update", err, one.ID)
		f.wantStored(two)
	}},
	{"what an update has left behind may be taken", func(f *fixture) {
		one := subscription("acme", 1)
		f.create(one)
		moved := next(one, func(s *o2.Subscription) { s.Callback = "https://elsewhere" })
		f.must("Update", f.Subscriptions.Update(f.ctx, moved))
		like := *one
		like.ID = o2.NewID()
		f.create(&like)
		err := f.Subscriptions.Update(f.ctx, next(moved, func(s *o2.Subscription) { s.Callback = one.Callback }))
		f.wantDuplicate("Update back", err, like.ID)
		f.must("Update that changes no likeness", f.Subscriptions.Update(f.ctx, next(moved, func(s *o2.Subscription) { s.Secret = "x" })))
	}},
	{"what is deleted is gone, and may be made anew", func(f *fixture) {
		one, two := subscription("acme", 1), subscription("acme", 2)
		f.create(one, two)
		f.must("Delete", f.Subscriptions.Delete(f.ctx, one.ID))
		_, err := f.Subscriptions.Get(f.ctx, one.ID)
		f.wantError("Get", err, store.ErrNotFound)
		f.wantError("Delete again", f.Subscriptions.Delete(f.ctx, one.ID), store.ErrNotFound)
		f.wantAll(two)
		again := *one
		again.ID = o2.NewID()
		f.create(&again)
		f.wantAll(two, &again)
	}},
	{"a tenant's list has its own, by id", func(f *fixture) {
		var all, acme []*o2.Subscription
		for i := range 12 {
			tenant := []string{"acme", "acme2", "ac"}[i%3]
			s := subscription(tenant, i)
			all = append(all, s)
			if tenant == "acme" {
				acme = append(acme, s)
			}
		}
		f.create(all...)
		got, err := f.Subscriptions.ListTenant(f.ctx, "acme")
		f.must("ListTenant", err)
		f.equal("the list", idsOf(got), idsOf(acme))
		for i := range got {
			if i > 0 && got[i-1].ID >= got[i].ID {
				f.t.Errorf("subscription %s comes before %s", got[i-1].ID, got[i].ID)
			}
			if got[i].Tenant != "acme" {
				f.t.Errorf("the list of acme has one of %s", got[i].Tenant)
			}
		}
		none, err := f.Subscriptions.ListTenant(f.ctx, "nobody")
		f.must("ListTenant", err)
		f.equal("the list of nobody", len(none), 0)
		f.wantAll(all...)
	}},
	{"a tenant has a limit", func(f *fixture) {
		limits := subscriptionstore.Limits{PerTenant: 2}
		f.create(subscription("acme", 1), subscription("acme", 2), subscription("other", 1))
		_, err := f.Subscriptions.Create(f.ctx, subscription("acme", 3), limits)
		f.wantLimit("Create", err, subscriptionstore.LimitError{Tenant: true, Limit: 2})
		_, err = f.Subscriptions.Create(f.ctx, subscription("other", 2), limits)
		f.must("Create of another tenant", err)
		f.must("Delete", f.Subscriptions.Delete(f.ctx, subscription("acme", 1).ID))
		_, err = f.Subscriptions.Create(f.ctx, subscription("acme", 3), limits)
		f.must("Create after a deletion", err)
	}},
	{"the whole gateway has a limit", func(f *fixture) {
		limits := subscriptionstore.Limits{PerTenant: 2, Total: 3}
		f.create(subscription("acme", 1), subscription("acme", 2), subscription("other", 1))
		_, err := f.Subscriptions.Create(f.ctx, subscription("third", 1), limits)
		f.wantLimit("Create", err, subscriptionstore.LimitError{Limit: 3})
		_, err = f.Subscriptions.Create(f.ctx, subscription("acme", 3), limits)
		f.wantLimit("Create past both limits", err, subscriptionstore.LimitError{Tenant: true, Limit: 2})
		_, err = f.Subscriptions.Create(f.ctx, subscription("acme", 3), subscriptionstore.Limits{})
		f.must("Create without limits", err)
	}},
	{"a limit holds against many at once", func(f *fixture) {
		const limit = 5
		errs := storetest.AtOnce(20, func(i int) error {
			_, err := f.Subscriptions.Create(f.ctx, subscription("acme", i), subscriptionstore.Limits{PerTenant: limit})
			return err
		})
		created := 0
		for _, err := range errs {
			if err == nil {
				created++
				continue
			}
			f.wantLimit("Create", err, subscriptionstore.LimitError{Tenant: true, Limit: limit})
		}
		f.equal("the number created", created, limit)
		list, err := f.Subscriptions.ListTenant(f.ctx, "acme")
		f.must("ListTenant", err)
		f.equal("the number stored", len(list), limit)
	}},
	{"of many alike at once, one is created", func(f *fixture) {
		errs := storetest.AtOnce(12, func(i int) error {
			s := subscription("acme", 1)
			s.ID = o2.DeriveID("alike", fmt.Sprint(i))
			_, err := f.Subscriptions.Create(f.ctx, s, subscriptionstore.Limits{})
			return err
		})
		created := 0
		for _, err := range errs {
			var duplicate *subscriptionstore.DuplicateError
			if err == nil {
				created++
			} else if !errors.As(err, &duplicate) {
				f.t.Errorf("Create: %v", err)
			}
		}
		f.equal("the number created", created, 1)
	}},
	{"of many updates at once, one succeeds", func(f *fixture) {
		first := subscription("acme", 1)
		f.create(first)
		errs := storetest.AtOnce(12, func(i int) error {
			return f.Subscriptions.Update(f.ctx, next(first, func(s *o2.Subscription) { s.Callback = fmt.Sprintf("https://x/%d", i) }))
		})
		updated := 0
		for _, err := range errs {
			if err == nil {
				updated++
			} else {
				f.wantError("Update", err, subscriptionstore.ErrConflict)
			}
		}
		f.equal("the number of updates", updated, 1)
	}},
	{"each write renews the epoch, and reading does not", func(f *fixture) {
		s := subscription("acme", 1)
		before := f.Epoch(f.t)
		renewed := func(what string) {
			f.t.Helper()
			now := f.Epoch(f.t)
			if now == before {
				f.t.Errorf("%s left the epoch as it was", what)
			}
			before = now
		}
		f.create(s)
		renewed("Create")
		f.must("Update", f.Subscriptions.Update(f.ctx, next(s, func(s *o2.Subscription) { s.Filter = "" })))
		renewed("Update")
		f.must("Delete", f.Subscriptions.Delete(f.ctx, s.ID))
		renewed("Delete")
		f.wantAll()
		f.equal("the epoch after reading", f.Epoch(f.t), before)
	}},
	{"the epoch of a list is not later than the list", func(f *fixture) {
		const rounds = 30
		type reading struct {
			epoch store.Token
			size  int
		}
		ctx, cancel := context.WithCancel(f.ctx)
		var readings []reading
		ended := make(chan error, 1)
		go func() {
			for ctx.Err() == nil {
				list, epoch, err := f.Subscriptions.All(f.ctx)
				if err != nil {
					ended <- err
					return
				}
				readings = append(readings, reading{epoch, len(list)})
			}
			ended <- nil
		}()
		// confirmed holds the epochs that were in force when the n-th was there.
		confirmed := map[store.Token]int{}
		for i := range rounds {
			f.create(subscription("acme", i))
			confirmed[f.Epoch(f.t)] = i + 1
		}
		cancel()
		f.must("All", <-ended)
		for _, r := range readings {
			if r.size < confirmed[r.epoch] {
				f.t.Fatalf("a list of %d has the epoch under which %d were confirmed", r.size, confirmed[r.epoch])
			}
		}
	}},
	{"a secret is in no error", func(f *fixture) {
		s := subscription("acme", 1)
		s.Secret = "do-not-tell"
		f.create(s)
		_, err := f.Subscriptions.Create(f.ctx, next(s, func(n *o2.Subscription) { n.ID = o2.NewID() }), subscriptionstore.Limits{})
		if err == nil || strings.Contains(err.Error(), "do-not-tell") {
			f.t.Errorf("Create of a duplicate: %v", err)
		}
	}},
}
