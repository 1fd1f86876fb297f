package detection

import (
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// TestJoined: what follows several views sees what any of them has.
func TestJoined(t *testing.T) {
	here, there := newViews(true, "b"), newViews(true, "c")
	f := Join(here, there).Follow(time.Now())
	defer f.Close()
	waits := func() {
		t.Helper()
		select {
		case <-f.Changed():
		case <-time.After(10 * time.Second):
			t.Fatal("nothing tells that something has changed")
		}
	}
	here.set(resource(1, "red"))
	waits()
	there.set(resource(2, "blue", of("c")))
	var seen []string
	for len(seen) < 2 {
		for _, s := range f.Take().Objects {
			seen = append(seen, s.Object.Head().Name)
		}
		if len(seen) < 2 {
			waits()
		}
	}
	if !slices.Equal(seen, []string{"red", "blue"}) {
		t.Errorf("seen are %v", seen)
	}
	for n, backend := range map[int]string{1: "b", 2: "c"} {
		s, ok := f.Lookup(key(n))
		if !ok || s.Object.Head().Backend != backend {
			t.Errorf("of %d: %+v, %v", n, s, ok)
		}
		if attached, follows := f.Standing(backend); !attached || !follows {
			t.Errorf("%s: attached %v, follows %v", backend, attached, follows)
		}
	}
	if s, ok := f.Lookup(key(3)); ok || s.Key != key(3) {
		t.Errorf("what nobody has: %+v, %v", s, ok)
	}
	if attached, _ := f.Standing("d"); attached {
		t.Error("a backend that there is not is attached")
	}
}

// TestEventsOfTwoInventories come out of one leader, and one that restarts tells
// nothing twice.
func TestEventsOfTwoInventories(t *testing.T) {
	here, there := newViews(true, "b"), newViews(true, o2.AlarmBook)
	b := newRig(t, func(c *Config) { c.Changes = Join(here, there) })
	b.views = here
	elect := func() {
		t.Helper()
		l, err := New(b.config)
		if err != nil {
			t.Fatal(err)
		}
		guard, err := l.Log.Lead(b.ctx)
		if err != nil {
			t.Fatal(err)
		}
		f := l.Changes.Follow(time.Now())
		t.Cleanup(f.Close)
		b.term = newTerm(l, guard, f, func(uint64) {})
	}
	elect()
	s := subscribed(1, "")
	b.create(s)
	alarm := func(n int, severity o2.Severity) *o2.Alarm {
		a := &o2.Alarm{Header: o2.Header{ID: id(n), NativeID: "n", Backend: o2.AlarmBook, Tenant: "acme", Revision: uint64(n)}, Severity: severity}
		o2.Seal(a)
		return a
	}
	here.set(resource(1, "red"))
	there.set(alarm(7, o2.SeverityMajor))
	b.turn()
	b.wantQueue(s, "+1 +7")
	elect()
	b.turn()
	b.wantQueue(s, "+1 +7")
	there.set(alarm(7, o2.SeverityCleared))
	there.set(alarm(8, o2.SeverityMinor))
	b.turn()
	there.remove(o2.ObjectKey{Kind: o2.KindAlarm, ID: id(7)})
	here.remove(key(1))
	b.turn()
	b.wantQueue(s, "+1 +7 ~7 +8 -1 -7")
}
