package delivery

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/webhook"
)

func (r *rig) deadLetters(id o2.ID) (reasons []string) {
	r.t.Helper()
	list, err := r.log.DeadLetters(r.t.Context(), id, 0, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range list {
		reasons = append(reasons, d.PostState.Head().Name+": "+d.Reason)
	}
	return reasons
}

func TestWhatCannotBeSaidIsGivenUpOnAtOnce(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		foreign := r.activate(&o2.Subscription{ID: o2.NewID(), Surface: "elsewhere/v1", Callback: "b", Version: 1})
		for _, name := range []string{"x", "unspeakable 1", "unspeakable 2", "y"} {
			r.change(name, a, foreign)
		}
		r.run(r.config("one"))
		r.after(10 * time.Millisecond)
		r.equal("received", r.receivers.bodies("a"), created([]string{"x", "y"}))
		r.equal("dead letters", r.deadLetters(a), []string{
			"unspeakable 1: the event cannot be encoded: it has no words for this",
			"unspeakable 2: the event cannot be encoded: it has no words for this",
		})
		r.equal("dead letters", len(r.deadLetters(foreign)), 4)
		r.equal("why", r.standing(foreign).LastError, "this gateway does not serve the API family elsewhere/v1")
		r.equal("counted", r.receivers.counts(), "2 delivered, 0 failed, 6 dead, 0 fenced")
	})
}

// TestWhatAFamilyDoesNotTellIsDelivered without being sent, and lets what is behind
// it through.
func TestWhatAFamilyDoesNotTellIsDelivered(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		for _, name := range []string{"untold 1", "x", "untold 2", "untold 3", "y", "untold 4"} {
			r.change(name, a)
		}
		r.run(r.config("one"))
		r.after(10 * time.Millisecond)
		r.equal("received", r.receivers.bodies("a"), created([]string{"x", "y"}))
		r.equal("dead letters", r.deadLetters(a), nil)
		r.equal("left", r.standing(a).Length, 0)
		r.equal("why", r.standing(a).LastError, "")
		r.equal("counted", r.receivers.counts(), "6 delivered, 0 failed, 0 dead, 0 fenced")
	})
}

func TestOldEventIsGivenUpOn(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		r.receivers.answer("a", func(_ context.Context, n webhook.Notification) error {
			if string(n.Body) == "created x" {
				return &webhook.Failure{Reason: "it answered 503", Status: 503, RetryAfter: 50 * time.Minute}
			}
			return nil
		})
		r.change("x", a)
		r.change("y", a)
		c := r.config("one")
		c.Poll = time.Minute
		r.run(c)
		r.after(24*time.Hour - time.Second)
		r.equal("attempts", len(r.receivers.to("a")), 29)
		r.equal("dead letters", r.deadLetters(a), nil)
		r.after(24*time.Hour + time.Second)
		r.equal("dead letters", r.deadLetters(a), []string{"x: it answered 503"})
		r.equal("attempts", len(r.receivers.to("a")), 31)
		r.equal("left", r.standing(a).Length, 0)
		r.equal("counted", r.receivers.counts(), "1 delivered, 29 failed, 1 dead, 0 fenced")
	})
}

func TestHeldHostCostsNoAttempt(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		r.receivers.answer("a", func(context.Context, webhook.Notification) error {
			if time.Since(r.start) < 10*time.Second {
				return &webhook.Failure{Reason: "its host is held", Held: true, RetryAfter: 4 * time.Second}
			}
			return nil
		})
		r.change("x", a)
		r.run(r.config("one"))
		r.after(9 * time.Second)
		r.equal("attempts on record", r.standing(a).Attempts, 0)
		r.equal("why", r.standing(a).LastError, "its host is held")
		r.after(time.Minute)
		r.equal("asked", r.receivers.timeline("a"), []string{
			"0s created x no", "4s created x no", "8s created x no", "12s created x",
		})
	})
}

func TestOddErrorIsAFailure(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		r.receivers.answer("a", func(context.Context, webhook.Notification) error {
			return errors.New("https://user:secret@host is odd")
		})
		r.change("x", a)
		r.run(r.config("one"))
		r.after(100 * time.Millisecond)
		r.equal("why", r.standing(a).LastError, "the attempt failed")
	})
}

func deliveryOf(kind o2.EventType, prior, post o2.Object) eventlog.Delivery {
	return eventlog.Delivery{Entry: eventlog.Entry{Type: kind}, PriorState: prior, PostState: post}
}
