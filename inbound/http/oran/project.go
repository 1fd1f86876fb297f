package oran

import (
	"bytes"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/inventory"
)

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
		out := make([]byte, len(b))
		copy(out, b)
		*buf = b
		scratch.Put(buf)
		return out
	}
}

// ByDefault makes the projection that leaves out what the data types omit by
// default, of the one that gives all attributes.
func ByDefault(whole inventory.Projection, schemas [o2.KindCount]*query.Schema) inventory.Projection {
	return func(o o2.Object) []byte {
		b := whole(o)
		schema := schemas[o.Kind()]
		if schema == nil || schema.DefaultSelector().Whole() {
			return b
		}
		return bytes.Clone(schema.DefaultSelector().Apply(nil, b))
	}
}
