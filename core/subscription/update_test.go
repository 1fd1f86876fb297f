package subscription

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

func TestUpdateReplacesWhatMayChange(t *testing.T) {
	r := newRig(t)
	made := r.create(alice, subscription.Spec{
		Callback: "https://smo.example/1", ConsumerSubscriptionID: "mine", Filter: "pool",
		Secret: secret("sixteen bytes of"), InitialState: true,
	})
	want := *made.Subscription
	for i, step := range []struct {
		spec subscription.Spec
		want func()
	}{
		{
			subscription.Spec{Callback: "https://smo.example/2", Filter: " site "},
			func() { want.Callback, want.ConsumerSubscriptionID, want.Filter = "https://smo.example/2", "", "site" },
		},
		{
			subscription.Spec{Callback: "https://smo.example/2", Filter: "site", Secret: secret("and another sixteen")},
			func() { want.Secret = "and another sixteen" },
		},
		{
			subscription.Spec{Callback: "https://smo.example/2", Filter: "site", Secret: secret("")},
			func() { want.Secret = "" },
		},
		// The same again is written again: the first may not have been confirmed.
		{subscription.Spec{Callback: "https://smo.example/2", Filter: "site"}, func() {}},
	} {
		r.clock = r.clock.Add(time.Minute)
		step.want()
		want.Version++
		want.UpdatedAt = want.UpdatedAt.Add(time.Minute)
		got, err := r.service.Update(t.Context(), visitor, surface, made.ID, step.spec)
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if !reflect.DeepEqual(*got.Subscription, want) {
			t.Errorf("step %d: %+v\nwant %+v", i, *got.Subscription, want)
		}
	}
	if n := len(r.news.published); n != 5 || r.news.published[4] != "subscriptions updated "+string(made.ID) {
		t.Errorf("published %q", r.news.published)
	}
}

// rival changes a subscription whenever the service has just read it.
type rival struct {
	subscriptionstore.Store
	times int
	drop  bool
}

func (s *rival) Get(ctx context.Context, id o2.ID) (*o2.Subscription, error) {
	read, err := s.Store.Get(ctx, id)
	if err != nil || s.times == 0 {
		return read, err
	}
	s.times--
	if s.drop {
		return read, s.Delete(ctx, id)
	}
	next := *read
	next.Version++
	next.Owner += "+"
	return read, s.Update(ctx, &next)
}

func TestUpdateBeginsAnewWhenOthersWereFaster(t *testing.T) {
	for name, tt := range map[string]struct {
		times   int
		drop    bool
		want    error
		version uint64
	}{
		"alone":          {0, false, nil, 2},
		"one was faster": {1, false, nil, 3},
		"four were":      {4, false, nil, 6},
		"without end":    {99, false, subscriptionstore.ErrConflict, 0},
		"it was deleted": {1, true, inventory.ErrNotFound, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			id := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"}).ID
			r.service.config.Store = &rival{Store: r.store, times: tt.times, drop: tt.drop}
			got, err := r.service.Update(t.Context(), alice, surface, id, subscription.Spec{Callback: "https://smo.example/2"})
			if !errors.Is(err, tt.want) {
				t.Fatalf("Update: %v, want %v", err, tt.want)
			}
			if err == nil && (got.Version != tt.version || got.Callback != "https://smo.example/2" || len(got.Owner) != len("alice")+tt.times) {
				t.Errorf("got %+v, want version %d, with what the others wrote", got.Subscription, tt.version)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	r := newRig(t)
	id := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"}).ID
	if err := r.service.Delete(t.Context(), alice, surface, id); err != nil {
		t.Fatal(err)
	}
	if err := r.service.Delete(t.Context(), alice, surface, id); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("again: %v, want that there is none", err)
	}
	if want := []string{"subscriptions created " + string(id), "subscriptions deleted " + string(id)}; !slices.Equal(r.news.published, want) {
		t.Errorf("published %q, want %q", r.news.published, want)
	}
}

func TestDeleteIsConfirmedByTheSameAgain(t *testing.T) {
	r := newRig(t)
	id := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"}).ID
	unconfirmed := true
	r.store.Lose = func(op string) error {
		if op == "Delete" && unconfirmed {
			return store.ErrUnconfirmed
		}
		return nil
	}
	if err := r.service.Delete(t.Context(), alice, surface, id); !errors.Is(err, store.ErrUnconfirmed) {
		t.Fatalf("Delete: %v, want unconfirmed", err)
	}
	confirmed := false
	r.store.Fail = func(op string) error {
		confirmed = confirmed || op == "Delete"
		return nil
	}
	unconfirmed = false
	if err := r.service.Delete(t.Context(), alice, surface, id); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("again: %v, want that there is none", err)
	}
	if !confirmed {
		t.Error("the store was not asked to confirm that the subscription is gone")
	}
}

func TestNewsThatCannotBePublishedIsLogged(t *testing.T) {
	r := newRig(t)
	r.news.fail = errors.New("nobody listens")
	r.create(alice, subscription.Spec{Callback: "https://smo.example/1", Secret: secret("sixteen bytes of")})
	if text := r.logged.String(); !containsAll(text, "nobody listens", "created") || containsAll(text, "sixteen") {
		t.Errorf("logged %q", text)
	}
}
