package inventory

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// TestWhatLeavesAndWhatStays drives one view step by step. The names that it
// shows after each step are the claim.
func TestWhatLeavesAndWhatStays(t *testing.T) {
	type step struct {
		do   func(t *testing.T, v *view, s *session)
		want []string
	}
	begin := func(t *testing.T, _ *view, s *session) { must(t, s.Begin(o2.AllKinds)) }
	synced := func(t *testing.T, _ *view, s *session) { must(t, s.Synced()) }
	put := func(objects ...o2.Object) func(*testing.T, *view, *session) {
		return func(t *testing.T, _ *view, s *session) { must(t, s.Put(objects)) }
	}
	remove := func(n int) func(*testing.T, *view, *session) {
		return func(t *testing.T, _ *view, s *session) { must(t, s.Delete(o2.KindResource, []o2.ID{rid(n)})) }
	}
	write := func(o o2.Object) func(*testing.T, *view, *session) {
		return func(t *testing.T, v *view, _ *session) {
			if v.created(o, 0) == nil {
				t.Fatal("the write's result was refused")
			}
		}
	}
	erase := func(n int) func(*testing.T, *view, *session) {
		return func(_ *testing.T, v *view, _ *session) { v.deleted(o2.KindResource, rid(n)) }
	}
	pass := func(d time.Duration) func(*testing.T, *view, *session) {
		return func(*testing.T, *view, *session) { time.Sleep(d); synctest.Wait() }
	}
	none := []string{}
	names := func(list ...string) []string { return list }

	tests := map[string][]step{
		"the first snapshot shows once it is whole": {
			{begin, none}, {put(resource(2), resource(1)), none}, {put(resource(3)), none}, {synced, names("r1", "r2", "r3")},
		},
		"a first snapshot that is begun again starts from nothing": {
			{begin, none}, {put(resource(1)), none}, {begin, none}, {put(resource(2)), none}, {synced, names("r2")},
		},
		"a later snapshot's items show at once, its absences at its end": {
			{begin, none}, {put(resource(1), resource(2)), none}, {synced, names("r1", "r2")},
			{begin, names("r1", "r2")}, {put(resource(2, named("new"))), names("r1", "new")}, {synced, names("new")},
		},
		"a later snapshot that is begun again forgets what it saw": {
			{begin, none}, {put(resource(1), resource(2)), none}, {synced, names("r1", "r2")},
			{begin, names("r1", "r2")}, {put(resource(1)), names("r1", "r2")},
			{begin, names("r1", "r2")}, {put(resource(2)), names("r1", "r2")}, {synced, names("r2")},
		},
		"an empty snapshot empties": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")}, {begin, names("r1")}, {synced, none},
		},
		"kinds that a snapshot does not cover stay": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")},
			{func(t *testing.T, _ *view, s *session) { must(t, s.Begin(o2.SetOf(o2.KindResourcePool))) }, names("r1")},
			{put(pool(8, "b")), names("r1")}, {synced, names("r1")},
		},
		"changes and deletes apply": {
			{begin, none}, {synced, none}, {put(resource(1)), names("r1")}, {put(resource(1, named("new"))), names("new")},
			{remove(7), names("new")}, {remove(1), none},
		},
		"the last of duplicates within a snapshot counts": {
			{begin, none}, {put(resource(1, named("old"))), none}, {put(resource(1, named("new"))), none}, {synced, names("new")},
		},
		"a delete within a first snapshot counts": {
			{begin, none}, {put(resource(1), resource(2)), none}, {remove(1), none}, {synced, names("r2")},
		},
		"what was created during a snapshot survives it, and not the next": {
			{begin, none}, {synced, none}, {begin, none}, {write(resource(1)), names("r1")}, {synced, names("r1")},
			{begin, names("r1")}, {synced, none},
		},
		"what was created during the first snapshot survives it": {
			{begin, none}, {write(resource(1)), names("r1")}, {put(resource(2)), names("r1")}, {synced, names("r1", "r2")},
		},
		"what was created before the snapshot and is absent from it leaves": {
			{write(resource(1)), names("r1")}, {begin, names("r1")}, {synced, none},
		},
		"an older snapshot's item does not undo a write": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")},
			{begin, names("r1")}, {write(resource(1, named("written"))), names("written")}, {put(resource(1)), names("written")},
			{synced, names("written")}, {begin, names("written")}, {put(resource(1)), names("r1")}, {synced, names("r1")},
		},
		"nor does the first snapshot's": {
			{begin, none}, {put(resource(1)), none}, {write(resource(1, named("written"))), names("written")}, {synced, names("written")},
		},
		"an older snapshot's item with a later revision does": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")}, {begin, names("r1")},
			{write(resource(1, named("written"), revised(5))), names("written")},
			{put(resource(1, named("earlier"), revised(4))), names("written")},
			{put(resource(1, named("later"), revised(6))), names("later")},
		},
		"a watch event older than the write does not undo it": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")},
			{write(resource(1, named("written"), revised(5))), names("written")},
			{put(resource(1, named("earlier"), revised(4))), names("written")},
			{pass(time.Hour), names("written")},
			{put(resource(1, named("earlier"), revised(4))), names("written")},
			{put(resource(1, named("written"), revised(5))), names("written")},
			{put(resource(1, named("later"), revised(6))), names("later")},
		},
		"a watch event without a revision counts": {
			{write(resource(1, named("written"), revised(5))), names("written")}, {put(resource(1)), names("r1")},
		},
		"a snapshot begun after the write counts whatever its revision: a restored backend": {
			{begin, none}, {synced, none}, {write(resource(1, named("written"), revised(500))), names("written")}, {pass(time.Minute), names("written")},
			{begin, names("written")}, {put(resource(1, named("restored"), revised(4))), names("restored")}, {synced, names("restored")},
			{put(resource(1, named("after"), revised(5))), names("after")},
		},
		"also where only its revision differs": {
			{begin, none}, {synced, none}, {write(resource(1, named("same"), revised(500))), names("same")}, {pass(time.Minute), names("same")},
			{begin, names("same")}, {put(resource(1, named("same"), revised(4))), names("same")}, {synced, names("same")},
			{put(resource(1, named("after"), revised(5))), names("after")}, {write(resource(1, named("written"), revised(6))), names("written")},
		},
		"a write's result does not undo a later event": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")},
			{put(resource(1, named("later"), revised(7))), names("later")},
			{write(resource(1, named("written"), revised(5))), names("later")},
		},
		"nor one that only moved the revision": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")},
			{put(resource(1, revised(7))), names("r1")}, {write(resource(1, named("written"), revised(5))), names("r1")},
		},
		"after a delete, stale events are not believed": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")}, {erase(1), none},
			{put(resource(1, revised(3))), none}, {put(resource(1, named("no revision"))), none},
			{put(resource(1, named("again"), revised(4))), none}, {pass(confirming), names("again")},
		},
		"nor one of a change that came before the delete": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")}, {erase(1), none},
			{put(resource(1, named("changed"), revised(4))), none}, {remove(1), none}, {pass(confirming), none},
			{put(resource(1, named("again"), revised(6))), names("again")},
		},
		"of what was made anew the last word counts": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")}, {erase(1), none},
			{put(resource(1, named("again"), revised(4))), none}, {pass(time.Second), none},
			{put(resource(1, named("changed"), revised(5))), none}, {pass(time.Second), names("changed")},
		},
		"what is made anew through us is not replaced by what was held": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")}, {erase(1), none},
			{put(resource(1, named("changed"), revised(4))), none}, {write(resource(1, named("anew"), revised(6))), names("anew")},
			{pass(confirming), names("anew")},
		},
		"after a delete that the feed confirms, everything is believed": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")}, {erase(1), none}, {put(resource(1)), none},
			{remove(1), none}, {put(resource(1, named("again"))), names("again")},
		},
		"after a delete, an older snapshot is not believed and a later one is": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")},
			{begin, names("r1")}, {erase(1), none}, {put(resource(1)), none}, {synced, none},
			{begin, none}, {put(resource(1, named("still there"))), names("still there")}, {synced, names("still there")},
		},
		"after a delete, an older snapshot's later revision is": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")},
			{begin, names("r1")}, {erase(1), none}, {put(resource(1, revised(3))), none},
			{put(resource(1, named("anew"), revised(4))), names("anew")}, {synced, names("anew")},
		},
		"however long the older snapshot takes": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")},
			{begin, names("r1")}, {erase(1), none}, {pass(time.Hour), none}, {erase(2), none}, {put(resource(1)), none}, {synced, none},
		},
		"after a delete during the first snapshot, the snapshot is not believed": {
			{begin, none}, {put(resource(1)), none}, {erase(1), none}, {synced, none},
		},
		"a delete through us holds for half a minute": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")}, {erase(1), none},
			{pass(29 * time.Second), none}, {put(resource(1)), none}, {pass(time.Second), none}, {put(resource(1)), names("r1")},
		},
		"the late confirmation of a delete does not take what was made anew": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")}, {erase(1), none},
			{write(resource(1, named("anew"))), names("anew")}, {remove(1), names("anew")}, {remove(1), none},
		},
		"a feed that skips that confirmation, as it came and went, is believed the next time": {
			{begin, none}, {put(resource(1, revised(3))), none}, {synced, names("r1")}, {erase(1), none},
			{write(resource(1, named("anew"), revised(5))), names("anew")},
			{put(resource(1, named("former"), revised(4))), names("anew")}, {remove(1), names("anew")},
			{erase(1), none}, {write(resource(1, named("anew"), revised(7))), names("anew")},
			{put(resource(1, named("anew"), revised(7))), names("anew")}, {remove(1), none},
		},
		"also without revisions, once it tells what was made": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")}, {erase(1), none},
			{write(resource(1, named("anew"))), names("anew")}, {put(resource(1, named("anew"))), names("anew")}, {remove(1), none},
		},
		"also once a snapshot begun since has ended": {
			{begin, none}, {put(resource(1)), none}, {synced, names("r1")}, {erase(1), none},
			{write(resource(1, named("anew"))), names("anew")}, {begin, names("anew")}, {put(resource(1, named("later"))), names("later")},
			{synced, names("later")}, {remove(1), none},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := testView(testShelf(), "b")
				s := v.session()
				for i, step := range steps {
					step.do(t, v, s)
					if got := shown(v); !slices.Equal(got, step.want) {
						t.Fatalf("after step %d the view shows %q, want %q", i+1, got, step.want)
					}
				}
			})
		})
	}
}

func TestAFeedThatEndsMidSnapshotRemovesNothing(t *testing.T) {
	v := testView(testShelf(), "b")
	s := v.session()
	must(t, s.Begin(o2.AllKinds))
	must(t, s.Put([]o2.Object{resource(1), resource(2)}))
	must(t, s.Synced())
	must(t, s.Begin(o2.AllKinds))
	must(t, s.Put([]o2.Object{resource(1)}))
	s.close()
	if got := shown(v); !slices.Equal(got, []string{"r1", "r2"}) {
		t.Errorf("the view shows %q", got)
	}
	for name, call := range map[string]func() error{
		"Begin":  func() error { return s.Begin(o2.AllKinds) },
		"Put":    func() error { return s.Put([]o2.Object{resource(3)}) },
		"Delete": func() error { return s.Delete(o2.KindResource, []o2.ID{rid(1)}) },
		"Synced": s.Synced,
	} {
		if err := call(); !errors.Is(err, errFeedOver) {
			t.Errorf("%s after the end gives %v", name, err)
		}
	}
	next := v.session()
	if err := next.Synced(); !errors.Is(err, errNoBegin) {
		t.Errorf("Synced without Begin gives %v", err)
	}
	if err := next.Delete(o2.Kind(77), nil); err == nil {
		t.Error("Delete of an unknown kind is taken")
	}
	if got := shown(v); !slices.Equal(got, []string{"r1", "r2"}) {
		t.Errorf("the view shows %q", got)
	}
}

func TestRefusedObjects(t *testing.T) {
	s := testShelf()
	var logged bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&logged, nil))
	v, other := testView(s, "b"), testView(s, "other")
	must(t, other.session().Put([]o2.Object{resource(5, of("other"))}))

	feed := v.session()
	unsealed := resource(6)
	unsealed.Digest = o2.Digest{}
	must(t, feed.Begin(o2.AllKinds))
	must(t, feed.Put([]o2.Object{
		nil, (*o2.Resource)(nil), (*o2.ResourcePool)(nil), &o2.Resource{Header: o2.Header{Backend: "b"}}, unsealed,
		resource(1, of("other")), resource(2), resource(2, named("twice")), resource(5, named("foreign")),
	}))
	must(t, feed.Synced())
	if got := shown(v); !slices.Equal(got, []string{"twice"}) {
		t.Errorf("the view shows %q", got)
	}
	if got := v.refused.Load(); got != 8 {
		t.Errorf("%d refused, want 8: six unfit, one foreign, one duplicate", got)
	}
	if got := strings.Count(logged.String(), "object refused"); got != 1 || !strings.Contains(logged.String(), "adapter=b") {
		t.Errorf("the log says %d times, want once a snapshot: %s", got, &logged)
	}
	must(t, feed.Put([]o2.Object{resource(5, named("foreign"))}))
	if got := v.refused.Load(); got != 9 || len(shown(v)) != 1 {
		t.Errorf("%d refused, %q shown after a foreign change", got, shown(v))
	}
	if v.created(resource(5), 0) != nil {
		t.Error("a write's result with a foreign id is taken")
	}
	must(t, other.session().Delete(o2.KindResource, []o2.ID{rid(5)}))
	must(t, feed.Put([]o2.Object{resource(5, named("free"))}))
	if got := shown(v); !slices.Equal(got, []string{"twice", "free"}) {
		t.Errorf("once the id is free the view shows %q", got)
	}
}

func TestUnchangedObjectsSwapNothing(t *testing.T) {
	v := testView(testShelf(), "b")
	s := v.session()
	must(t, s.Begin(o2.AllKinds))
	must(t, s.Put([]o2.Object{resource(1), resource(2)}))
	must(t, s.Synced())
	before := v.state.Load()
	must(t, s.Put([]o2.Object{resource(1), resource(2, revised(9))}))
	must(t, s.Begin(o2.AllKinds))
	must(t, s.Put([]o2.Object{resource(2), resource(1)}))
	must(t, s.Synced())
	must(t, s.Delete(o2.KindResource, []o2.ID{rid(3)}))
	if v.state.Load() != before {
		t.Error("the state was swapped although nothing changed")
	}
	kept, _ := before.kinds[o2.KindResource].all.get(rid(1))
	must(t, s.Put([]o2.Object{resource(2, named("new"))}))
	now, _ := v.state.Load().kinds[o2.KindResource].all.get(rid(1))
	if v.state.Load() == before || now != kept {
		t.Error("a change to one object must swap the state and keep the other's entry")
	}
}

func TestWritesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := testView(testShelf(), "b")
		s := v.session()
		for n := range 100 {
			v.created(resource(n), 0)
			v.deleted(o2.KindResource, rid(1000+n))
		}
		if len(v.writes) != 200 {
			t.Errorf("%d writes are remembered, want 200", len(v.writes))
		}
		time.Sleep(settling)
		v.created(resource(7), 0)
		if len(v.writes) != 1 {
			t.Errorf("%d writes are remembered after they settled, want 1", len(v.writes))
		}
		must(t, s.Begin(o2.AllKinds))
		v.created(resource(8), 0)
		time.Sleep(settling)
		v.created(resource(9), 0)
		if len(v.writes) != 2 {
			t.Errorf("%d writes are remembered while a snapshot begun before them runs, want 2", len(v.writes))
		}
	})
}
