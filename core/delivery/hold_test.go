package delivery

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/bus"
)

// subscribeOf makes a tenant's subscription in force with that callback.
func (r *rig) subscribeOf(tenant, callback string) o2.ID {
	r.t.Helper()
	return r.activate(&o2.Subscription{
		ID: o2.DeriveID("subscriptions", callback), Tenant: tenant, Surface: surface, Callback: callback, Version: 1,
	})
}

// TestAHeldTenantsEventsWait, in order, at the cost of no attempts, while others'
// go on; and they go on when the hold ends.
func TestAHeldTenantsEventsWait(t *testing.T) {
	inBubble(t, func(r *rig) {
		held, free, platform := r.subscribeOf("held", "held"), r.subscribeOf("free", "free"), r.subscribeOf("", "platform")
		var hold atomic.Bool
		hold.Store(true)
		c := r.config("one")
		c.Held = func(tenant string) bool { return hold.Load() && tenant != "free" }
		claims := atomic.Int64{}
		r.log.Lose = func(op string) error {
			if op == "Claim" {
				claims.Add(1)
			}
			return nil
		}
		d, _ := r.run(c)
		names := r.changes(3, held, free, platform)
		d.wake(everyPartition)
		r.after(time.Hour)
		r.equal("what others got", [][]string{r.receivers.bodies("free"), r.receivers.bodies("platform")}, [][]string{created(names), created(names)})
		r.equal("what the held one got", r.receivers.bodies("held"), []string(nil))
		if s := r.standing(held); s.Length != 3 || s.Attempts != 0 || s.LastError != "" || s.DeadLetters != 0 {
			t.Errorf("it stands as %+v, want three that were never tried", s)
		}
		if n := claims.Load(); n > 10 {
			t.Errorf("%d claims in an hour", n)
		}
		hold.Store(false)
		r.after(time.Hour + 2*time.Second)
		r.equal("what it got then", r.receivers.bodies("held"), created(names))
		if n := d.holds.count(); n != 0 {
			t.Errorf("%d wait still", n)
		}
	})
}

// TestAHoldBetweenTwoEvents: what is on its way arrives, and nothing behind it.
func TestAHoldBetweenTwoEvents(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribeOf("acme", "a")
		r.receivers.answer("a", taking(100*time.Millisecond))
		var hold atomic.Bool
		c := r.config("one")
		c.Held = func(string) bool { return hold.Load() }
		d, _ := r.run(c)
		r.after(time.Second)
		names := r.changes(10, a)
		d.wake(everyPartition)
		r.after(1150 * time.Millisecond)
		hold.Store(true)
		r.after(time.Minute)
		r.equal("the attempts", r.receivers.timeline("a"), []string{"1s created n000", "1.1s created n001"})
		if s := r.standing(a); s.Length != 8 || s.Attempts != 0 {
			t.Errorf("it stands as %+v", s)
		}
		// News of a change, or a wake, is no end of the hold.
		r.tell(bus.Message{Topic: bus.Subscriptions, Key: "updated", Body: []byte(a)})
		d.wake(everyPartition)
		r.after(2 * time.Minute)
		r.equal("the number of attempts", len(r.receivers.to("a")), 2)
		hold.Store(false)
		r.after(2*time.Minute + 5*time.Second)
		r.equal("all that it got", r.receivers.bodies("a"), created(names))
	})
}

// TestManyHeldHideNobody: however many wait, who is due behind them is served.
func TestManyHeldHideNobody(t *testing.T) {
	inBubble(t, func(r *rig) {
		c := r.config("one")
		c.Workers = 2
		c.Held = func(tenant string) bool { return tenant == "held" }
		var held []o2.ID
		for n := range 50 {
			held = append(held, r.subscribeOf("held", fmt.Sprintf("held-%d", n)))
		}
		d, _ := r.run(c)
		r.change("before", held...)
		r.after(10 * time.Second)
		free := r.subscribeOf("free", "free")
		r.change("behind", free)
		d.wake(everyPartition)
		r.after(12 * time.Second)
		r.equal("what the free one got", r.receivers.bodies("free"), []string{"created behind"})
		if n := d.holds.count(); n != 50 {
			t.Errorf("%d wait, want 50", n)
		}
		// Those that end are forgotten.
		for _, id := range held[:49] {
			r.remove(id, false)
			r.refresh()
			if err := r.log.Deactivate(r.t.Context(), r.guard, id); err != nil {
				t.Fatal(err)
			}
		}
		r.after(15 * time.Second)
		if n := d.holds.count(); n != 1 {
			t.Errorf("%d wait, want 1", n)
		}
	})
}

// TestAHeldRetryIsNoAttempt: an event that had failed before is tried again only
// when the hold is over.
func TestAHeldRetryIsNoAttempt(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribeOf("acme", "a")
		var hold atomic.Bool
		r.receivers.answer("a", failing(1, 500))
		c := r.config("one")
		c.Held = func(string) bool { return hold.Load() }
		d, _ := r.run(c)
		r.change("n", a)
		d.wake(everyPartition)
		r.after(500 * time.Millisecond)
		hold.Store(true)
		r.after(time.Hour)
		if s := r.standing(a); s.Attempts != 1 || s.Length != 1 {
			t.Errorf("it stands as %+v, want one attempt", s)
		}
		hold.Store(false)
		r.after(time.Hour + 2*time.Second)
		r.equal("the attempts", len(r.receivers.to("a")), 2)
	})
}
