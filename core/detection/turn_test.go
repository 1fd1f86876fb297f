package detection

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/subscription"
)

func TestChangesBecomeEvents(t *testing.T) {
	b := newRig(t)
	all, red := subscribed(1, ""), subscribed(2, "(eq,name,red)")
	late := subscribed(3, "(neq,name,blue)", unasked)
	b.create(all, red)
	b.views.set(resource(1, "red"), resource(2, "blue"), resource(3, "red", owned("bolt")))
	b.turn()
	b.wantQueue(all, "+1 +2")
	b.wantQueue(red, "+1")
	b.create(late)
	b.turn()
	b.views.set(resource(1, "blue"), resource(2, "green"))
	b.turn()
	b.views.set(resource(2, "green", revised(7), beating(`{"beat":2}`))) // nothing that matters
	b.turn()
	b.views.remove(key(2))
	b.views.remove(key(3))
	b.turn()
	b.wantQueue(all, "+1 +2 ~1 ~2 -2")
	b.wantQueue(red, "+1 -1")
	b.wantQueue(late, "-1 +2 -2")
	wantCounts := map[o2.EventType]int{o2.EventCreated: 3, o2.EventModified: 2, o2.EventDeleted: 2}
	for kind, want := range wantCounts {
		if b.counts.committed[kind] != want {
			t.Errorf("%d objects were %v, want %d", b.counts.committed[kind], kind, want)
		}
	}
	if got := b.counts.entries[o2.EventModified]; got != 5 {
		t.Errorf("modified objects made %d entries, want 5", got)
	}
	if b.logged.Len() > 0 {
		t.Errorf("all was well, and yet it logged: %s", b.logged)
	}
}

// TestNewLeaderFindsWhatWasMissed, which is everything that happened while nobody
// led, and nothing of backends of which it does not know enough.
func TestNewLeaderFindsWhatWasMissed(t *testing.T) {
	b := newRig(t)
	s := subscribed(1, "")
	b.create(s)
	b.views.set(resource(1, "red"), resource(2, "red"), resource(3, "red", of("c")), resource(4, "red", of("c")))
	b.turn()
	b.wantQueue(s, "+1 +2 +3 +4")

	b.views.prompt = false // from now on views are confirmed by hand
	b.views.set(resource(1, "blue"), resource(5, "red"), resource(3, "blue", of("c")))
	b.views.remove(key(2))
	b.views.remove(key(4))
	b.elect()
	b.turn()
	b.wantQueue(s, "+1 +2 +3 +4")
	b.views.confirm("b")
	b.turn()
	b.wantQueue(s, "+1 +2 +3 +4 ~1 +5 -2")
	b.views.confirm("c")
	b.turn()
	b.wantQueue(s, "+1 +2 +3 +4 ~1 +5 -2 ~3 -4")

	b.views.detach("c")
	b.elect()
	b.turn() // a backend that is not configured any more has nothing
	b.wantQueue(s, "+1 +2 +3 +4 ~1 +5 -2 ~3 -4 -3")
}

// TestAnObjectThatMoves to another backend under its id is not gone.
func TestAnObjectThatMoves(t *testing.T) {
	b := newRig(t)
	s := subscribed(1, "")
	b.create(s)
	b.views.set(resource(1, "red"))
	b.turn()
	b.views.set(resource(1, "red", of("c")))
	b.views.detach("b")
	b.turn()
	b.wantQueue(s, "+1")
	b.views.detach("c")
	b.turn()
	b.wantQueue(s, "+1 -1")
}

func TestSubscriptionsComeIntoForce(t *testing.T) {
	b := newRig(t)
	b.views.set(resource(1, "red"), resource(2, "blue"), resource(3, "green", in(pool(2))))
	b.turn()
	asked, quiet := subscribed(1, "(in,name,red,blue)"), subscribed(2, "(in,name,red,blue)", unasked)
	b.create(asked, quiet)
	b.turn()
	b.wantQueue(asked, "+1 +2")
	b.wantQueue(quiet, "")

	asked = next(asked, "(neq,name,red)")
	b.update(asked)
	b.turn()
	b.wantQueue(asked, "+1 +2 -1 +3")
	asked = next(asked, asked.Filter) // another callback, say
	b.update(asked)
	b.turn()
	b.wantQueue(asked, "+1 +2 -1 +3")
	quiet = next(quiet, fmt.Sprintf("(eq,id,%s)", id(3)))
	b.update(quiet)
	b.turn()
	b.wantQueue(quiet, "-1 -2 +3")
	active, err := b.log.Activations(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	versions := map[o2.ID]uint64{}
	for _, a := range active {
		versions[a.Subscription] = a.Version
	}
	if len(versions) != 2 || versions[asked.ID] != 3 || versions[quiet.ID] != 2 {
		t.Errorf("in force are %v", versions)
	}

	if err := b.subs.Delete(b.ctx, asked.ID); err != nil {
		t.Fatal(err)
	}
	b.turn()
	b.views.set(resource(3, "red"))
	b.turn()
	b.wantQueue(asked, "")
	if active, err = b.log.Activations(b.ctx); err != nil || len(active) != 1 {
		t.Errorf("in force are %v, %v", active, err)
	}
}

// TestUnreadableFilters: a subscription that another version of the gateway could
// read is kept out, said once, and starts anew when it can be read again.
func TestUnreadableFilters(t *testing.T) {
	b := newRig(t)
	s, other := subscribed(1, "(eq,name,red)"), subscribed(2, "")
	b.create(s, other)
	b.views.set(resource(1, "red"))
	b.turn()
	b.wantQueue(s, "+1")
	known := b.config.Families
	b.config.Families = []subscription.Family{{Surface: surface, Compile: func(filter string) (*subscription.Selection, error) {
		if filter != "" {
			return nil, fmt.Errorf("%q is from the future", filter)
		}
		return family().Compile(filter)
	}}}
	b.elect()
	b.turn()
	b.views.set(resource(1, "red", in(pool(2))), resource(2, "red"))
	b.turn()
	b.wantQueue(s, "+1")
	b.wantQueue(other, "+1 ~1 +2")
	b.create(subscribed(3, "", unasked)) // makes it look again
	b.turn()
	if got := strings.Count(b.logged.String(), "its filter cannot be read"); got != 1 {
		t.Errorf("it was said %d times:\n%s", got, b.logged)
	}

	b.config.Families = known
	b.elect()
	b.turn()
	b.wantQueue(s, "+1") // not before what it was sent is delivered
	b.drain(s)
	b.turn()
	b.wantQueue(s, "resync +1 +2")
}

func TestLongQueues(t *testing.T) {
	b := newRig(t, func(c *Config) { c.CoalesceLength, c.HardCap = 4, 10 })
	s := subscribed(1, "")
	b.create(s)
	flip := func(n int, times int) {
		for i := range times {
			b.views.set(resource(n, fmt.Sprint("name ", i)))
			b.turn()
		}
	}
	b.views.set(resource(1, "red"))
	flip(1, 3)
	b.wantQueue(s, "+1 ~1 ~1")
	flip(1, 2) // past four
	b.wantQueue(s, "+1")
	if b.counts.coalesced != 4 {
		t.Errorf("%d entries were taken in, want 4", b.counts.coalesced)
	}
	for n := 2; n <= 8; n++ { // eight objects: nothing to coalesce, and it is tried but at 5
		b.views.set(resource(n, "red"))
		b.turn()
	}
	b.wantQueue(s, "+1 +2 +3 +4 +5 +6 +7 +8")
	for n := 2; n <= 8; n++ {
		b.views.set(resource(n, "blue"), resource(n+10, "red"))
		b.turn()
		b.views.remove(key(n + 10))
		b.turn()
	}
	if got := len(strings.Fields(b.queue(s))); got > 16 {
		t.Errorf("%d entries are queued for eight objects", got)
	}
	if b.counts.overflows != 0 {
		t.Errorf("a queue overflowed that could be coalesced")
	}
}

func TestQueuesPastTheCap(t *testing.T) {
	b := newRig(t, func(c *Config) { c.CoalesceLength, c.HardCap = 100, 6 })
	s, other := subscribed(1, ""), subscribed(2, "")
	b.create(s)
	for n := 1; n <= 8; n++ {
		b.views.set(resource(n, "red"))
	}
	b.turn()
	b.wantQueue(s, "+1 +2 +3 +4 +5 +6 +7 +8") // never less than twice the objects
	b.drain(s)
	for n := 1; n <= 8; n++ {
		b.views.remove(key(n))
	}
	b.turn()
	b.wantQueue(s, "-1") // no object is left, and eight entries are past six
	if b.counts.overflows != 1 || !strings.Contains(b.logged.String(), "grown past its cap") {
		t.Errorf("%d overflows; logged: %s", b.counts.overflows, b.logged)
	}
	b.create(other)
	b.views.set(resource(9, "red"))
	b.turn()
	b.wantQueue(s, "-1")
	b.wantQueue(other, "+9")
	b.elect() // another leader knows it as well
	b.views.set(resource(9, "blue"))
	b.turn()
	b.wantQueue(s, "-1")
	b.drain(s)
	b.turn()
	b.wantQueue(s, "resync +9")
	b.views.set(resource(9, "red"))
	b.turn()
	b.wantQueue(s, "resync +9 ~9")
}

func TestOldQueues(t *testing.T) {
	b := newRig(t, func(c *Config) { c.CoalesceAge = time.Nanosecond })
	s := subscribed(1, "")
	b.create(s)
	b.views.set(resource(1, "red"))
	b.turn()
	b.views.set(resource(1, "blue"))
	b.turn()
	b.turn()
	b.wantQueue(s, "+1")
	if b.counts.coalesced != 1 {
		t.Errorf("%d entries were taken in, want 1", b.counts.coalesced)
	}
}

// TestOneCopy: what was told is not kept beside the view's own objects.
func TestOneCopy(t *testing.T) {
	b := newRig(t)
	plain, beats := resource(1, "red"), resource(2, "red", beating(`{"beat":1}`))
	b.views.set(plain, beats)
	b.turn()
	told := func(n int) o2.Object {
		r, _ := b.term.told.get(key(n))
		return r.object
	}
	if told(1) != o2.Object(plain) {
		t.Error("the object is kept twice")
	}
	slim := told(2)
	if slim == o2.Object(beats) || slim.Head().Volatile != "" {
		t.Error("what is told is not the canonical state alone")
	}
	again := resource(1, "red")
	b.views.set(again, resource(2, "red", beating(`{"beat":2}`)))
	b.turn()
	if told(1) != o2.Object(again) || told(2) != slim {
		t.Error("an object that is the same again is kept twice")
	}
	b.elect()
	b.turn()
	if told(1) != o2.Object(again) {
		t.Error("a new leader keeps the object twice")
	}
}

func TestBatches(t *testing.T) {
	sizes := []int{}
	b := newRig(t, func(c *Config) { c.BatchChanges, c.BatchTargets = 3, 4 })
	b.log.Lose = func(op string) error {
		if op == "Commit" {
			sizes = append(sizes, len(b.term.batch.changes))
		}
		return nil
	}
	all, red := subscribed(1, ""), subscribed(2, "(eq,name,red)")
	b.create(all, red)
	for n := 1; n <= 5; n++ {
		b.views.set(resource(n, "red"))
	}
	for n := 6; n <= 12; n++ {
		b.views.set(resource(n, "blue"))
	}
	b.turn()
	if want := []int{2, 2, 3, 3, 2}; !slices.Equal(sizes, want) {
		t.Errorf("commits of %v changes, want %v", sizes, want)
	}
	b.wantQueue(all, "+1 +2 +3 +4 +5 +6 +7 +8 +9 +10 +11 +12")
	b.wantQueue(red, "+1 +2 +3 +4 +5")
}
