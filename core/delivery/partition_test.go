package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
	"github.com/netweave/netweave/ports/webhook"
)

// cutOff is an assignment that cannot be reached from a moment on.
type cutOff struct {
	assignment.Assignment
	faults storetest.Faults
}

func (c *cutOff) Join(ctx context.Context, member string, ttl time.Duration) (assignment.Share, error) {
	if err := c.faults.Before("Join"); err != nil {
		return assignment.Share{}, err
	}
	return c.Assignment.Join(ctx, member, ttl)
}

// cutOffAt makes an assignment that fails from so long after the beginning on.
func (r *rig) cutOffAt(d time.Duration) assignment.Assignment {
	return &cutOff{r.log.Partitions, storetest.Faults{Fail: func(string) error {
		if time.Since(r.start) >= d {
			return store.ErrUnavailable
		}
		return nil
	}}}
}

func TestNothingIsSentOncePartitionsAreOver(t *testing.T) {
	inBubble(t, func(r *rig) {
		a, hangs := r.subscribe("a"), r.subscribe("hangs")
		r.receivers.answer("a", taking(300*time.Millisecond))
		r.receivers.answer("hangs", taking(time.Hour))
		c := r.config("cut off")
		c.Assignment = r.cutOffAt(time.Second)
		c.AttemptTimeout = time.Hour
		r.changes(60, a, hangs)
		r.run(c)
		r.after(20 * time.Second)
		// It joined at 0 and 100 ms, when it heard that it may have missed news, and
		// may use its partitions for nine tenths of the 5 s.
		const over = 4600 * time.Millisecond
		posts := r.receivers.to("a")
		if last := posts[len(posts)-1]; last.at >= over || last.at < over-400*time.Millisecond || last.took {
			t.Errorf("the last attempt began at %v and was accepted: %v; want one shortly before %v, broken off", last.at, last.took, over)
		}
		r.equal("the hanging one's attempts", r.receivers.timeline("hangs"), []string{"0s created n000 no"})
		// The store let the other in on what was in doubt.
		r.equal("attempts made", r.standing(hangs).Attempts, 1)
		r.equal("partitions", r.receivers.partitions, []int{64, 0})

		r.receivers.answer("a", nil)
		r.receivers.answer("hangs", nil)
		r.run(r.config("another"))
		r.after(30 * time.Second)
		var names []string
		for i := range 60 {
			names = append(names, fmt.Sprintf("n%03d", i))
		}
		r.equal("received", unique(r.receivers.to("a")), created(names))
		r.equal("received", unique(r.receivers.to("hangs")), created(names))
	})
}

func TestFencedPartitionIsGivenUp(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		r.receivers.answer("a", func(context.Context, webhook.Notification) error {
			r.log.Partitions.Seize(partitionOf(a), "thief")
			return nil
		})
		d, _ := r.run(r.config("one"))
		r.after(time.Second)
		r.changes(200, a)
		d.wake(everyPartition)
		r.after(time.Second)
		r.equal("partitions, at once", d.holdings.total(), 63)
		r.after(time.Minute)
		// Fast receivers: one claim's worth may go out before the store refuses.
		r.equal("attempts", len(r.receivers.to("a")), 64)
		r.equal("counted", r.receivers.counts(), "64 delivered, 0 failed, 0 dead, 1 fenced")
		r.equal("partitions", r.receivers.partitions, []int{64, 63})
	})
}

func TestRestartRepeatsTheSameIDs(t *testing.T) {
	inBubble(t, func(r *rig) {
		a := r.subscribe("a")
		dead := false
		r.log.Fail = func(op string) error {
			if dead && op == "Settle" {
				return store.ErrUnavailable
			}
			return nil
		}
		names := r.changes(10, a)
		d, stop := r.run(r.config("killed"))
		r.after(10 * time.Second)
		dead = true
		r.changes(10, a)
		d.wake(everyPartition)
		r.after(11 * time.Second)
		stop()
		dead = false
		before := r.receivers.to("a")
		r.equal("received", unique(before), append(created(names), created(names)...))
		r.run(r.config("next"))
		r.after(12 * time.Second)
		again := r.receivers.to("a")[len(before):]
		r.equal("repeated", idsOf(again), idsOf(before[10:]))
	})
}

func idsOf(list []post) (ids []o2.ID) {
	for _, p := range list {
		ids = append(ids, p.id)
	}
	return ids
}

func TestPartitionsChangeHandsAtOnce(t *testing.T) {
	inBubble(t, func(r *rig) {
		var ids []o2.ID
		for i := range 100 {
			ids = append(ids, r.subscribe(fmt.Sprint(i)))
		}
		r.receivers.answer("7", taking(time.Hour))
		_, stopOne := r.run(r.config("one"))
		r.after(10100 * time.Millisecond)
		r.change("first", ids...)
		r.after(10500 * time.Millisecond)
		two, _ := r.run(r.config("two"))
		r.after(11500 * time.Millisecond)
		r.equal("the second's share", two.holdings.total(), 32)
		r.change("second", ids...)
		r.after(12100 * time.Millisecond)
		stopped := time.Now()
		stopOne()
		if took := time.Since(stopped); took > 600*time.Millisecond {
			t.Errorf("stopping took %v, want the grace period at most", took)
		}
		r.change("third", ids...)
		r.after(13000 * time.Millisecond)
		r.equal("the second's share", two.holdings.total(), 64)
		for i := range ids {
			if i != 7 {
				r.equal("received", r.receivers.bodies(fmt.Sprint(i)), []string{"created first", "created second", "created third"})
			}
		}
		r.equal("the hanging one's attempts", slices.Compact(r.receivers.bodies("7")), []string{"created first"})
	})
}

func TestBusyPartitionsPassOnAfterGrace(t *testing.T) {
	inBubble(t, func(r *rig) {
		for i := range 640 {
			callback := fmt.Sprint(i)
			r.receivers.answer(callback, taking(time.Hour))
			r.change("x", r.subscribe(callback))
		}
		c := r.config("one")
		c.AttemptTimeout = time.Hour
		one, _ := r.run(c)
		r.after(3 * time.Second)
		busy := 0
		for _, h := range one.holdings.held {
			if h.busy > 0 {
				busy++
			}
		}
		r.equal("busy", busy, 64)
		two, _ := r.run(r.config("two"))
		r.after(3400 * time.Millisecond)
		r.equal("the second's share before the grace period is over", two.holdings.total(), 0)
		r.after(4 * time.Second)
		r.equal("the second's share", two.holdings.total(), 32)
	})
}

func TestOwnClockIsAskedBeforeAnythingIsSent(t *testing.T) {
	inBubble(t, func(r *rig) {
		hs := newHoldings(r.t.Context(), time.Second)
		defer hs.close()
		hs.renew([]assignment.Held{{Partition: 7, Fence: "f"}}, r.start.Add(time.Second))
		hs.expiry.Stop() // a timer may be late
		h := hs.enter(7)
		hs.leave(h)
		ask := func() []bool { return []bool{hs.usable(h), len(hs.among(everyPartition)) > 0, hs.enter(7) != nil} }
		r.after(999 * time.Millisecond)
		r.equal("usable, listed, to be entered", ask(), []bool{true, true, true})
		r.after(time.Second)
		r.equal("usable, listed, to be entered", ask(), []bool{false, false, false})
	})
}

func TestDrainingEndsWhenOthersLeave(t *testing.T) {
	inBubble(t, func(r *rig) {
		hs := newHoldings(r.t.Context(), time.Second)
		defer hs.close()
		list := []assignment.Held{{Partition: 1, Fence: "a"}, {Partition: 2, Fence: "b"}, {Partition: 3, Fence: "c"}}
		hs.renew(list, r.start.Add(time.Hour))
		busy := []*holding{hs.enter(2), hs.enter(3)}
		hs.drain(2)
		r.equal("left", hs.among(everyPartition), list[1:2])
		r.equal("idle", len(hs.idle()), 1)
		hs.drain(1)
		r.equal("left when one fewer is to go", len(hs.among(everyPartition)), 2)
		hs.drain(0)
		r.equal("left when none is to go", hs.among(everyPartition), list)
		hs.drain(3)
		r.after(2 * time.Second)
		hs.drain(0)
		r.equal("left of those whose work was broken off", len(hs.among(everyPartition)), 0)
		for _, h := range busy {
			hs.leave(h)
		}
		r.equal("idle", len(hs.idle()), 3)
	})
}

func TestStopIsGraceful(t *testing.T) {
	for name, tt := range map[string]struct {
		answer   time.Duration
		want     []string
		took     time.Duration
		left     int
		attempts int
	}{
		"an attempt that ends in time counts": {
			400 * time.Millisecond, []string{"10s created n000"}, 400 * time.Millisecond, 2, 0,
		},
		"one that hangs is broken off, and in doubt": {
			time.Hour, []string{"10s created n000 no"}, 500 * time.Millisecond, 3, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(r *rig) {
				a := r.subscribe("a")
				r.receivers.answer("a", taking(tt.answer))
				d, stop := r.run(r.config("one"))
				r.after(10 * time.Second)
				r.changes(3, a)
				d.wake(everyPartition)
				r.after(10 * time.Second)
				began := time.Now()
				stop()
				r.equal("it took", time.Since(began), tt.took)
				r.equal("the attempts", r.receivers.timeline("a"), tt.want)
				r.equal("left", r.standing(a).Length, tt.left)
				r.equal("attempts on record", r.standing(a).Attempts, tt.attempts)
				share, err := r.log.Partitions.Join(r.t.Context(), "next", time.Second)
				if err != nil || len(share.Held) != assignment.Partitions {
					t.Errorf("another gets %d partitions (%v), want all", len(share.Held), err)
				}
			})
		})
	}
}

func TestStopReportsThatPartitionsWereNotGivenBack(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.log.Partitions.Fail = func(op string) error {
			if op == "Leave" {
				return store.ErrUnavailable
			}
			return nil
		}
		d, err := New(r.config("one"))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(r.t.Context())
		cancel()
		if err := d.Run(ctx); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Run: %v, want that the store is unavailable", err)
		}
	})
}
