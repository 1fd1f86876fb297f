package detection

import (
	"testing"

	"github.com/netweave/netweave/core/o2"
)

// TestRedelivery: dead letters are queued again, and behind them what has changed
// since.
func TestRedelivery(t *testing.T) {
	for _, tt := range []struct {
		name   string
		die    int // how many of the first entries
		change func(*rig)
		want   string
	}{
		{"nothing has changed", 1, func(*rig) {}, "+1"},
		{"it has changed since", 1, func(b *rig) { b.views.set(resource(1, "blue")) }, "+1 ~1"},
		{"it is gone", 1, func(b *rig) { b.views.remove(key(1)) }, "+1 -1"},
		{"it has left the filter", 1, func(b *rig) { b.views.set(resource(1, "green")) }, "+1 -1"},
		{"its end was given up on", 2, func(*rig) {}, "+1 -1 -1"},
		{"and it is there again", 2, func(b *rig) { b.views.set(resource(1, "blue")) }, "+1 -1 +1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newRig(t)
			s := subscribed(1, "(neq,name,green)")
			b.create(s)
			b.views.set(resource(1, "red"))
			b.turn()
			if tt.die == 2 {
				b.views.remove(key(1))
				b.turn()
			}
			for range tt.die {
				b.giveUp(s)
			}
			tt.change(b)
			b.turn()
			b.drain(s)
			if _, err := b.log.RequestRedelivery(b.ctx, s.ID, nil); err != nil {
				t.Fatal(err)
			}
			b.turn()
			b.wantQueue(s, tt.want)
		})
	}
}

// TestRedeliveryOfANewBeginning brings everything behind it again.
func TestRedeliveryOfANewBeginning(t *testing.T) {
	b := newRig(t)
	s := subscribed(1, "")
	b.create(s)
	b.views.set(resource(1, "red"), resource(2, "red"))
	b.turn()
	if err := b.log.Overflow(b.ctx, b.term.guard, s.ID); err != nil {
		t.Fatal(err)
	}
	b.elect()
	b.drain(s)
	b.turn()
	b.wantQueue(s, "resync +1 +2")
	b.giveUp(s)
	b.giveUp(s)
	b.drain(s)
	if _, err := b.log.RequestRedelivery(b.ctx, s.ID, nil); err != nil {
		t.Fatal(err)
	}
	b.turn()
	b.wantQueue(s, "resync +1 ~1 +2")
}

// TestMarkedBehindDeadLetters: what follows a dead letter that is queued again is
// never joined to nothing.
func TestMarkedBehindDeadLetters(t *testing.T) {
	b := newRig(t)
	s := subscribed(1, "")
	b.create(s)
	b.views.set(resource(1, "red"))
	b.turn()
	b.giveUp(s)
	b.views.set(resource(1, "blue"))
	b.turn()
	b.drain(s)
	if _, err := b.log.RequestRedelivery(b.ctx, s.ID, nil); err != nil {
		t.Fatal(err)
	}
	b.turn()
	list, err := b.log.Queue(b.ctx, s.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if list[0].Coalesced || list[0].Sequence == list[0].Position || !list[1].Coalesced || list[1].Type != o2.EventModified {
		t.Errorf("queued is %+v", list)
	}
}
