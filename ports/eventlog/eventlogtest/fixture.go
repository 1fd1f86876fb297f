package eventlogtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
)

// start is when the first change of a test is seen; each is a second later.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is one test at work: it leads, and holds all partitions.
type fixture struct {
	Store
	t     *testing.T
	ctx   context.Context
	guard eventlog.Guard
	// base is the sequence number before the test's first; what the test shows and
	// expects of numbers is counted from it.
	base          uint64
	incarnation   o2.ID
	held          []assignment.Held
	at            time.Time
	told          map[string]toldObject
	names         map[o2.ID]string
	subscriptions int
}

type toldObject struct {
	sequence uint64
	object   o2.Object
}

func newFixture(t *testing.T, s Store) *fixture {
	t.Helper()
	f := &fixture{
		Store: s, t: t, ctx: t.Context(), at: start,
		told: map[string]toldObject{}, names: map[o2.ID]string{"": "-"},
	}
	var err error
	f.guard, err = s.Log.Lead(f.ctx)
	f.must("Lead", err)
	f.base = f.guard.Sequence
	f.incarnation, err = s.Log.Incarnation(f.ctx)
	f.must("Incarnation", err)
	share, err := s.Assignment.Join(f.ctx, "suite", 10*time.Minute)
	f.must("Join", err)
	if f.held = share.Held; len(f.held) != assignment.Partitions {
		t.Fatalf("the only member holds %d partitions, want %d", len(f.held), assignment.Partitions)
	}
	return f
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

func (f *fixture) equal(what string, got, want any) {
	f.t.Helper()
	if !reflect.DeepEqual(got, want) {
		f.t.Errorf("%s is\n  %+v, want\n  %+v", what, got, want)
	}
}

// object makes a resource; revision tells its states apart.
func (f *fixture) object(name string, revision int) o2.Object {
	r := &o2.Resource{Header: o2.Header{
		ID: o2.DeriveID("lab", name), NativeID: name, Backend: "lab", Name: fmt.Sprintf("%s%d", name, revision),
	}}
	o2.Seal(r)
	f.names[r.ID] = name
	return r
}

func (f *fixture) change(name string, post o2.Object, targets ...eventlog.Target) eventlog.Change {
	f.at = f.at.Add(time.Second)
	prior := f.told[name]
	c := eventlog.Change{
		Object: o2.ObjectKey{Kind: o2.KindResource, ID: o2.DeriveID("lab", name)},
		Prior:  prior.sequence, At: f.at, Targets: targets,
	}
	if prior.object != nil {
		c.PriorDigest = prior.object.Head().StateDigest
	}
	if post != nil {
		c.Post, c.PostDigest = &eventlog.State{Object: post, Owner: "owner of " + name}, post.Head().StateDigest
	}
	return c
}

// commit commits changes, in which an object occurs once, and returns the
// lengths of the queues.
func (f *fixture) commit(changes ...eventlog.Change) map[o2.ID]int {
	f.t.Helper()
	before := f.guard.Sequence
	next, lengths, err := f.Log.Commit(f.ctx, f.guard, changes)
	f.must("Commit", err)
	f.guard = next
	for i, c := range changes {
		name := f.names[c.Object.ID]
		delete(f.told, name)
		if c.Post != nil {
			f.told[name] = toldObject{before + uint64(i) + 1, c.Post.Object}
		}
	}
	return lengths
}

// put tells an object's new state to subscriptions.
func (f *fixture) put(name string, revision int, subscriptions ...o2.ID) {
	f.t.Helper()
	kind := o2.EventModified
	if _, ok := f.told[name]; !ok {
		kind = o2.EventCreated
	}
	f.commit(f.change(name, f.object(name, revision), targets(kind, subscriptions...)...))
}

// remove tells subscriptions that an object is gone.
func (f *fixture) remove(name string, subscriptions ...o2.ID) {
	f.t.Helper()
	f.commit(f.change(name, nil, targets(o2.EventDeleted, subscriptions...)...))
}

func targets(kind o2.EventType, subscriptions ...o2.ID) (list []eventlog.Target) {
	for _, id := range subscriptions {
		list = append(list, eventlog.Target{Subscription: id, Type: kind})
	}
	return list
}

// subscribe puts a new subscription into force.
func (f *fixture) subscribe(entries ...eventlog.Entry) o2.ID {
	f.t.Helper()
	f.subscriptions++
	id := o2.DeriveID("subscriptions", fmt.Sprint(f.subscriptions))
	f.activate(eventlog.Activation{Subscription: id, Version: 1, Tenant: "t", Surface: "s"}, false, entries...)
	return id
}

func (f *fixture) activate(a eventlog.Activation, reset bool, entries ...eventlog.Entry) {
	f.t.Helper()
	next, err := f.Log.Activate(f.ctx, f.guard, a, entries, reset)
	f.must("Activate", err)
	f.guard = next
}

// created is an entry that tells of an object as it is told.
func (f *fixture) created(name string) eventlog.Entry {
	told := f.told[name]
	return eventlog.Entry{
		Type: o2.EventCreated, Object: o2.ObjectKey{Kind: o2.KindResource, ID: told.object.Head().ID},
		Post: told.sequence, PostDigest: told.object.Head().StateDigest, At: f.at,
	}
}

func (f *fixture) holder(subscription o2.ID) assignment.Held {
	return f.held[assignment.Of(subscription)]
}

func (f *fixture) claim(subscription o2.ID, most int) eventlog.Claim {
	f.t.Helper()
	c, err := f.Log.Claim(f.ctx, f.holder(subscription), subscription, most)
	f.must("Claim", err)
	return c
}

func (f *fixture) settle(subscription o2.ID, s eventlog.Settlement) int {
	f.t.Helper()
	left, err := f.Log.Settle(f.ctx, f.holder(subscription), subscription, s)
	f.must("Settle", err)
	return left
}

// deliver claims up to most entries and settles them all as delivered.
func (f *fixture) deliver(subscription o2.ID, most int) []string {
	f.t.Helper()
	c := f.claim(subscription, most)
	if n := len(c.Deliveries); n > 0 {
		f.settle(subscription, eventlog.Settlement{Delivered: c.Deliveries[n-1].Position, DeliveredAt: f.at})
	}
	return f.deliveries(c.Deliveries)
}

// failed is an attempt at the entry at position that may be repeated at next.
func failed(position uint64, attempts int, next time.Time) *eventlog.Failure {
	return &eventlog.Failure{Position: position, Attempts: attempts, First: start, Next: next, Reason: "it said 500"}
}

// die makes the head of a queue a dead letter.
func (f *fixture) die(subscription o2.ID) uint64 {
	f.t.Helper()
	c := f.claim(subscription, 1)
	if len(c.Deliveries) != 1 {
		f.t.Fatalf("claimed %d entries, want 1", len(c.Deliveries))
	}
	failure := failed(c.Deliveries[0].Position, 9, time.Time{})
	failure.Dead = true
	f.settle(subscription, eventlog.Settlement{Failed: failure})
	return failure.Position
}

// number is a sequence number as counted from the test's beginning.
func (f *fixture) number(n uint64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n - f.base)
}

// entry shows one entry: "#5 modified a 3>5", with "=4" if its sequence number
// is 4 and not 5.
func (f *fixture) entry(e eventlog.Entry) string {
	s := "#" + f.number(e.Position)
	if e.Sequence != e.Position {
		s += "=" + f.number(e.Sequence)
	}
	s += fmt.Sprintf(" %s %s %s>%s", e.Type, f.names[e.Object.ID], f.number(e.Prior), f.number(e.Post))
	if e.Coalesced {
		s += " coalesced"
	}
	return s
}

func (f *fixture) entries(list []eventlog.Entry) (shown []string) {
	for _, e := range list {
		shown = append(shown, f.entry(e))
	}
	return shown
}

// delivery shows an entry with its states and attempts: "#5 modified a 3>5 a1>a2".
func (f *fixture) delivery(d eventlog.Delivery) string {
	s := f.entry(d.Entry) + " " + nameOf(d.PriorState) + ">" + nameOf(d.PostState)
	if d.Attempts > 0 {
		s += fmt.Sprintf(" after %d since %s", d.Attempts, d.First.UTC().Format("15:04:05"))
	}
	return s
}

func (f *fixture) deliveries(list []eventlog.Delivery) (shown []string) {
	for _, d := range list {
		shown = append(shown, f.delivery(d))
	}
	return shown
}

func nameOf(o o2.Object) string {
	if o == nil {
		return "-"
	}
	return o.Head().Name
}

// wantQueue compares what is neither claimed nor attempted.
func (f *fixture) wantQueue(subscription o2.ID, want ...string) {
	f.t.Helper()
	list, err := f.Log.Queue(f.ctx, subscription)
	f.must("Queue", err)
	f.equal("the queue", f.entries(list), want)
}

func (f *fixture) wantClaim(subscription o2.ID, most int, want ...string) {
	f.t.Helper()
	f.equal("the claim", f.deliveries(f.claim(subscription, most).Deliveries), want)
}

// wantStates counts the states that are kept, if the store can tell.
func (f *fixture) wantStates(when string, want int) {
	f.t.Helper()
	if f.States != nil {
		if got := f.States(f.t); got != want {
			f.t.Errorf("%s %d states are kept, want %d", when, got, want)
		}
	}
}

func (f *fixture) standing(subscription o2.ID) eventlog.Standing {
	f.t.Helper()
	list, err := f.Log.Standings(f.ctx, []o2.ID{subscription})
	f.must("Standings", err)
	if len(list) != 1 {
		f.t.Fatalf("Standings of one subscription returned %d", len(list))
	}
	s := list[0]
	s.Oldest, s.Next, s.LastSuccess = utc(s.Oldest), utc(s.Next), utc(s.LastSuccess)
	return s
}

func utc(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.UTC().Round(0)
}

// picture shows all that can be read of the log about some subscriptions.
func (f *fixture) picture(subscriptions ...o2.ID) string {
	f.t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, "told", f.walk())
	activations, err := f.Log.Activations(f.ctx)
	f.must("Activations", err)
	redeliveries, err := f.Log.Redeliveries(f.ctx)
	f.must("Redeliveries", err)
	fmt.Fprintln(&b, len(activations), "active", len(redeliveries), "redelivering")
	for _, id := range subscriptions {
		for _, a := range activations {
			if a.Subscription == id {
				fmt.Fprintf(&b, "activation %+v\n", a)
			}
		}
		queue, err := f.Log.Queue(f.ctx, id)
		f.must("Queue", err)
		dead, err := f.Log.DeadLetters(f.ctx, id, 0, 1000)
		f.must("DeadLetters", err)
		fmt.Fprintf(&b, "queue %v\nredelivering %v\n", f.entries(queue), f.entries(redeliveries[id]))
		for _, d := range dead {
			fmt.Fprintln(&b, "dead", f.delivery(d.Delivery), d.Redelivering, d.Reason)
		}
		s := f.standing(id)
		s.LastFailure, s.Oldest = time.Time{}, time.Time{}
		fmt.Fprintf(&b, "standing %+v\n", s)
	}
	return b.String()
}

// walk shows the told records: name and number of each, by name.
func (f *fixture) walk() map[string]string {
	f.t.Helper()
	all := map[string]string{}
	f.must("WalkTold", f.Log.WalkTold(f.ctx, func(told eventlog.Told) error {
		name := told.Object.Head().NativeID
		if _, twice := all[name]; twice {
			f.t.Errorf("WalkTold told of %s twice", name)
		}
		all[name] = fmt.Sprintf("%s %s of %s", f.number(told.Sequence), told.Object.Head().Name, told.Owner)
		return nil
	}))
	return all
}
