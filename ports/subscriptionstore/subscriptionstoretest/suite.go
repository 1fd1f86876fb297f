package subscriptionstoretest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// Store is what the suite tests: one empty store.
type Store struct {
	Subscriptions subscriptionstore.Store
	// Epoch returns the event log's epoch (eventlog.Guard) as it is now.
	Epoch func(t *testing.T) store.Token
}

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.run(&fixture{Store: open(t), t: t, ctx: t.Context()})
		})
	}
}

type fixture struct {
	Store
	t   *testing.T
	ctx context.Context
}

// made is when the suite's subscriptions were made.
var made = time.Date(2026, 3, 1, 12, 0, 0, 123_000_000, time.UTC)

// subscription returns the n-th subscription of a tenant; no two are alike.
func subscription(tenant string, n int) *o2.Subscription {
	return &o2.Subscription{
		ID: o2.DeriveID("subscriptions "+tenant, fmt.Sprint(n)), Tenant: tenant, Owner: "someone", Surface: "o2ims/v1",
		Callback: fmt.Sprintf("https://smo.example/%d", n), ConsumerSubscriptionID: "c", Filter: "(eq,name,\u00e9)",
		Secret: "a secret that is long enough", InitialState: true, Version: 1, CreatedAt: made, UpdatedAt: made,
	}
}

// next returns s as changed by fn, under its next version.
func next(s *o2.Subscription, fn func(s *o2.Subscription)) *o2.Subscription {
	changed := *s
	changed.Version++
	changed.UpdatedAt = changed.UpdatedAt.Add(time.Second)
	fn(&changed)
	return &changed
}

func (f *fixture) create(list ...*o2.Subscription) {
	f.t.Helper()
	for _, s := range list {
		got, err := f.Subscriptions.Create(f.ctx, s, subscriptionstore.Limits{})
		f.must("Create", err)
		f.equal("what was created", got, s)
	}
}

func (f *fixture) must(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
}

func (f *fixture) wantError(what string, err, want error) {
	f.t.Helper()
	if !errors.Is(err, want) {
		f.t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func (f *fixture) wantDuplicate(what string, err error, of o2.ID) {
	f.t.Helper()
	var duplicate *subscriptionstore.DuplicateError
	if !errors.As(err, &duplicate) {
		f.t.Errorf("%s: error %v, want *DuplicateError", what, err)
		return
	}
	f.equal("the duplicate", duplicate.ID, of)
}

func (f *fixture) wantLimit(what string, err error, want subscriptionstore.LimitError) {
	f.t.Helper()
	var limit *subscriptionstore.LimitError
	if !errors.As(err, &limit) {
		f.t.Errorf("%s: error %v, want *LimitError", what, err)
		return
	}
	f.equal("the limit", *limit, want)
}

func (f *fixture) equal(what string, got, want any) {
	f.t.Helper()
	if !reflect.DeepEqual(got, want) {
		f.t.Errorf("%s is\n  %+v, want\n  %+v", what, got, want)
	}
}

func (f *fixture) wantStored(want *o2.Subscription) {
	f.t.Helper()
	got, err := f.Subscriptions.Get(f.ctx, want.ID)
	f.must("Get", err)
	f.equal("what is stored", got, want)
}

// wantAll compares every subscription, which are to come by id.
func (f *fixture) wantAll(want ...*o2.Subscription) {
	f.t.Helper()
	got, epoch, err := f.Subscriptions.All(f.ctx)
	f.must("All", err)
	f.equal("all subscriptions", idsOf(got), idsOf(want))
	f.equal("the epoch", epoch, f.Epoch(f.t))
	for i := 1; i < len(got); i++ {
		if got[i-1].ID >= got[i].ID {
			f.t.Errorf("subscription %s comes before %s", got[i-1].ID, got[i].ID)
		}
	}
}

func idsOf(list []*o2.Subscription) map[o2.ID]uint64 {
	ids := map[o2.ID]uint64{}
	for _, s := range list {
		ids[s.ID] = s.Version
	}
	return ids
}
