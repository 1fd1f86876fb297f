package inventory

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

// rid returns the n-th id; ids are in the order of their numbers.
func rid(n int) o2.ID { return o2.ID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", n)) }

// resource makes a sealed resource of backend b.
func resource(n int, change ...func(*o2.Resource)) *o2.Resource {
	r := &o2.Resource{
		Header:         o2.Header{ID: rid(n), NativeID: fmt.Sprintf("native-%d", n), Backend: "b", Name: fmt.Sprintf("r%d", n)},
		ResourceTypeID: rid(9000), ResourcePoolID: rid(8000),
	}
	for _, c := range change {
		c(r)
	}
	o2.Seal(r)
	return r
}

func named(name string) func(*o2.Resource) { return func(r *o2.Resource) { r.Name = name } }
func revised(revision uint64) func(*o2.Resource) {
	return func(r *o2.Resource) { r.Revision = revision }
}
func of(backend string) func(*o2.Resource)   { return func(r *o2.Resource) { r.Backend = backend } }
func owned(tenant string) func(*o2.Resource) { return func(r *o2.Resource) { r.Tenant = tenant } }
func in(pool, typ o2.ID) func(*o2.Resource) {
	return func(r *o2.Resource) { r.ResourcePoolID, r.ResourceTypeID = pool, typ }
}

func pool(n int, backend string, change ...func(*o2.ResourcePool)) *o2.ResourcePool {
	p := &o2.ResourcePool{Header: o2.Header{ID: rid(n), NativeID: fmt.Sprintf("native-%d", n), Backend: backend, Name: fmt.Sprintf("p%d", n)}}
	for _, c := range change {
		c(p)
	}
	o2.Seal(p)
	return p
}

func resourceType(n int, backend string) *o2.ResourceType {
	t := &o2.ResourceType{Header: o2.Header{ID: rid(n), NativeID: fmt.Sprintf("native-%d", n), Backend: backend, Name: fmt.Sprintf("t%d", n)}}
	o2.Seal(t)
	return t
}

// nameOnly is a projection that a test can read.
func nameOnly(o o2.Object) []byte { return []byte(o.Head().Name) }

// testShelf makes a shelf without feeds, in single-tenant mode.
func testShelf() *shelf {
	return newShelf(Tenancy{SingleTenant: true}, newEncoder([]inventory.Projection{nameOnly}), slog.New(slog.DiscardHandler))
}

// testView makes a view of backend on s.
func testView(s *shelf, backend string) *view {
	v := newView(backend, s)
	v.feed = &feed{}
	v.feed.configure(FeedConfig{})
	s.add(v)
	return v
}

// shown lists the names of a view's resources, in the order of their ids.
func shown(v *view) []string {
	names := []string{}
	for e := range v.state.Load().kinds[o2.KindResource].all.all() {
		names = append(names, e.object.Head().Name)
	}
	return names
}

var (
	defaultScope = scope.New(scope.Identity{Tenant: scope.DefaultTenant})
	platform     = scope.New(scope.Identity{Platform: true})
)

// resourceSchema knows the attributes that tests filter by.
var resourceSchema = query.NewSchema("Resource",
	query.Attribute{Name: "resourceId", Type: query.UUID, Index: query.ByID, Get: func(o any) query.Value {
		return query.Value{Text: string(o.(o2.Object).Head().ID)}
	}},
	query.Attribute{Name: "resourcePoolId", Type: query.UUID, Index: query.ByPool, Get: func(o any) query.Value {
		return query.Value{Text: string(o.(*o2.Resource).ResourcePoolID)}
	}},
	query.Attribute{Name: "resourceTypeId", Type: query.UUID, Index: query.ByType, Get: func(o any) query.Value {
		return query.Value{Text: string(o.(*o2.Resource).ResourceTypeID)}
	}},
	query.Attribute{Name: "name", Type: query.Text, Get: func(o any) query.Value {
		return query.Value{Text: o.(o2.Object).Head().Name}
	}},
)

func filter(t testing.TB, expression string) *query.Filter {
	t.Helper()
	f, err := query.ParseFilter(resourceSchema, []string{expression}, query.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// must fails the test on a sink's error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
