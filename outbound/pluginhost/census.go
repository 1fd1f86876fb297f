package pluginhost

import (
	"hash/maphash"

	"github.com/netweave/netweave/core/o2"
)

// census counts the different objects that a feed has told of, so that a plugin
// cannot fill the gateway's memory one new object after the other. It keeps a
// hash of each id, no more.
type census struct {
	limit int
	seed  maphash.Seed
	seen  map[uint64]resident
	live  int // of seen, those that the snapshot at hand has not outdated

	round    uint32 // of snapshots
	snapping bool
	covered  o2.KindSet
}

type resident struct {
	round uint32
	kind  o2.Kind
}

func newCensus(limit int) *census {
	return &census{limit: limit, seed: maphash.MakeSeed(), seen: map[uint64]resident{}}
}

func (c *census) key(kind o2.Kind, id o2.ID) uint64 {
	return maphash.String(c.seed, string(id)) + uint64(kind)
}

// outdated are objects that a snapshot covers and has not told of yet.
func (c *census) outdated(r resident) bool {
	return c.snapping && c.covered.Has(r.kind) && r.round < c.round
}

func (c *census) begin(kinds o2.KindSet) {
	c.round++
	c.snapping, c.covered, c.live = true, kinds, 0
	for _, r := range c.seen {
		if !c.outdated(r) {
			c.live++
		}
	}
}

// add reports whether there is room for the object. While a snapshot runs, what
// it has not told of yet takes no room, but is still held by the view: hence
// the second bound.
func (c *census) add(kind o2.Kind, id o2.ID) bool {
	key := c.key(kind, id)
	if r, had := c.seen[key]; !had || c.outdated(r) {
		c.live++
	}
	c.seen[key] = resident{round: c.round, kind: kind}
	return c.live <= c.limit && len(c.seen) <= 2*c.limit
}

func (c *census) remove(kind o2.Kind, id o2.ID) {
	key := c.key(kind, id)
	r, had := c.seen[key]
	if had && !c.outdated(r) {
		c.live--
	}
	delete(c.seen, key)
}

// synced forgets what the snapshot covered and did not contain.
func (c *census) synced() {
	for key, r := range c.seen {
		if c.outdated(r) {
			delete(c.seen, key)
		}
	}
	c.snapping, c.live = false, len(c.seen)
}
