package detection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
)

// storm is a gateway in which everything happens and fails at random, step by
// step: objects change, backends and subscriptions come and go, leaders follow
// each other and linger, the store refuses, loses answers and fails over to a
// replica that is behind, deliverers crash between sending and settling.
type storm struct {
	t         testing.TB
	rand      *rand.Rand
	ctx       context.Context
	views     *views
	log       *eventlogtest.Memory
	subs      *subscriptionstoretest.Memory
	leader    *Leader
	counts    *counts
	term      *term
	previous  []*term
	held      []assignment.Held
	receivers map[o2.ID]*receiver
	ended     map[o2.ID]bool
	made      int
	// letters says that events are given up on, too.
	letters bool
	// objects is how many there may be; slow says that receivers seldom listen.
	objects int
	slow    bool
	// failing are the operations that are to fail once, and whether they are done
	// nevertheless.
	failing map[string]bool
	// meanwhile is what happens just before an operation, once.
	meanwhile map[string]func()
	// restore goes back to what the replica has: all that was confirmed.
	restore func()
}

func newStorm(t testing.TB, seed uint64, letters bool) *storm {
	s := &storm{
		t: t, rand: rand.New(rand.NewPCG(seed, 1)), ctx: context.Background(), views: newViews(false, "b", "c"), log: eventlogtest.NewMemory(),
		counts: &counts{}, receivers: map[o2.ID]*receiver{}, ended: map[o2.ID]bool{}, letters: letters, failing: map[string]bool{}, meanwhile: map[string]func(){},
	}
	s.objects, s.slow = pick(s.rand, []int{2, 4, 10}), s.rand.IntN(3) == 0
	s.subs = subscriptionstoretest.NewMemory(s.log)
	s.log.Fail = func(op string) error {
		if happens, ok := s.meanwhile[op]; ok {
			delete(s.meanwhile, op)
			happens()
		}
		return s.fail(op, false)
	}
	s.log.Lose = func(op string) error {
		if op == "Lead" || op == "RenewEpoch" {
			s.restore = s.log.Save()
		}
		return s.fail(op, true)
	}
	share, err := s.log.Partitions.Join(s.ctx, "deliverer", time.Hour)
	s.must(err)
	s.held = share.Held
	s.restore = s.log.Save()
	config := Config{
		Changes: s.views, Log: s.log, Subscriptions: s.subs, Families: []subscription.Family{family()},
		Bus: &bustest.Memory{}, Events: s.counts, Logger: slog.New(slog.DiscardHandler),
		BatchChanges: pick(s.rand, []int{1, 2, 500}), BatchTargets: pick(s.rand, []int{1, 20}),
		CoalesceLength: pick(s.rand, []int{2, 4, 1000}),
		CoalesceAge:    pick(s.rand, []time.Duration{time.Nanosecond, time.Hour}),
		HardCap:        pick(s.rand, []int{3, 1000}),
	}
	s.leader, err = New(config)
	s.must(err)
	return s
}

func (s *storm) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *storm) fail(op string, done bool) error {
	if after, planted := s.failing[op]; planted && after == done {
		delete(s.failing, op)
		return store.ErrUnavailable
	}
	return nil
}

// elect makes a new leader; the one before does not know.
func (s *storm) elect() {
	guard, err := s.log.Lead(s.ctx)
	if err != nil {
		return
	}
	if s.term != nil {
		s.previous = append(s.previous, s.term)
	}
	s.term = newTerm(s.leader, guard, s.views.Follow(time.Now()), func(uint64) {})
}

// turn lets a leader do what there is to do. It reports whether it still leads
// and has done everything.
func (s *storm) turn(t *term) (leads, done bool) {
	t.due = schedule{}
	more, err := t.turn(s.ctx)
	if err == nil {
		return true, !more
	}
	if errors.Is(err, errMoved) || errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrFenced) {
		_, err = t.amend(s.ctx, err)
		return err == nil, false
	}
	s.t.Fatalf("a turn fails: %v", err)
	return false, false
}

const storms = 1500

// pick returns one of list.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

var filters = []string{
	"", "(eq,name,red)", "(in,name,red,blue)", "(neq,name,red)", fmt.Sprintf("(eq,id,%s)", id(1)),
	fmt.Sprintf("(in,pool,%s)", pool(1)), fmt.Sprintf("(eq,pool,%s);(eq,name,blue)", pool(2)),
}

func (s *storm) subscribe() {
	if len(s.receivers) == 4 {
		return
	}
	s.made++
	sub := subscribed(s.made, pick(s.rand, filters), func(sub *o2.Subscription) {
		sub.Tenant = pick(s.rand, []string{"acme", "bolt"})
		sub.Platform = s.rand.IntN(4) == 0
		sub.Reaches[o2.KindResource] = pick(s.rand, []o2.Reach{0, o2.ReachShared, o2.ReachTenant | o2.ReachShared, o2.ReachAll, o2.ReachAll, o2.ReachAll})
		sub.InitialState = s.rand.IntN(4) > 0
	})
	_, err := s.subs.Create(s.ctx, sub, subscriptionstore.Limits{})
	if err != nil && !errors.Is(err, store.ErrUnavailable) {
		s.t.Fatal(err)
	}
	s.receivers[sub.ID] = newReceiver(sub, sub.InitialState && !s.letters) // an answer that is lost changes nothing
}

// one draws a receiver, nil if there is none.
func (s *storm) one() *receiver {
	if len(s.receivers) == 0 {
		return nil
	}
	return s.receivers[pick(s.rand, slices.Sorted(maps.Keys(s.receivers)))]
}

func (s *storm) change(r *receiver) {
	n := next(r.subscription, pick(s.rand, filters))
	if err := s.subs.Update(s.ctx, n); err != nil && !errors.Is(err, store.ErrUnavailable) {
		s.t.Fatal(err)
	}
	r.subscription = n
}

func (s *storm) unsubscribe(r *receiver) {
	if err := s.subs.Delete(s.ctx, r.subscription.ID); err != nil && !errors.Is(err, store.ErrUnavailable) {
		s.t.Fatal(err)
	}
	delete(s.receivers, r.subscription.ID)
	s.ended[r.subscription.ID] = true
}

// deliver claims some of a queue, sends some of that and settles it, or not.
func (s *storm) deliver(r *receiver, most int, crash, give bool) (sent int) {
	held := s.held[assignment.Of(r.subscription.ID)]
	claim, err := s.log.Claim(s.ctx, held, r.subscription.ID, most)
	if err != nil || len(claim.Deliveries) == 0 {
		return 0
	}
	s.restore = s.log.Save()
	var settled eventlog.Settlement
	for _, d := range claim.Deliveries {
		if give {
			settled.Failed = &eventlog.Failure{Position: d.Position, Attempts: 1, First: d.At, Dead: true}
			break
		}
		s.must(r.take(claim.Incarnation, d))
		settled.Delivered = d.Position
		sent++
	}
	if !crash {
		_, _ = s.log.Settle(s.ctx, held, r.subscription.ID, settled) // a planted failure: it is sent again
	}
	return sent
}

// operations are those of the log; the last three are not the leader's.
var operations = []string{
	"Lead", "Refresh", "WalkTold", "Commit", "Activations", "Activate", "Deactivate", "Queue", "Rewrite", "Overflow",
	"Redeliveries", "Requeue", "Totals", "Aged", "Claim", "Settle", "RenewEpoch",
}

func (s *storm) step() {
	object := func() *o2.Resource {
		n := 1 + s.rand.IntN(s.objects)
		backend := []string{"b", "c"}[n%2]
		return resource(n, pick(s.rand, []string{"red", "blue", "green"}), of(backend),
			in(pool(1+s.rand.IntN(2))),
			owned(pick(s.rand, []string{"acme", "acme", "acme", "bolt", scope.SharedOwner})),
			beating(pick(s.rand, []string{"", `{"beat":1}`})))
	}
	backend := func() string { return pick(s.rand, []string{"b", "c"}) }
	step := pick(s.rand, []string{
		"put", "put", "put", "put", "remove", "turn", "turn", "turn", "elect", "old", "confirm", "confirm", "detach",
		"subscribe", "subscribe", "filter", "unsubscribe", "deliver", "deliver", "crash", "letter", "redeliver",
		"fail", "failover", "epoch", "meanwhile", "meanwhile",
	})
	switch step {
	case "put":
		o := object()
		s.views.attach(o.Backend)
		s.views.set(o)
	case "remove":
		s.views.remove(key(1 + s.rand.IntN(s.objects)))
	case "turn":
		if s.term != nil {
			if leads, _ := s.turn(s.term); !leads {
				s.term = nil
			}
		}
	case "elect":
		s.elect()
	case "old": // one that leads no more wakes up
		if len(s.previous) > 0 {
			before := s.log.Save()
			i := s.rand.IntN(len(s.previous))
			if leads, done := s.turn(s.previous[i]); leads && done {
				before() // it found nothing to write
				s.t.Fatal("a leader that was replaced has not noticed")
			}
		}
	case "confirm":
		s.views.confirm(backend())
	case "detach":
		s.views.detach(backend())
	case "subscribe":
		s.subscribe()
	case "filter":
		if r := s.one(); r != nil {
			s.change(r)
		}
	case "unsubscribe":
		if r := s.one(); r != nil && s.rand.IntN(2) == 0 {
			s.unsubscribe(r)
		}
	case "deliver":
		if r := s.one(); r != nil && (!s.slow || s.rand.IntN(8) == 0) {
			s.deliver(r, 1+s.rand.IntN(5), false, false)
		}
	case "crash":
		if r := s.one(); r != nil {
			s.deliver(r, 1+s.rand.IntN(3), true, false)
		}
	case "letter":
		if r := s.one(); r != nil && s.letters {
			s.deliver(r, 1, false, true)
		}
	case "redeliver":
		if r := s.one(); r != nil && s.letters {
			_, err := s.log.RequestRedelivery(s.ctx, r.subscription.ID, nil)
			s.must(err)
		}
	case "meanwhile":
		op := pick(s.rand, operations[:len(operations)-3])
		s.meanwhile[op] = s.epoch
		if s.rand.IntN(2) == 0 {
			s.meanwhile[op] = func() { s.restore() }
		}
	case "fail":
		op := pick(s.rand, operations)
		s.failing[op] = s.rand.IntN(2) == 0
		if op == "RenewEpoch" {
			s.failing[op] = true // the subscription is stored by then
		}
	case "failover":
		s.restore()
	case "epoch":
		s.epoch()
	}
}

// epoch renews the epoch, as a subscription that changes does.
func (s *storm) epoch() {
	if err := s.log.RenewEpoch(s.ctx); err != nil && !errors.Is(err, store.ErrUnavailable) {
		s.t.Fatal(err)
	}
}

// TestEveryCopyEndsRight: whatever happens, each subscriber that builds its copy
// from what it is sent ends with what the views hold under its filter; every
// event follows from the one before, and no id ever says two things.
func TestEveryCopyEndsRight(t *testing.T) {
	for _, tt := range []struct {
		name    string
		letters bool
	}{{"nothing is given up on", false}, {"what was given up on is delivered in the end", true}} {
		t.Run(tt.name, func(t *testing.T) {
			total := &counts{}
			for seed := range uint64(storms) {
				s := newStorm(t, seed, tt.letters)
				t.Logf("storm %d", seed) // shown when it fails: the last one did
				for range 1 + s.rand.IntN(250) {
					s.step()
				}
				s.settle()
				s.compare()
				total.coalesced += s.counts.coalesced
				total.overflows += s.counts.overflows
				total.reloaded += s.counts.reloaded
			}
			t.Logf("%d entries coalesced, %d queues overflowed, %d reloads", total.coalesced, total.overflows, total.reloaded)
			if total.coalesced == 0 || total.overflows == 0 || total.reloaded == 0 {
				t.Errorf("the storm was none: %d entries coalesced, %d queues overflowed, %d reloads", total.coalesced, total.overflows, total.reloaded)
			}
		})
	}
}
