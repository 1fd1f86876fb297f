package detection

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
)

// rig is a leader with everything that it needs, which a test moves by hand.
type rig struct {
	testing.TB
	ctx    context.Context
	views  *views
	log    *eventlogtest.Memory
	subs   *subscriptionstoretest.Memory
	counts *counts
	logged *strings.Builder
	config Config
	term   *term
}

func newRig(t testing.TB, change ...func(*Config)) *rig {
	b := &rig{
		TB: t, ctx: context.Background(), views: newViews(true, "b", "c"), log: eventlogtest.NewMemory(),
		counts: &counts{}, logged: &strings.Builder{},
	}
	b.subs = subscriptionstoretest.NewMemory(b.log)
	b.config = Config{
		Changes: b.views, Log: b.log, Subscriptions: b.subs, Families: []subscription.Family{family()},
		Bus: &bustest.Memory{}, Events: b.counts, Logger: slog.New(slog.NewTextHandler(b.logged, nil)),
	}
	for _, c := range change {
		c(&b.config)
	}
	return b
}

// elect makes a new leader, with a follower of its own.
func (b *rig) elect() {
	b.Helper()
	l, err := New(b.config)
	if err != nil {
		b.Fatal(err)
	}
	guard, err := l.Log.Lead(b.ctx)
	if err != nil {
		b.Fatal(err)
	}
	b.term = newTerm(l, guard, b.views.Follow(time.Now()), func(uint64) {})
}

// turn lets the leader do all that there is to do.
func (b *rig) turn() {
	b.Helper()
	if b.term == nil {
		b.elect()
	}
	for tries := 0; ; tries++ {
		b.term.due = schedule{}
		more, err := b.term.turn(b.ctx)
		if err == nil && !more {
			return
		}
		if err != nil {
			if _, fenced := b.term.amend(b.ctx, err); fenced != nil || tries == 20 {
				b.Fatalf("the leader gets nowhere: %v", err)
			}
		}
	}
}

func (b *rig) create(subs ...*o2.Subscription) {
	b.Helper()
	for _, s := range subs {
		if _, err := b.subs.Create(b.ctx, s, subscriptionstore.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func (b *rig) update(s *o2.Subscription) {
	b.Helper()
	if err := b.subs.Update(b.ctx, s); err != nil {
		b.Fatal(err)
	}
}

// queue lists what is queued for a subscription: + for created, ~ for modified,
// - for deleted, and the object's number.
func (b *rig) queue(s *o2.Subscription) string {
	b.Helper()
	list, err := b.log.Queue(b.ctx, s.ID)
	if err != nil {
		b.Fatal(err)
	}
	var words []string
	for _, e := range list {
		if e.Type == o2.EventResync {
			words = append(words, "resync")
			continue
		}
		var n int
		if _, err := fmt.Sscanf(string(e.Object.ID), "%8x-", &n); err != nil {
			b.Fatal(err)
		}
		words = append(words, fmt.Sprintf("%s%d", map[o2.EventType]string{
			o2.EventCreated: "+", o2.EventModified: "~", o2.EventDeleted: "-",
		}[e.Type], n))
	}
	return strings.Join(words, " ")
}

func (b *rig) wantQueue(s *o2.Subscription, want string) {
	b.Helper()
	if got := b.queue(s); got != want {
		b.Errorf("%q is queued, want %q", got, want)
	}
}

// drain delivers all that is queued for a subscription.
func (b *rig) drain(s *o2.Subscription) {
	b.Helper()
	b.drainMost(s, 1000)
}

// drainMost delivers the first entries of a queue.
func (b *rig) drainMost(s *o2.Subscription, most int) {
	b.Helper()
	claim := b.claim(s, most)
	if len(claim) == 0 {
		return
	}
	if _, err := b.log.Settle(b.ctx, b.held(s), s.ID, eventlog.Settlement{Delivered: claim[len(claim)-1].Position}); err != nil {
		b.Fatal(err)
	}
}

// claim claims the first entries of a queue.
func (b *rig) claim(s *o2.Subscription, most int) []eventlog.Delivery {
	b.Helper()
	claim, err := b.log.Claim(b.ctx, b.held(s), s.ID, most)
	if err != nil {
		b.Fatal(err)
	}
	return claim.Deliveries
}

// held is the partition of a subscription, as its deliverer holds it.
func (b *rig) held(s *o2.Subscription) assignment.Held {
	b.Helper()
	share, err := b.log.Partitions.Join(b.ctx, "deliverer", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	return share.Held[slices.IndexFunc(share.Held, func(h assignment.Held) bool { return h.Partition == assignment.Of(s.ID) })]
}

// giveUp makes a dead letter of a queue's first entry.
func (b *rig) giveUp(s *o2.Subscription) {
	b.Helper()
	failed := &eventlog.Failure{
		Position: b.claim(s, 1)[0].Position, Attempts: 1, First: time.Now(), Reason: "it refuses", Dead: true,
	}
	if _, err := b.log.Settle(b.ctx, b.held(s), s.ID, eventlog.Settlement{Failed: failed}); err != nil {
		b.Fatal(err)
	}
}
