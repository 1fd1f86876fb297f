package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// told puts what a follower is told into words: "r1" for an object that is there,
// "-3" for resource 3 that is gone, "b!" for a backend as a whole.
func told(c inventory.Changed) []string {
	words := []string{}
	for _, name := range c.Whole {
		words = append(words, name+"!")
	}
	for _, s := range c.Objects {
		switch {
		case s.Object != nil:
			words = append(words, s.Object.Head().Name)
		default:
			var n int
			if _, err := fmt.Sscanf(string(s.Key.ID), "%08x-", &n); err != nil {
				panic(err)
			}
			words = append(words, fmt.Sprintf("-%d", n))
		}
	}
	return words
}

// yields reports whether a follower has news, and takes the note of it.
func yields(f inventory.Follower) bool {
	select {
	case <-f.Changed():
		return true
	default:
		return false
	}
}

func wantTold(t *testing.T, f inventory.Follower, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if got := told(f.Take()); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// following is a service with backend b, that holds r1 and r2, and a follower of it.
func following(t *testing.T) (*Service, backend.Sink, inventory.Follower) {
	t.Helper()
	s := service()
	b, sinks := watching("b", resource(1), resource(2))
	attach(t, s, b, FeedConfig{})
	sink := <-sinks
	synctest.Wait()
	time.Sleep(time.Millisecond)
	f := s.Follow(time.Now())
	t.Cleanup(f.Close)
	synctest.Wait()
	return s, sink, f
}

func TestAFollowerIsToldOfABackendAndThenOfItsChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sink, f := following(t)
		if !yields(f) {
			t.Error("no news of the backend that takes part")
		}
		wantTold(t, f, "b!", "r1", "r2")
		wantTold(t, f)

		must(t, sink.Put([]o2.Object{resource(3), resource(1, named("first"))}))
		must(t, sink.Delete(o2.KindResource, []o2.ID{rid(2)}))
		first := time.Now()
		time.Sleep(time.Second)
		must(t, sink.Put([]o2.Object{resource(3, named("third"))}))
		if !yields(f) {
			t.Error("no news of changes")
		}
		c := f.Take()
		if got := told(c); !slices.Equal(got, []string{"first", "-2", "third"}) {
			t.Errorf("told %q: each object once, as it is now", got)
		}
		for _, s := range c.Objects {
			if !s.At.Equal(first) {
				t.Errorf("%s changed first at %v, want %v", s.Key.ID, s.At, first)
			}
		}
		if c.Objects[0].Owner != "default" {
			t.Errorf("the owner is %q", c.Objects[0].Owner)
		}
		if yields(f) {
			t.Error("news after everything was taken")
		}
	})
}

func TestAFollowerIsNotToldOfWhatMattersToNoSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sink, f := following(t)
		f.Take()
		yields(f)
		must(t, sink.Put([]o2.Object{resource(1, func(r *o2.Resource) { r.Volatile = `{"heartbeat":2}` })}))
		must(t, sink.Put([]o2.Object{resource(2)}))
		if yields(f) {
			t.Error("news of a heartbeat, or of an equal object")
		}
		wantTold(t, f)
	})
}

// A view that nobody has confirmed since is not taken for what the backend holds.
func TestABackendTakesPartOnceItIsKnownToBeCurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b, sinks := watching("b", resource(1))
		healthy := true
		b.health = func(context.Context) error {
			if healthy {
				return nil
			}
			return errors.New("not now")
		}
		attach(t, s, b, FeedConfig{HealthInterval: time.Hour})
		sink := <-sinks
		synctest.Wait()
		healthy = false
		time.Sleep(time.Minute)

		f := s.Follow(time.Now())
		defer f.Close()
		synctest.Wait()
		if attached, follows := f.Standing("b"); !attached || follows {
			t.Errorf("standing: attached %v, follows %v: nothing confirms the view", attached, follows)
		}
		must(t, sink.Put([]o2.Object{resource(2)}))
		wantTold(t, f)

		healthy = true
		later := s.Follow(time.Now()) // which asks for a check at once
		defer later.Close()
		synctest.Wait()
		wantTold(t, f, "b!", "r1", "r2")
		wantTold(t, later, "b!", "r1", "r2")
		if _, follows := f.Standing("b"); !follows {
			t.Error("the backend does not take part")
		}
		if attached, follows := f.Standing("other"); attached || follows {
			t.Error("an unknown backend has a standing")
		}
	})
}

// A watch begins with what its plugin has heard, which may be behind.
func TestTheSnapshotOfAWatchConfirmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b, sinks := watching("b", resource(1))
		var healthy atomic.Bool
		b.health = func(context.Context) error {
			if healthy.Load() {
				return nil
			}
			return errors.New("not now")
		}
		attach(t, s, b, FeedConfig{HealthInterval: time.Second})
		f := s.Follow(time.Now())
		defer f.Close()
		time.Sleep(time.Minute)
		sink := <-sinks
		must(t, sendSnapshot(sink, resource(2)))
		wantTold(t, f)
		healthy.Store(true)
		must(t, sink.Put([]o2.Object{resource(3)}))
		time.Sleep(time.Second)
		synctest.Wait()
		wantTold(t, f, "b!", "r2", "r3")
	})
}

func TestAPolledBackendTakesPartWithASnapshotThatBeganSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		objects := []o2.Object{resource(1)}
		b := &fake{name: "b", snapshot: func(_ context.Context, sink backend.Sink) error { return sendSnapshot(sink, objects...) }}
		attach(t, s, b, FeedConfig{PollInterval: time.Hour})
		synctest.Wait()
		time.Sleep(time.Minute)
		objects = []o2.Object{resource(2)}
		f := s.Follow(time.Now()) // which asks for a snapshot at once
		defer f.Close()
		synctest.Wait()
		wantTold(t, f, "b!", "r2")
	})
}

func TestBackendsThatComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, f := following(t)
		f.Take()
		c, sinks := watching("c", resource(11, of("c")))
		attach(t, s, c, FeedConfig{})
		<-sinks
		synctest.Wait()
		wantTold(t, f, "c!", "r11")
		must(t, s.Detach("b"))
		if !yields(f) {
			t.Error("no news of a backend that is gone")
		}
		wantTold(t, f, "b!")
		if _, ok := f.Lookup(o2.ObjectKey{Kind: o2.KindResource, ID: rid(1)}); ok {
			t.Error("an object of a detached backend is found")
		}
		if seen, ok := f.Lookup(o2.ObjectKey{Kind: o2.KindResource, ID: rid(11)}); !ok || seen.Object.Head().Name != "r11" || seen.Owner != "default" {
			t.Errorf("looked up %+v, %v", seen, ok)
		}
		again, sinks := watching("b", resource(1))
		attach(t, s, again, FeedConfig{})
		<-sinks
		synctest.Wait()
		wantTold(t, f, "b!", "r1")
	})
}

// That a gateway stops is not the end of what it has in view.
func TestClosingIsNoChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, f := following(t)
		f.Take()
		yields(f)
		s.Close()
		if yields(f) {
			t.Error("news of a service that was closed")
		}
		wantTold(t, f)
	})
}

func TestAClosedFollowerIsToldNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, sink, f := following(t)
		f.Take()
		f.Close()
		must(t, sink.Put([]o2.Object{resource(9)}))
		wantTold(t, f)
		if n := len(s.shelf.followers); n != 0 {
			t.Errorf("%d followers are kept", n)
		}
	})
}

// However long nobody asks, there is one note for each object.
func TestNotesAreBoundedByTheObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, sink, f := following(t)
		for n := range 500 {
			must(t, sink.Put([]o2.Object{resource(1+n%5, named(fmt.Sprint(n)))}))
		}
		inner, _ := f.(*follower)
		if len(inner.notes) != 0 {
			t.Errorf("%d notes beside a backend that is to be told as a whole", len(inner.notes))
		}
		f.Take()
		for n := range 500 {
			must(t, sink.Put([]o2.Object{resource(1+n%5, named(fmt.Sprint(1000+n)))}))
		}
		if len(inner.notes) != 5 {
			t.Errorf("%d notes for 5 objects", len(inner.notes))
		}
		for n := range 2 * spareNotes {
			must(t, sink.Put([]o2.Object{resource(100 + n)}))
			must(t, sink.Delete(o2.KindResource, []o2.ID{rid(100 + n)}))
		}
		if n := len(inner.notes); n > spareNotes+5 {
			t.Errorf("%d notes of what came and went", n)
		}
		must(t, sink.Put([]o2.Object{resource(6)}))
		wantTold(t, f, "b!", "1495", "1496", "1497", "1498", "1499", "r6")
		must(t, s.Detach("b"))
	})
}

// TestAFollowerEndsWithWhatTheViewHolds changes views at random and lets a
// follower keep a copy from what it is told alone.
func TestAFollowerEndsWithWhatTheViewHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := service()
		views := map[string]*view{"a": testView(s.shelf, "a"), "b": testView(s.shelf, "b")}
		sessions := map[string]*session{"a": views["a"].session(), "b": views["b"].session()}
		for _, each := range sessions {
			each.lists = true
		}
		f := s.Follow(time.Now())
		defer f.Close()
		own := map[string]map[o2.ID]string{}
		owner := map[o2.ID]string{}
		take := func() {
			c := f.Take()
			for _, name := range c.Whole {
				own[name] = map[o2.ID]string{}
			}
			for _, seen := range c.Objects {
				if seen.Object == nil {
					delete(own[owner[seen.Key.ID]], seen.Key.ID)
					continue
				}
				h := seen.Object.Head()
				if own[h.Backend] == nil {
					t.Fatalf("told of %s before its backend", h.Name)
				}
				own[h.Backend][h.ID], owner[h.ID] = h.Name, h.Backend
			}
		}
		pick := func() (string, int) {
			name := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "backend")
			n := rapid.IntRange(1, 8).Draw(t, "id")
			if name == "b" {
				n += 100
			}
			return name, n
		}
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(*rapid.T) {
				name, n := pick()
				check(sessions[name].Put([]o2.Object{resource(n, of(name), named(rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "name")))}))
			},
			"delete": func(*rapid.T) {
				name, n := pick()
				check(sessions[name].Delete(o2.KindResource, []o2.ID{rid(n)}))
			},
			"snapshot": func(*rapid.T) {
				name, n := pick()
				check(sendSnapshot(sessions[name], resource(n, of(name), named("snap"))))
			},
			"take": func(*rapid.T) { take() },
		})
		take()
		for name, v := range views {
			_, follows := f.Standing(name)
			if !follows {
				if own[name] != nil {
					t.Fatalf("%s was told of and does not take part", name)
				}
				continue
			}
			want := map[o2.ID]string{}
			for e := range v.state.Load().kinds[o2.KindResource].all.all() {
				want[e.id] = e.object.Head().Name
			}
			if fmt.Sprint(own[name]) != fmt.Sprint(want) {
				t.Fatalf("%s: the copy is %v, the view %v", name, own[name], want)
			}
		}
	})
}

// BenchmarkFollowedChange is what a change costs with and without a follower.
func BenchmarkFollowedChange(b *testing.B) {
	for _, followers := range []int{0, 1} {
		b.Run(fmt.Sprintf("followers=%d", followers), func(b *testing.B) {
			s, v := crowded(b, 100_000)
			for range followers {
				f := s.Follow(time.Time{})
				defer f.Close()
				f.Take()
			}
			session := v.session()
			n := 0
			for b.Loop() {
				n++
				if err := session.Put([]o2.Object{resource(n%100_000, named(fmt.Sprint(n)))}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTakeWhole is what a follower costs that is told of 100,000 objects.
func BenchmarkTakeWhole(b *testing.B) {
	s, _ := crowded(b, 100_000)
	for b.Loop() {
		f := s.Follow(time.Time{})
		if c := f.Take(); len(c.Objects) != 100_000 {
			b.Fatalf("%d objects", len(c.Objects))
		}
		f.Close()
	}
}
