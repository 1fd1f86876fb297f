package inventory

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
)

// TestViewLikeAMap feeds a view at random and keeps a plain map beside it.
func TestViewLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := testView(testShelf(), "b")
		s := v.session()
		type known struct {
			name    string
			written int // the clock of the last write through us, 0 for none
		}
		model := map[int]known{}
		var staged, seen map[int]string
		clock, began, first, running := 0, 0, true, false
		tombs := map[int]int{}
		draw := func() (int, string) {
			return rapid.IntRange(1, 12).Draw(t, "id"), rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "name")
		}
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) {
				check(s.Begin(o2.AllKinds))
				clock++
				began, running, staged, seen = clock, true, map[int]string{}, map[int]string{}
			},
			"put": func(*rapid.T) {
				id, name := draw()
				check(s.Put([]o2.Object{resource(id, named(name))}))
				switch {
				case running && first:
					staged[id], seen[id] = name, name
				case running:
					seen[id] = name
					if model[id].written <= began && tombs[id] <= began {
						model[id] = known{name, model[id].written}
					}
				case tombs[id] == 0:
					model[id] = known{name, model[id].written}
				}
			},
			"synced": func(t *rapid.T) {
				if !running {
					return // no snapshot is running
				}
				check(s.Synced())
				for id, name := range staged {
					if model[id].written <= began && tombs[id] <= began {
						model[id] = known{name, model[id].written}
					}
				}
				for id, k := range model {
					if _, there := seen[id]; !there && k.written <= began {
						delete(model, id)
					}
				}
				maps.DeleteFunc(tombs, func(_, at int) bool { return at <= began })
				running, first = false, false
			},
			"write": func(*rapid.T) {
				id, name := draw()
				if tombs[id] != 0 {
					return // what was deleted and made anew has its own test
				}
				clock++
				if v.created(resource(id, named(name)), 0) == nil {
					t.Fatal("the write was refused")
				}
				model[id] = known{name, clock}
			},
			"erase": func(*rapid.T) {
				id, _ := draw()
				v.deleted(o2.KindResource, rid(id))
				clock++
				delete(model, id)
				tombs[id] = clock
			},
			"": func(t *rapid.T) {
				want := []string{}
				for _, id := range slices.Sorted(maps.Keys(model)) {
					want = append(want, model[id].name)
				}
				if got := shown(v); !slices.Equal(got, want) {
					t.Fatalf("the view shows %q, want %q", got, want)
				}
			},
		})
	})
}
