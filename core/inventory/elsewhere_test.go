package inventory

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// announced notes what a Service announces.
type announced struct{ list []string }

func (a *announced) Wrote(o o2.Object) {
	a.list = append(a.list, fmt.Sprintf("wrote %s/%d", o.Head().Name, o.Head().Revision))
}

func (a *announced) Deleted(backend string, key o2.ObjectKey, revision uint64) {
	a.list = append(a.list, fmt.Sprintf("deleted %s %s %s/%d", backend, key.Kind, key.ID[:8], revision))
}

func TestWritesAreAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &announced{}
		s, _ := writable(t, func(c *Config) { c.Announcer = a })
		pools, resources := s.ResourcePools(), s.Resources()
		if _, err := pools.Create(t.Context(), defaultScope, inventory.ResourcePoolSpec{Name: "new"}); err != nil {
			t.Fatal(err)
		}
		if _, err := pools.Update(t.Context(), defaultScope, rid(8), inventory.ResourcePoolSpec{Name: "p8"}); err != nil {
			t.Fatal(err)
		}
		must(t, pools.Delete(t.Context(), defaultScope, rid(8)))
		must(t, resources.Delete(t.Context(), defaultScope, rid(1)))
		want := []string{"wrote new/0", "wrote p8/6", "deleted b ResourcePool 00000008/6", "deleted b Resource 00000001/0"}
		if !slices.Equal(a.list, want) {
			t.Errorf("announced %q, want %q", a.list, want)
		}
	})
}

// TestAnnouncementsOfOthers has a view that holds r1, r2 at revision 5 and, if it
// can be watched, hears of everything by the watch too.
func TestAnnouncementsOfOthers(t *testing.T) {
	wrote := func(o o2.Object) func(*Service) { return func(s *Service) { s.Wrote(o) } }
	deleted := func(n int, revision uint64) func(*Service) {
		return func(s *Service) { s.Deleted("b", o2.ObjectKey{Kind: o2.KindResource, ID: rid(n)}, revision) }
	}
	feed := func(do func(*session) error) func(*Service) {
		return func(s *Service) {
			if err := do(s.shelf.view("b").session()); err != nil {
				panic(err)
			}
		}
	}
	put := func(o o2.Object) func(*Service) {
		return feed(func(s *session) error { return s.Put([]o2.Object{o}) })
	}
	gone := func(n int) func(*Service) {
		return feed(func(s *session) error { return s.Delete(o2.KindResource, []o2.ID{rid(n)}) })
	}
	for _, tc := range []struct {
		name   string
		polled bool
		steps  []func(*Service)
		want   []string
	}{
		{"a newer version", false, []func(*Service){wrote(resource(1, named("new"), revised(6)))}, []string{"new", "r2"}},
		{"one that is older than what the watch brought", false, []func(*Service){wrote(resource(1, named("old"), revised(4)))}, []string{"r1", "r2"}},
		{"a new object", false, []func(*Service){wrote(resource(3, revised(6)))}, []string{"r1", "r2", "r3"}},
		{"a new object that has left already", false, []func(*Service){put(resource(3, revised(6))), gone(3), wrote(resource(3, revised(6)))}, []string{"r1", "r2"}},
		{"a version of an object that the watch has deleted", false, []func(*Service){gone(1), wrote(resource(1, revised(6)))}, []string{"r2"}},
		{"a version of an object that we deleted", false, []func(*Service){deleted(1, 5), wrote(resource(1, revised(5)))}, []string{"r2"}},
		{"without a revision, while the watch tells", false, []func(*Service){wrote(resource(1, named("new"))), deleted(2, 0)}, []string{"r1", "r2"}},
		{"a delete", false, []func(*Service){deleted(1, 5)}, []string{"r2"}},
		{"a delete of what is there again", false, []func(*Service){put(resource(1, named("again"), revised(9))), deleted(1, 5)}, []string{"again", "r2"}},
		{"polled, without a revision", true, []func(*Service){wrote(resource(1, named("new"))), wrote(resource(3)), deleted(2, 0)}, []string{"new", "r3"}},
		{"polled, in the wrong order", true, []func(*Service){deleted(3, 0), wrote(resource(3))}, []string{"r1", "r2"}},
		{"of an unknown backend", false, []func(*Service){
			wrote(resource(3, of("other"), revised(6))),
			func(s *Service) { s.Deleted("other", o2.ObjectKey{Kind: o2.KindResource, ID: rid(1)}, 9) },
		}, []string{"r1", "r2"}},
		{"not fit for a view", false, []func(*Service){wrote(&o2.Resource{Header: o2.Header{ID: rid(3), Backend: "b", Revision: 7}})}, []string{"r1", "r2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := service(func(c *Config) { c.Announcer = &announced{} })
			revision := revised(5)
			if tc.polled {
				revision = revised(0)
			}
			v := stocked(s, "b", resource(1, revision), resource(2, revision))
			v.feed.polled.Store(tc.polled)
			for _, step := range tc.steps {
				step(s)
			}
			if got := shown(v); !slices.Equal(got, tc.want) {
				t.Errorf("the view shows %q, want %q", got, tc.want)
			}
		})
	}
}

// What left a view is remembered for as long as announcements may be late, and
// no longer, whether or not anything is written.
func TestDeparturesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service(func(c *Config) { c.Announcer = &announced{} })
		v := stocked(s, "b", resource(1), resource(2), resource(3))
		feed := v.session()
		for n := range 2 {
			must(t, feed.Delete(o2.KindResource, []o2.ID{rid(n + 1)}))
			time.Sleep(settling + time.Second)
		}
		must(t, feed.Delete(o2.KindResource, []o2.ID{rid(3)}))
		if len(v.departed) != 1 {
			t.Errorf("%d departures are remembered", len(v.departed))
		}
	})
}
