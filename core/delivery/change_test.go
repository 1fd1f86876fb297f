package delivery

import (
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
)

func TestDeletedSubscriptionStops(t *testing.T) {
	for name, tt := range map[string]struct {
		tell, miss bool
		want       []string
	}{
		"told":                              {true, false, []string{"1s created n000 no"}},
		"told, and something before missed": {true, true, []string{"1s created n000 no"}},
		"missed":                            {false, true, []string{"1s created n000"}},
		// The claim 300 ms after the first shows what nobody told.
		"found out": {false, false, []string{"1s created n000", "1.1s created n001", "1.2s created n002"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(r *rig) {
				a := r.subscribe("a")
				r.receivers.answer("a", taking(100*time.Millisecond))
				d, _ := r.run(r.config("one"))
				r.after(time.Second)
				r.changes(20, a)
				d.wake(everyPartition)
				r.after(1050 * time.Millisecond)
				r.remove(a, tt.tell && !tt.miss)
				switch {
				case tt.tell && tt.miss:
					r.tell(bus.Message{Topic: bus.Subscriptions, Body: []byte(a), Missed: true})
				case tt.miss:
					r.bus.Miss(bus.Subscriptions)
				}
				r.after(10 * time.Second)
				r.equal("the attempts", r.receivers.timeline("a"), tt.want)
				r.refresh()
				if err := r.log.Deactivate(r.t.Context(), r.guard, a); err != nil {
					t.Fatal(err)
				}
				r.after(20 * time.Second)
				r.equal("the attempts", r.receivers.timeline("a"), tt.want)
			})
		})
	}
}

func TestChangedSubscriptionIsServedAsItIsNow(t *testing.T) {
	for name, tt := range map[string]struct {
		tell      bool
		old, next []string
	}{
		"told": {
			true, []string{"1s created n000", "1.1s created n001 no"},
			[]string{"1.15s created n001", "1.15s created n002", "1.15s created n003"},
		},
		"found out": {
			false, []string{"1s created n000", "1.1s created n001", "1.2s created n002"}, []string{"1.3s created n003"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(r *rig) {
				a := r.subscribe("old")
				r.receivers.answer("old", taking(100*time.Millisecond))
				d, _ := r.run(r.config("one"))
				r.after(time.Second)
				r.changes(4, a)
				d.wake(everyPartition)
				r.after(1150 * time.Millisecond)
				r.update(a, "new", tt.tell)
				r.after(10 * time.Second)
				r.equal("the old callback's", r.receivers.timeline("old"), tt.old)
				r.equal("the new callback's", r.receivers.timeline("new"), tt.next)
			})
		})
	}
}

func TestSubscriptionIsReadOncePerEpoch(t *testing.T) {
	inBubble(t, func(r *rig) {
		reads := 0
		r.subscriptions.Fail = func(op string) error {
			if op == "Get" {
				reads++
			}
			return nil
		}
		a := r.subscribe("a")
		d, _ := r.run(r.config("one"))
		for i := range 10 {
			r.change("x", a)
			d.wake(everyPartition)
			r.after(time.Duration(i+1) * 100 * time.Millisecond)
		}
		r.equal("reads", reads, 1)
		r.subscribe("another")
		r.change("x", a)
		r.after(5 * time.Second)
		r.equal("reads after another subscription was made", reads, 2)
	})
}

func TestUnreadableSubscriptionWaits(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		r.subscriptions.Fail = func(op string) error {
			if op == "Get" && time.Since(r.start) < 5*time.Second {
				return store.ErrUnavailable
			}
			return nil
		}
		r.change("x", a)
		r.run(r.config("one"))
		r.after(4900 * time.Millisecond)
		r.equal("attempts", r.receivers.timeline("a"), nil)
		r.after(6 * time.Second)
		r.equal("received", r.receivers.bodies("a"), []string{"created x"})
		r.equal("counted", r.receivers.counts(), "1 delivered, 0 failed, 0 dead, 0 fenced")
	})
}

func TestEventLeavesOutWhatIsNotTheSubscribers(t *testing.T) {
	theirs, own := &o2.Resource{Header: o2.Header{Tenant: "theirs"}}, &o2.Resource{Header: o2.Header{Tenant: "own"}}
	for name, tt := range map[string]struct {
		kind        o2.EventType
		prior, post o2.Object
	}{
		"created":  {o2.EventCreated, nil, own},
		"modified": {o2.EventModified, theirs, own},
		"deleted":  {o2.EventDeleted, theirs, nil},
		"resync":   {o2.EventResync, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := deliveryOf(tt.kind, theirs, own)
			e := EventOf("incarnation", "subscription", &d)
			if e.Prior != tt.prior || e.Post != tt.post {
				t.Errorf("prior %v and post %v, want %v and %v", e.Prior, e.Post, tt.prior, tt.post)
			}
		})
	}
}
