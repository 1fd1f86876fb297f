package embedded

import (
	"fmt"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lab leads a store and delivers from it.
type lab struct {
	*Store
	t     testing.TB
	log   eventlog.Log
	guard eventlog.Guard
	held  []assignment.Held
	told  map[string]uint64
}

func newLab(t testing.TB, s *Store) *lab {
	t.Helper()
	l := &lab{Store: s, t: t, log: s.EventLog(), told: map[string]uint64{}}
	var err error
	l.guard, err = l.log.Lead(t.Context())
	l.must(err)
	share, err := s.Assignment().Join(t.Context(), "lab", time.Hour)
	l.must(err)
	l.held = share.Held
	l.must(l.log.WalkTold(t.Context(), func(told eventlog.Told) error {
		l.told[told.Object.Head().NativeID] = told.Sequence
		return nil
	}))
	return l
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func subscriptionID(n int) o2.ID { return o2.DeriveID("subscriptions", fmt.Sprint(n)) }

func (l *lab) activate(ids ...o2.ID) {
	l.t.Helper()
	for _, id := range ids {
		next, err := l.log.Activate(l.t.Context(), l.guard, eventlog.Activation{Subscription: id, Version: 3, Tenant: "acme", Filter: "f"}, nil, false)
		l.must(err)
		l.guard = next
	}
}

// change is a new state of a resource, of interest to subscriptions.
func (l *lab) change(name string, revision int, ids ...o2.ID) eventlog.Change {
	r := &o2.Resource{Header: o2.Header{
		ID: o2.DeriveID("lab", name), NativeID: name, Backend: "lab", Name: fmt.Sprint(name, revision),
		Extensions: `{"rack":"a rack with a name of some length","serial":"0123456789abcdef"}`,
	}}
	o2.Seal(r)
	c := eventlog.Change{
		Object: o2.ObjectKey{Kind: o2.KindResource, ID: r.ID}, Prior: l.told[name],
		Post: &eventlog.State{Object: r, Owner: "acme"}, PostDigest: r.StateDigest, At: noon,
	}
	for _, id := range ids {
		c.Targets = append(c.Targets, eventlog.Target{Subscription: id, Type: o2.EventModified})
	}
	return c
}

func (l *lab) commit(changes ...eventlog.Change) error {
	next, _, err := l.log.Commit(l.t.Context(), l.guard, changes)
	if err != nil {
		return err
	}
	for i, c := range changes {
		l.told[c.Post.Object.Head().NativeID] = l.guard.Sequence + uint64(i) + 1
	}
	l.guard = next
	return nil
}

func (l *lab) put(name string, revision int, ids ...o2.ID) {
	l.t.Helper()
	l.must(l.commit(l.change(name, revision, ids...)))
}

func (l *lab) claim(id o2.ID, most int) []eventlog.Delivery {
	l.t.Helper()
	c, err := l.log.Claim(l.t.Context(), l.held[assignment.Of(id)], id, most)
	l.must(err)
	return c.Deliveries
}

func (l *lab) settle(id o2.ID, s eventlog.Settlement) {
	l.t.Helper()
	_, err := l.log.Settle(l.t.Context(), l.held[assignment.Of(id)], id, s)
	l.must(err)
}

func (l *lab) positions(id o2.ID) (list []uint64) {
	l.t.Helper()
	q, err := l.log.Queue(l.t.Context(), id)
	l.must(err)
	for _, e := range q {
		list = append(list, e.Position)
	}
	return list
}

var sampleKey = idempotency.Key{Tenant: "acme", Route: "POST /x", Key: "k"}

// fill puts something of everything into the store.
func (l *lab) fill() {
	l.t.Helper()
	one, two := subscriptionID(1), subscriptionID(2)
	l.activate(one, two)
	for i := range 40 {
		l.put(fmt.Sprint("n", i%10), i, one, two)
	}
	d := l.claim(one, 3)
	l.settle(one, eventlog.Settlement{
		Delivered: d[0].Position, DeliveredAt: noon,
		Failed: &eventlog.Failure{Position: d[1].Position, Attempts: 8, First: noon, Reason: "it said 500", Dead: true},
	})
	d = l.claim(one, 1)
	l.settle(one, eventlog.Settlement{Failed: &eventlog.Failure{
		Position: d[0].Position, Attempts: 2, First: noon, Next: noon.Add(1000 * time.Hour), Reason: "it said 503",
	}})
	l.claim(two, 2)
	_, err := l.Subscriptions().Create(l.t.Context(), &o2.Subscription{
		ID: one, Tenant: "acme", Surface: "s", Callback: "https://x", Version: 1, CreatedAt: noon, UpdatedAt: noon,
	}, subscriptionstore.Limits{})
	l.must(err)
	_, token, err := l.Idempotency().Begin(l.t.Context(), sampleKey, "f", time.Hour)
	l.must(err)
	l.must(l.Idempotency().Complete(l.t.Context(), sampleKey, token, idempotency.Answer{Status: 201, Body: []byte("b")}, time.Hour))
	l.fillTenancy()
	l.guard, err = l.log.Refresh(l.t.Context(), l.guard.Fence)
	l.must(err)
}
