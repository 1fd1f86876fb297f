package subscription

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
)

// kill makes dead letters of objects of those names, and returns their events'
// positions and ids.
func (r *rig) kill(s *o2.Subscription, names ...string) (positions []uint64, ids []o2.ID) {
	r.t.Helper()
	ctx := r.t.Context()
	r.activate(s)
	g, err := r.log.Lead(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	share, err := r.log.Partitions.Join(ctx, "killer", time.Hour)
	if err != nil {
		r.t.Fatal(err)
	}
	held := share.Held[assignment.Of(s.ID)]
	for i, name := range names {
		o := &o2.Resource{Header: o2.Header{ID: o2.DeriveID("lab", name), Name: name}}
		o2.Seal(o)
		g, _, err = r.log.Commit(ctx, g, []eventlog.Change{{
			Object: o2.ObjectKey{Kind: o2.KindResource, ID: o.ID}, Post: &eventlog.State{Object: o}, PostDigest: o.StateDigest,
			At: begin.Add(time.Duration(i) * time.Second), Targets: []eventlog.Target{{Subscription: s.ID, Type: o2.EventCreated}},
		}})
		if err != nil {
			r.t.Fatal(err)
		}
		claim, err := r.log.Claim(ctx, held, s.ID, 1)
		if err != nil {
			r.t.Fatal(err)
		}
		e := claim.Deliveries[0]
		positions = append(positions, e.Position)
		ids = append(ids, o2.EventID(claim.Incarnation, e.Object, e.Sequence, e.PriorDigest, e.PostDigest, s.ID))
		_, err = r.log.Settle(ctx, held, s.ID, eventlog.Settlement{Failed: &eventlog.Failure{
			Position: e.Position, Attempts: 12, First: begin, Reason: "it answered 500", Dead: true,
		}})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	return positions, ids
}

func TestDeadLettersAreShownAsTheyWouldBeSent(t *testing.T) {
	r := newRig(t)
	s := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"})
	positions, ids := r.kill(s.Subscription, "a", "b", "c")
	letters := r.service.DeadLetters()
	list, err := letters.List(t.Context(), alice, s.ID, positions[0], 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("List: %v and %v, want one", list, err)
	}
	got := list[0]
	if got.DiedAt.IsZero() {
		t.Error("it does not say when it died")
	}
	got.DiedAt = time.Time{}
	want := subscription.DeadLetter{
		Position: positions[1], EventID: ids[1], Type: o2.EventCreated,
		Object: o2.ObjectKey{Kind: o2.KindResource, ID: o2.DeriveID("lab", "b")},
		At:     begin.Add(time.Second), Attempts: 12, Reason: "it answered 500",
		Notification: []byte("https://smo.example/1: created b"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDeadLetterThatCannotBeEncodedIsShownWithout(t *testing.T) {
	r := newRig(t)
	s := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"})
	r.kill(s.Subscription, "a")
	for name, f := range map[string]subscription.Family{
		"it fails": {Surface: surface, Encode: func(*o2.Subscription, *o2.Event) ([]byte, error) { return nil, errors.New("no") }},
		"none":     {Surface: other},
	} {
		r.service.families = map[string]subscription.Family{f.Surface: f}
		list, err := r.service.DeadLetters().List(t.Context(), alice, s.ID, 0, 10)
		if err != nil || len(list) != 1 || list[0].Notification != nil || list[0].Reason != "it answered 500" {
			t.Errorf("%s: %+v (%v), want one without notification", name, list, err)
		}
	}
}

func TestDeadLettersAreRedeliveredAndPurged(t *testing.T) {
	r := newRig(t)
	s := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"})
	positions, _ := r.kill(s.Subscription, "a", "b", "c")
	letters := r.service.DeadLetters()
	epoch := r.log.Epoch()
	r.news.published = nil
	if n, err := letters.Redeliver(t.Context(), alice, s.ID, []uint64{positions[2], 999}); n != 1 || err != nil {
		t.Errorf("Redeliver: %d, %v, want 1", n, err)
	}
	if r.log.Epoch() == epoch || len(r.news.published) != 1 {
		t.Errorf("the leader is not told: published %q", r.news.published)
	}
	list, err := letters.List(t.Context(), alice, s.ID, 0, 10)
	if err != nil || len(list) != 3 || !list[2].Redelivering || list[1].Redelivering {
		t.Errorf("List: %+v (%v), want the third about to be redelivered", list, err)
	}
	if n, err := letters.Purge(t.Context(), alice, s.ID, []uint64{positions[0]}); n != 1 || err != nil {
		t.Errorf("Purge: %d, %v, want 1", n, err)
	}
	if n, err := letters.Purge(t.Context(), alice, s.ID, nil); n != 2 || err != nil {
		t.Errorf("Purge of the rest: %d, %v, want 2", n, err)
	}
}

func TestDeadLettersAreTheOwners(t *testing.T) {
	calls := map[string]struct {
		action authz.Action
		call   func(l subscription.DeadLetters, r *rig, sc scope.Scope, id o2.ID) error
	}{
		"List": {authz.ActionRead, func(l subscription.DeadLetters, r *rig, sc scope.Scope, id o2.ID) error {
			_, err := l.List(r.t.Context(), sc, id, 0, 10)
			return err
		}},
		"Redeliver": {authz.ActionUpdate, func(l subscription.DeadLetters, r *rig, sc scope.Scope, id o2.ID) error {
			_, err := l.Redeliver(r.t.Context(), sc, id, nil)
			return err
		}},
		"Purge": {authz.ActionUpdate, func(l subscription.DeadLetters, r *rig, sc scope.Scope, id o2.ID) error {
			_, err := l.Purge(r.t.Context(), sc, id, nil)
			return err
		}},
	}
	for name, tt := range calls {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			// Dead letters are served whatever family the subscription was made under.
			s, err := r.service.Create(t.Context(), alice, other, subscription.Spec{Callback: "https://smo.example/1"})
			if err != nil {
				t.Fatal(err)
			}
			r.kill(s.Subscription, "a")
			letters := r.service.DeadLetters()
			if err := tt.call(letters, r, bob, s.ID); !errors.Is(err, inventory.ErrNotFound) {
				t.Errorf("another tenant: %v, want that there is none", err)
			}
			if list, err := letters.List(t.Context(), alice, s.ID, 0, 10); err != nil || len(list) != 1 || list[0].Redelivering {
				t.Errorf("another tenant's call left %+v (%v)", list, err)
			}
			for who, sc := range map[string]scope.Scope{"the owner": alice, "the platform": operator} {
				if err := tt.call(letters, r, sc, s.ID); err != nil {
					t.Errorf("%s: %v", who, err)
				}
			}
			if err := tt.call(letters, r, bob, s.ID); !errors.Is(err, inventory.ErrNotFound) {
				t.Errorf("another tenant: %v, want that there is none", err)
			}
			if err := tt.call(letters, r, scope.Scope{}, s.ID); !errors.Is(err, authz.ErrDenied) {
				t.Errorf("nobody: %v, want denied", err)
			}
			r.policy.forbidden = tt.action
			if err := tt.call(letters, r, alice, s.ID); !errors.Is(err, authz.ErrDenied) {
				t.Errorf("forbidden: %v, want denied", err)
			}
			r.policy.forbidden = ""
			r.log.Fail = func(string) error { return store.ErrUnavailable }
			if err := tt.call(letters, r, alice, s.ID); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("without a store: %v, want that it is unavailable", err)
			}
		})
	}
}
