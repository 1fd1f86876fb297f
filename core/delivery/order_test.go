package delivery

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
)

func TestOrderIsKeptThroughFailures(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		b := r.subscribe("b")
		r.receivers.answer("a", failing(5, 500))
		r.changes(3, a, b)
		r.run(r.config("one"))
		r.after(30 * time.Second)
		// The waits are 1, 2 and 4 s, then half of 8 and of 16.
		r.equal("the attempts", r.receivers.timeline("a"), []string{
			"0s created n000 no", "1s created n000 no", "3s created n000 no", "7s created n000 no",
			"11s created n000 no", "19s created n000", "19s created n001", "19s created n002",
		})
		r.equal("the other's attempts", r.receivers.timeline("b"), []string{"0s created n000", "0s created n001", "0s created n002"})
		r.equal("counted", r.receivers.counts(), "6 delivered, 5 failed, 0 dead, 0 fenced")
		first := r.receivers.to("a")[0].id
		for _, p := range r.receivers.to("a")[:6] {
			if p.id != first {
				t.Errorf("the event was %s and is %s when sent again", first, p.id)
			}
		}
	})
}

func TestOneDeliveryIsInFlightPerSubscription(t *testing.T) {
	inBubble(t, func(r *rig) {
		var ids []o2.ID
		for i := range 50 {
			callback := fmt.Sprint(i)
			ids = append(ids, r.subscribe(callback))
			r.receivers.answer(callback, taking(time.Duration(i)*7*time.Millisecond))
		}
		d, _ := r.run(r.config("one"))
		var names []string
		for i := range 30 {
			name := fmt.Sprintf("m%02d", i)
			names = append(names, name)
			r.change(name, ids...)
			d.wake(everyPartition)
			r.after(time.Duration(i+1) * 10 * time.Millisecond)
		}
		r.after(time.Minute)
		for i := range ids {
			r.equal("received", r.receivers.bodies(fmt.Sprint(i)), created(names))
		}
		r.equal("in flight at once", r.receivers.most, 1)
	})
}

func TestNewsWakesAtOnce(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		d, _ := r.run(r.config("one"))
		r.after(701 * time.Millisecond)
		r.change("woken", a)
		d.Wake([]int{-1, 999, partitionOf(a)})
		r.after(1102 * time.Millisecond)
		r.change("heard", a)
		r.tell(bus.Message{Topic: bus.Deliveries, Body: []byte{200, byte(partitionOf(a))}})
		r.after(1203 * time.Millisecond)
		r.change("missed", a)
		r.bus.Miss(bus.Deliveries)
		r.after(1604 * time.Millisecond)
		r.change("polled", a)
		r.after(3 * time.Second)
		r.equal("the attempts", r.receivers.timeline("a"), []string{
			"701ms created woken", "1.102s created heard", "1.203s created missed", "2s created polled",
		})
	})
}

func TestTurnsAreShort(t *testing.T) {
	inBubble(t, func(r *rig) {
		a, b := r.subscribe("a"), r.subscribe("b")
		c := r.config("one")
		c.Workers = 1
		d, _ := r.run(c)
		r.after(time.Second)
		names := r.changes(150, a, b)
		d.wake(everyPartition)
		r.after(1010 * time.Millisecond)
		var turns []string
		for _, p := range r.receivers.posts {
			if len(turns) == 0 || turns[len(turns)-1] != p.callback {
				turns = append(turns, p.callback)
			}
		}
		if len(turns) != 6 {
			t.Errorf("the turns were %v, want six of them: 64, 64 and 22 events for each", turns)
		}
		r.equal("received", r.receivers.bodies("a"), created(names))
		r.equal("received", r.receivers.bodies("b"), created(names))
	})
}

func TestAllThatAreDueGetTheirTurn(t *testing.T) {
	inBubble(t, func(r *rig) {
		var ids []o2.ID
		for i := range 30 {
			ids = append(ids, r.subscribe(fmt.Sprint(i)))
		}
		names := r.changes(2, ids...)
		c := r.config("one")
		c.Workers, c.Poll = 1, time.Hour
		r.run(c)
		r.after(10 * time.Millisecond)
		for i := range ids {
			r.equal("received", r.receivers.bodies(fmt.Sprint(i)), created(names))
		}
	})
}

func TestWhatComesWhileSettlingIsSent(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		c := r.config("one")
		c.Poll = time.Hour
		d, _ := r.run(c)
		late := sync.OnceFunc(func() {
			r.change("late", a)
			d.wake(everyPartition)
			<-time.After(time.Millisecond)
		})
		r.log.Lose = func(op string) error {
			if op == "Settle" {
				late() // the answer is on its way: nothing was left
			}
			return nil
		}
		r.after(time.Second)
		r.change("early", a)
		d.wake(everyPartition)
		r.after(2 * time.Second)
		r.equal("the attempts", r.receivers.timeline("a"), []string{"1s created early", "1.001s created late"})
	})
}

func TestWhatIsUnderWayIsNotClaimedOnceMore(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		r.receivers.answer("a", taking(20*time.Millisecond))
		queues := &countedQueues{Memory: r.log}
		c := r.config("one")
		c.Queues = queues
		d, _ := r.run(c)
		r.after(time.Second)
		r.change("x", a)
		d.wake(everyPartition)
		r.after(1010 * time.Millisecond)
		d.wake(everyPartition)
		r.after(1400 * time.Millisecond)
		r.equal("claims", len(queues.asked), 1)
		r.equal("received", r.receivers.bodies("a"), created([]string{"x"}))
	})
}

// countedQueues notes how many entries were asked for.
type countedQueues struct {
	*eventlogtest.Memory
	asked []int
}

func (c *countedQueues) Claim(ctx context.Context, h assignment.Held, id o2.ID, most int) (eventlog.Claim, error) {
	c.asked = append(c.asked, most)
	return c.Memory.Claim(ctx, h, id, most)
}

func TestClaimsAreAsLargeAsTheyAreUseful(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		queues := &countedQueues{Memory: r.log}
		c := r.config("one")
		c.Queues = queues
		d, _ := r.run(c)
		r.after(time.Second)
		r.receivers.answer("a", failing(2, 500))
		r.changes(100, a)
		d.wake(everyPartition)
		r.after(10 * time.Second)
		r.equal("while it fails, and after", queues.asked, []int{64, 1, 1, 64, 128})

		queues.asked = nil
		r.receivers.answer("a", taking(100*time.Microsecond))
		r.changes(1200, a)
		r.after(15 * time.Second)
		r.equal("while it is fast", queues.asked, []int{64, 128, 256, 256, 256, 256})

		queues.asked = nil
		r.receivers.answer("a", taking(60*time.Millisecond))
		r.changes(11, a)
		r.after(20 * time.Second)
		// Five attempts fit into 250 ms.
		r.equal("while it is slow", queues.asked, []int{64, 11, 11})
	})
}

func TestSlowReceiversDoNotDelayOthers(t *testing.T) {
	inBubble(t, func(r *rig) {
		for i := range 15 {
			callback := fmt.Sprint("slow", i)
			r.receivers.answer(callback, taking(time.Hour))
			r.changes(1, r.subscribe(callback))
		}
		c := r.config("one")
		c.Workers = 2
		d, _ := r.run(c)
		r.after(8200 * time.Millisecond)
		brisk := r.subscribe("brisk")
		r.change("at last", brisk)
		d.wake(everyPartition)
		r.after(9 * time.Second)
		r.equal("the brisk one's attempts", r.receivers.timeline("brisk"), []string{"8.2s created at last"})
		r.equal("a slow one's attempts", len(r.receivers.to("slow14")), 1)
		r.after(20 * time.Second)
		r.equal("why it failed", r.standing(o2.DeriveID("subscriptions", "slow0")).LastError, "there was no answer within 10s")
	})
}
