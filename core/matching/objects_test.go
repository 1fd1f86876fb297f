package matching

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/subscription"
)

// own and all are the reaches of a tenant's and of the platform's subscriptions.
var own, all = o2.Reaches{}.Over(false), o2.Reaches{}.Over(true)

func id(n int) o2.ID   { return o2.ID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", n)) }
func pool(n int) o2.ID { return id(0x10000000 + n) }
func typ(n int) o2.ID  { return id(0x20000000 + n) }

func resource(n int, name string, p, t o2.ID) *o2.Resource {
	r := &o2.Resource{
		Header:         o2.Header{ID: id(n), NativeID: fmt.Sprint(n), Backend: "b", Name: name},
		ResourcePoolID: p, ResourceTypeID: t,
	}
	o2.Seal(r)
	return r
}

func poolObject(n int, name string) *o2.ResourcePool {
	p := &o2.ResourcePool{Header: o2.Header{ID: pool(n), NativeID: fmt.Sprint(n), Backend: "b", Name: name}}
	o2.Seal(p)
	return p
}

func state(owner string, o o2.Object) *eventlog.State {
	return &eventlog.State{Object: o, Owner: owner}
}

// schemas are those of a family whose evaluations are counted: every condition
// reads its attribute once each time that it is asked.
type schemas struct {
	reads int
	kinds [o2.KindCount]*query.Schema
}

func newSchemas() *schemas {
	s := &schemas{}
	text := func(name string, typ query.Type, ix query.Index, get func(o2.Object) string) query.Attribute {
		return query.Attribute{Name: name, Type: typ, Index: ix, Get: func(o any) query.Value {
			s.reads++
			v := get(o.(o2.Object))
			return query.Value{Text: v, Absent: v == ""}
		}}
	}
	head := []query.Attribute{
		text("id", query.UUID, query.ByID, func(o o2.Object) string { return string(o.Head().ID) }),
		text("name", query.Text, query.NoIndex, func(o o2.Object) string { return o.Head().Name }),
	}
	for _, kind := range o2.InventoryKinds() {
		s.kinds[kind] = query.NewSchema(kind.String(), head...)
	}
	s.kinds[o2.KindResource] = query.NewSchema("Resource", append(head,
		text("pool", query.UUID, query.ByPool, func(o o2.Object) string { return string(o.(*o2.Resource).ResourcePoolID) }),
		text("type", query.UUID, query.ByType, func(o o2.Object) string { return string(o.(*o2.Resource).ResourceTypeID) }),
	)...)
	return s
}

// selection compiles a filter for the kinds given.
func (s *schemas) selection(t testing.TB, filter string, kinds ...o2.Kind) *subscription.Selection {
	t.Helper()
	sel := &subscription.Selection{Text: filter, Kinds: o2.SetOf(kinds...)}
	for _, kind := range kinds {
		if filter == "" {
			continue
		}
		f, err := query.ParseFilter(s.kinds[kind], []string{filter}, query.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		sel.Filters[kind] = f
	}
	return sel
}
