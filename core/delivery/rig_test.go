package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
)

const surface = "test/v1"

// rig is a store in memory with a leader, and receivers. It lives in a bubble of
// synctest, whose time is its own.
type rig struct {
	t             *testing.T
	log           *eventlogtest.Memory
	subscriptions *subscriptionstoretest.Memory
	bus           *bustest.Memory
	receivers     *receivers
	guard         eventlog.Guard
	told          map[string]uint64
	start         time.Time
	stops         []func()
}

// inBubble runs a test with a rig in a bubble of synctest.
func inBubble(t *testing.T, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{
			t: t, log: eventlogtest.NewMemory(), bus: &bustest.Memory{},
			told: map[string]uint64{}, start: time.Now(),
		}
		r.subscriptions = subscriptionstoretest.NewMemory(r.log)
		r.receivers = &receivers{start: r.start, busy: map[string]int{}, answers: map[string]answer{}}
		r.lead()
		defer func() {
			for _, stop := range r.stops {
				stop()
			}
		}()
		test(r)
	})
}

// lead takes over the guard as it is now.
func (r *rig) lead() {
	r.t.Helper()
	var err error
	if r.guard, err = r.log.Lead(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// config is a deliverer's; the number of attempts in the quick phase is known.
func (r *rig) config(member string) Config {
	return Config{
		Member: member, Assignment: r.log.Partitions, Queues: r.log, Subscriptions: r.subscriptions,
		Sender: r.receivers, Bus: r.bus, Telemetry: r.receivers, Chance: func() float64 { return 0.5 },
		Families: []subscription.Family{{Surface: surface, ContentType: "application/test", Encode: encode}},
	}
}

// encode writes "<type> <name of the object>", and nothing of what is untold.
func encode(_ *o2.Subscription, e *o2.Event) ([]byte, error) {
	o := e.Post
	if o == nil {
		o = e.Prior
	}
	if o == nil {
		return []byte(e.Type.String()), nil
	}
	if strings.HasPrefix(o.Head().Name, "unspeakable") {
		return nil, errors.New("it has no words for this")
	}
	if strings.HasPrefix(o.Head().Name, "untold") {
		return nil, nil
	}
	return fmt.Appendf(nil, "%s %s", e.Type, o.Head().Name), nil
}

// run starts a deliverer and returns what stops it and waits.
func (r *rig) run(c Config) (d *Deliverer, stop func()) {
	r.t.Helper()
	d, err := New(c)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
	})
	r.stops = append(r.stops, stop)
	synctest.Wait()
	return d, stop
}

// subscribe makes a subscription in force with that callback.
func (r *rig) subscribe(callback string) o2.ID {
	r.t.Helper()
	s := &o2.Subscription{ID: o2.DeriveID("subscriptions", callback), Tenant: "t", Surface: surface, Callback: callback, Version: 1}
	return r.activate(s)
}

func (r *rig) activate(s *o2.Subscription) o2.ID {
	r.t.Helper()
	if _, err := r.subscriptions.Create(r.t.Context(), s, subscriptionstore.Limits{}); err != nil {
		r.t.Fatal(err)
	}
	r.refresh()
	next, err := r.log.Activate(r.t.Context(), r.guard, eventlog.Activation{
		Subscription: s.ID, Version: s.Version, Tenant: s.Tenant, Surface: s.Surface,
	}, nil, false)
	if err != nil {
		r.t.Fatal(err)
	}
	r.guard = next
	return s.ID
}

func (r *rig) refresh() {
	r.t.Helper()
	var err error
	if r.guard, err = r.log.Refresh(r.t.Context(), r.guard.Fence); err != nil {
		r.t.Fatal(err)
	}
}

// change tells subscriptions of an object of that name, and wakes nobody.
func (r *rig) change(name string, subscriptions ...o2.ID) {
	r.t.Helper()
	r.refresh()
	o := &o2.Resource{Header: o2.Header{ID: o2.DeriveID("lab", name), NativeID: name, Backend: "lab", Name: name}}
	o2.Seal(o)
	c := eventlog.Change{
		Object: o2.ObjectKey{Kind: o2.KindResource, ID: o.ID}, Post: &eventlog.State{Object: o, Owner: "t"},
		Prior: r.told[name], PostDigest: o.StateDigest, At: time.Now(),
	}
	for _, id := range subscriptions {
		c.Targets = append(c.Targets, eventlog.Target{Subscription: id, Type: o2.EventCreated})
	}
	r.told[name] = r.guard.Sequence + 1
	next, _, err := r.log.Commit(r.t.Context(), r.guard, []eventlog.Change{c})
	if err != nil {
		r.t.Fatal(err)
	}
	r.guard = next
}

// changes tells of objects named by number from 0 on.
func (r *rig) changes(n int, subscriptions ...o2.ID) (names []string) {
	r.t.Helper()
	for i := range n {
		name := fmt.Sprintf("n%03d", i)
		r.change(name, subscriptions...)
		names = append(names, name)
	}
	return names
}

// update replaces a subscription's callback, and tells it if so wanted.
func (r *rig) update(id o2.ID, callback string, tell bool) {
	r.t.Helper()
	s, err := r.subscriptions.Get(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	next := *s
	next.Callback, next.Version = callback, s.Version+1
	if err := r.subscriptions.Update(r.t.Context(), &next); err != nil {
		r.t.Fatal(err)
	}
	if tell {
		r.tell(bus.Message{Topic: bus.Subscriptions, Key: "updated", Body: []byte(id)})
	}
}

// remove deletes a subscription, and tells it if so wanted.
func (r *rig) remove(id o2.ID, tell bool) {
	r.t.Helper()
	if err := r.subscriptions.Delete(r.t.Context(), id); err != nil {
		r.t.Fatal(err)
	}
	if tell {
		r.tell(bus.Message{Topic: bus.Subscriptions, Key: "deleted", Body: []byte(id)})
	}
}

func (r *rig) tell(m bus.Message) {
	r.t.Helper()
	if err := r.bus.Publish(r.t.Context(), m); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) standing(id o2.ID) eventlog.Standing {
	r.t.Helper()
	list, err := r.log.Standings(r.t.Context(), []o2.ID{id})
	if err != nil {
		r.t.Fatal(err)
	}
	return list[0]
}

// after sleeps in the bubble until so long after the rig's beginning, and until
// everything has come to rest.
func (r *rig) after(d time.Duration) {
	<-time.After(time.Until(r.start.Add(d)))
	synctest.Wait()
}

func (r *rig) equal(what string, got, want any) {
	r.t.Helper()
	g, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		r.t.Fatal(err)
	}
	w, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		r.t.Fatal(err)
	}
	if string(g) != string(w) {
		r.t.Errorf("%s:\n%s\nwant\n%s", what, g, w)
	}
}

// created are the bodies of CREATEs of objects.
func created(names []string) (bodies []string) {
	for _, n := range names {
		bodies = append(bodies, "created "+n)
	}
	return bodies
}

// unique leaves the first of equal attempts, by id.
func unique(list []post) (bodies []string) {
	var seen []o2.ID
	for _, p := range list {
		if !slices.Contains(seen, p.id) {
			seen = append(seen, p.id)
			bodies = append(bodies, p.body)
		}
	}
	return bodies
}

func partitionOf(id o2.ID) int { return assignment.Of(id) }
