package detection

import (
	"fmt"
	"slices"
	"testing"

	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
)

// once makes happen what is given, just before an operation of the log.
func (b *rig) once(op string, happens func()) {
	b.log.Fail = func(asked string) error {
		if asked == op {
			b.log.Fail = nil
			happens()
		}
		return nil
	}
}

// TestLostEnd: a subscription is taken out of force, perhaps the answer is lost,
// and then the fact itself in a failover, of which the guard shows nothing. It
// strikes just before the leader makes sure of the fact, or when it has done so.
func TestLostEnd(t *testing.T) {
	for _, tt := range []struct {
		name               string
		answered, failover bool
	}{
		{"answered, and lost before it is confirmed", true, true},
		{"not answered, and lost before it is confirmed", false, true},
		{"answered, and lost unless it is confirmed", true, false},
		{"not answered, and lost unless it is confirmed", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newRig(t)
			s := subscribed(1, "")
			b.create(s)
			b.turn()
			if err := b.subs.Delete(b.ctx, s.ID); err != nil {
				t.Fatal(err)
			}
			restore := b.log.Save()
			ended := false
			b.log.Lose = func(op string) error {
				switch {
				case op == "RenewEpoch":
					restore = b.log.Save()
				case op == "Deactivate" && !ended:
					ended = true
					if tt.failover {
						b.once("RenewEpoch", restore)
					}
					if !tt.answered {
						return store.ErrUnavailable
					}
				}
				return nil
			}
			b.turn()
			restore()
			b.turn()
			if active, err := b.log.Activations(b.ctx); err != nil || len(active) != 0 {
				t.Errorf("in force are %v, %v", active, err)
			}
		})
	}
}

// TestLostActivation: the same of a subscription that was put into force without
// an event, and must get the next one.
func TestLostActivation(t *testing.T) {
	b := newRig(t)
	b.turn()
	s := subscribed(1, "", unasked)
	b.create(s)
	b.once("RenewEpoch", b.log.Save())
	b.turn()
	b.views.set(resource(1, "red"))
	b.turn()
	b.wantQueue(s, "+1")
}

// TestFailoverBehindAnotherEpoch: that a subscription has changed as well does not
// hide that the log has gone back.
func TestFailoverBehindAnotherEpoch(t *testing.T) {
	b := newRig(t)
	s := subscribed(1, "")
	b.create(s)
	b.turn()
	restore := b.log.Save()
	b.views.set(resource(1, "red"))
	b.turn()
	b.views.set(resource(2, "red"))
	b.once("Commit", func() {
		restore()
		if err := b.log.RenewEpoch(b.ctx); err != nil {
			t.Error(err)
		}
	})
	b.turn()
	if b.counts.reloaded != 1 {
		t.Errorf("everything was read again %d times, want once", b.counts.reloaded)
	}
	if got := b.queue(s); got != "+1 +2" && got != "+2 +1" {
		t.Errorf("%q is queued", got)
	}
}

// TestReadingFailsHalfWay: what the leader knew before is compared nevertheless
// when reading succeeds, though the log has forgotten it.
func TestReadingFailsHalfWay(t *testing.T) {
	b := newRig(t)
	s := subscribed(1, "")
	b.create(s)
	b.turn()
	restore := b.log.Save()
	b.views.set(resource(1, "red"))
	b.turn()
	restore()
	failures := 0
	b.log.Fail = func(op string) error {
		if op == "Activations" && failures < 2 {
			failures++
			return store.ErrUnavailable
		}
		return nil
	}
	b.turn()
	b.wantQueue(s, "+1")
}

// TestOneObjectOfTwoBackends is told once for each, and hangs nothing up.
func TestOneObjectOfTwoBackends(t *testing.T) {
	b := newRig(t)
	s := subscribed(1, "")
	b.create(s)
	b.turn()
	f := b.term.follower.(*follower)
	b.views.set(resource(1, "red"))
	taken := f.Take()
	other := taken.Objects[0]
	other.Object = resource(1, "blue", of("c"))
	b.term.pending = slices.Concat(taken.Objects, []inventory.Seen{other})
	b.turn()
	b.wantQueue(s, "+1 ~1")
	if b.counts.reloaded != 0 {
		t.Errorf("everything was read again %d times", b.counts.reloaded)
	}
}

// TestDelivererIsFaster: what is claimed while a queue is being coalesced stays
// as it is, and the rest is coalesced.
func TestDelivererIsFaster(t *testing.T) {
	b := newRig(t, func(c *Config) { c.CoalesceLength = 3 })
	s := subscribed(1, "")
	b.create(s)
	b.once("Rewrite", func() { b.drainMost(s, 1) })
	for i := range 4 {
		b.views.set(resource(1, fmt.Sprint("name ", i)))
		b.turn()
	}
	b.wantQueue(s, "~1")
	if b.counts.coalesced != 2 || b.counts.reloaded != 0 {
		t.Errorf("%d entries were taken in, %d reloads", b.counts.coalesced, b.counts.reloaded)
	}
}
