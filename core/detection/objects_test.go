package detection

import (
	"fmt"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/subscription"
)

// surface is the API family of the tests: a filter selects resources alone, and ""
// objects of every kind.
const surface = "test/v1"

var resourceSchema = query.NewSchema("Resource",
	attribute("id", query.UUID, query.ByID, func(r *o2.Resource) string { return string(r.ID) }),
	attribute("pool", query.UUID, query.ByPool, func(r *o2.Resource) string { return string(r.ResourcePoolID) }),
	attribute("name", query.Text, query.NoIndex, func(r *o2.Resource) string { return r.Name }),
)

func attribute(name string, typ query.Type, ix query.Index, get func(*o2.Resource) string) query.Attribute {
	return query.Attribute{Name: name, Type: typ, Index: ix, Get: func(o any) query.Value {
		text := get(o.(*o2.Resource))
		return query.Value{Text: text, Absent: text == ""}
	}}
}

func family() subscription.Family {
	return subscription.Family{Surface: surface, Compile: func(filter string) (*subscription.Selection, error) {
		if filter == "" {
			return &subscription.Selection{Kinds: o2.AllKinds}, nil
		}
		f, err := query.ParseFilter(resourceSchema, []string{filter}, query.Limits{})
		if err != nil {
			return nil, err
		}
		s := &subscription.Selection{Text: f.String(), Kinds: o2.SetOf(o2.KindResource)}
		s.Filters[o2.KindResource] = f
		return s, nil
	}}
}

func id(n int) o2.ID { return o2.ID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", n)) }

func key(n int) o2.ObjectKey { return o2.ObjectKey{Kind: o2.KindResource, ID: id(n)} }

func pool(n int) o2.ID { return id(0x10000000 + n) }

// resource makes a sealed resource of the tenant acme, of backend b and pool 1.
func resource(n int, name string, change ...func(*o2.Resource)) *o2.Resource {
	r := &o2.Resource{
		Header:         o2.Header{ID: id(n), NativeID: fmt.Sprint(n), Backend: "b", Name: name, Tenant: "acme"},
		ResourcePoolID: pool(1),
	}
	for _, c := range change {
		c(r)
	}
	o2.Seal(r)
	return r
}

func owned(tenant string) func(*o2.Resource) { return func(r *o2.Resource) { r.Tenant = tenant } }
func of(backend string) func(*o2.Resource)   { return func(r *o2.Resource) { r.Backend = backend } }
func in(p o2.ID) func(*o2.Resource)          { return func(r *o2.Resource) { r.ResourcePoolID = p } }
func beating(beat string) func(*o2.Resource) {
	return func(r *o2.Resource) { r.Volatile = o2.JSON(beat) }
}
func revised(number uint64) func(*o2.Resource) { return func(r *o2.Resource) { r.Revision = number } }

// subscribed makes a subscription of the tenant acme with an initial state.
func subscribed(n int, filter string, change ...func(*o2.Subscription)) *o2.Subscription {
	s := &o2.Subscription{
		ID: id(0x50000000 + n), Tenant: "acme", Surface: surface, Callback: fmt.Sprintf("https://smo.example/%d", n),
		Filter: filter, InitialState: true, Version: 1, CreatedAt: time.Unix(1, 0).UTC(), UpdatedAt: time.Unix(1, 0).UTC(),
	}
	for _, c := range change {
		c(s)
	}
	return s
}

func unasked(s *o2.Subscription) { s.InitialState = false }

// next is the version of s after one with that filter.
func next(s *o2.Subscription, filter string) *o2.Subscription {
	n := *s
	n.Filter, n.Version = filter, s.Version+1
	return &n
}
