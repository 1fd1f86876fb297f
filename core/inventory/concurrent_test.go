package inventory

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// TestReadersAndWritersTogether lets feeds, writers and readers at the service
// at once. Each writer changes all of its own backend's resources from one
// version to the next in one step, so a reader must never see two versions of
// one backend in a page.
func TestReadersAndWritersTogether(t *testing.T) {
	const (
		backends = 3
		size     = 400
		rounds   = 40
	)
	s := service()
	var writers, readers sync.WaitGroup
	var stop atomic.Bool
	for b := range backends {
		name := fmt.Sprintf("b%d", b)
		version := func(round int) []o2.Object {
			objects := make([]o2.Object, 0, size)
			for n := range size {
				objects = append(objects, resource(n*backends+b, of(name), named(fmt.Sprintf("%s-%d", name, round)), in(rid(8000+n%5), rid(9000+n%3))))
			}
			return objects
		}
		v := stocked(s, name, version(0)...)
		writers.Go(func() {
			feed := v.session()
			for round := 1; round <= rounds; round++ {
				if err := feed.Put(version(round)); err != nil {
					t.Error(err)
				}
			}
		})
		writers.Go(func() { // writes through us, on ids of their own
			for n := range rounds {
				id := 100_000 + n*backends + b
				if v.created(resource(id, of(name), named("written")), 0) == nil {
					t.Error("a write was refused")
				}
				item, _, err := s.Get(t.Context(), defaultScope, o2.KindResource, rid(id))
				if err != nil || item.Object().Head().Name != "written" {
					t.Errorf("right after the write, Get = %v, %v", item, err)
				}
				v.deleted(o2.KindResource, rid(id))
			}
		})
	}
	read := func(q inventory.Query) {
		q.Kind = o2.KindResource
		page, err := s.List(context.Background(), defaultScope, q)
		if err != nil {
			t.Error(err)
			return
		}
		versions := map[string]string{}
		last := o2.ID("")
		for _, item := range page.Items {
			h := item.Object().Head()
			if h.ID <= last {
				t.Errorf("%s comes after %s", h.ID, last)
			}
			last = h.ID
			if string(item.Encoded(0)) != h.Name {
				t.Errorf("%q is encoded as %q", h.Name, item.Encoded(0))
			}
			if seen, ok := versions[h.Backend]; h.Name != "written" {
				if ok && seen != h.Name {
					t.Errorf("one page has %s and %s", seen, h.Name)
				}
				versions[h.Backend] = h.Name
			}
		}
	}
	byPool := filter(t, "(eq,resourcePoolId,"+string(rid(8001))+")")
	for range 2 {
		readers.Go(func() {
			for !stop.Load() {
				read(inventory.Query{Limit: 2 * size * backends})
				read(inventory.Query{Limit: 100, Filter: byPool})
				s.Statuses()
			}
		})
	}
	writers.Wait()
	stop.Store(true)
	readers.Wait()
}

func TestEncodedOnce(t *testing.T) {
	const readers = 8
	var calls, asking atomic.Int32
	s := service(func(c *Config) {
		c.Projections = []inventory.Projection{nameOnly, func(o2.Object) []byte {
			for asking.Load() < readers { // the first encoding takes until all others want one
				runtime.Gosched()
			}
			for range 1000 {
				runtime.Gosched()
			}
			calls.Add(1)
			return []byte("x")
		}}
	})
	stocked(s, "b", resource(1))
	var group sync.WaitGroup
	for range readers {
		group.Go(func() {
			item, _, err := s.Get(context.Background(), defaultScope, o2.KindResource, rid(1))
			asking.Add(1)
			if err != nil || string(item.Encoded(1)) != "x" {
				t.Errorf("item %v, error %v", item, err)
			}
		})
	}
	group.Wait()
	if got := calls.Load(); got != 1 {
		t.Errorf("encoded %d times", got)
	}
}

func TestAttachAndDetachWhileReading(t *testing.T) {
	s := service()
	stocked(s, "steady", resource(1, of("steady")))
	var readers sync.WaitGroup
	var stop atomic.Bool
	for range 2 {
		readers.Go(func() {
			for !stop.Load() {
				page, err := s.List(context.Background(), defaultScope, inventory.Query{Kind: o2.KindResource, Limit: 10})
				if err != nil || len(page.Items) == 0 || page.Items[0].Object().Head().Name != "r1" {
					t.Errorf("list %q, error %v", itemNames(page), err)
				}
				s.Statuses()
				s.Ready()
			}
		})
	}
	for range 50 {
		b, sinks := watching("b", resource(2))
		if err := s.Attach(b, FeedConfig{}); err != nil {
			t.Fatal(err)
		}
		<-sinks
		if err := s.Detach("b"); err != nil {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	readers.Wait()
	s.Close()
}
