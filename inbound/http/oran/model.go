package oran

import (
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/eventfilter"
	"github.com/netweave/netweave/ports/inventory"
)

// Model is how a version shows the inventory. It is immutable.
type Model struct {
	// Schemas are the data types as filters and selectors see them, by kind.
	Schemas [o2.KindCount]*query.Schema
	// Events compiles the filters of subscriptions.
	Events *eventfilter.Compiler
	// Whole is the projection that gives all attributes, Default the one that leaves
	// out what the data types omit by default.
	Whole, Default inventory.Projection
}

// NewModel makes the model of a version in which appendObject appends objects with
// all their attributes.
func NewModel(schemas [o2.KindCount]*query.Schema, appendObject func(b []byte, o o2.Object) []byte) *Model {
	m := &Model{Schemas: schemas, Whole: Projection(appendObject)}
	m.Events = eventfilter.New(schemas, "capacity") // which is no state
	m.Default = func(o o2.Object) []byte {
		b := m.Whole(o)
		s := schemas[o.Kind()]
		if s == nil || s.DefaultSelector().Whole() {
			return b
		}
		return exact(s.DefaultSelector().Apply(nil, b))
	}
	return m
}

var scratch = sync.Pool{New: func() any {
	b := make([]byte, 0, 4096)
	return &b
}}

// Projection makes a projection of what appends an object: its results have no
// spare capacity.
func Projection(appendObject func(b []byte, o o2.Object) []byte) inventory.Projection {
	return func(o o2.Object) []byte {
		buf, _ := scratch.Get().(*[]byte)
		b := appendObject((*buf)[:0], o)
		out := exact(b)
		*buf = b
		scratch.Put(buf)
		return out
	}
}

// exact returns a copy of b without spare capacity.
func exact(b []byte) []byte {
	out := make([]byte, len(b))
	copy(out, b)
	return out
}
