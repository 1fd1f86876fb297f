package ocloud

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/ocloud"
)

// digestOf is a function of the locations and sites alone.
func digestOf(g *ocloud.Geography) o2.Digest {
	e := encoder{buf: make([]byte, 0, 1024)}
	e.number(len(g.Locations))
	for i := range g.Locations {
		e.location(&g.Locations[i])
	}
	e.number(len(g.Sites))
	for i := range g.Sites {
		s := &g.Sites[i]
		e.texts(string(s.ID), s.GlobalLocationID, s.Name, s.Description, string(s.Extensions))
		e.ids(s.Pools)
	}
	sum := sha256.Sum256(e.buf)
	return o2.Digest(sum[:16])
}

// encoder writes no two sequences of values alike.
type encoder struct{ buf []byte }

func (e *encoder) number(n int) { e.buf = binary.AppendUvarint(e.buf, uint64(n)) }

func (e *encoder) texts(texts ...string) {
	for _, text := range texts {
		e.number(len(text))
		e.buf = append(e.buf, text...)
	}
}

func (e *encoder) ids(ids []o2.ID) {
	e.number(len(ids))
	for _, id := range ids {
		e.texts(string(id))
	}
}

func (e *encoder) floats(floats ...float64) {
	for _, f := range floats {
		e.buf = binary.BigEndian.AppendUint64(e.buf, math.Float64bits(f))
	}
}

func (e *encoder) location(l *ocloud.Location) {
	e.texts(l.GlobalID, l.Name, l.Description, l.Address, string(l.Extensions))
	switch c := l.Coordinate; {
	case c == nil:
		e.number(0)
	case c.Altitude == nil:
		e.number(2)
		e.floats(c.Longitude, c.Latitude)
	default:
		e.number(3)
		e.floats(c.Longitude, c.Latitude, *c.Altitude)
	}
	e.number(len(l.CivicAddress))
	for _, c := range l.CivicAddress {
		e.number(int(c.Type))
		e.texts(c.Value)
	}
	e.ids(l.Sites)
}
