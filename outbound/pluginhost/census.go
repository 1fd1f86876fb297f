package pluginhost

import (
	"fmt"
	"hash/maphash"

	"github.com/netweave/netweave/core/o2"
)

// census counts the different objects that a plugin's feeds have told of and
// what they take, so that a plugin cannot fill the gateway's memory one object
// after the other. It keeps a hash of each id, no more. It outlives a feed, as
// what the feed has told does: only a whole snapshot, or a delete, takes an
// object from the view. It serves one goroutine.
type census struct {
	limit burden
	seed  maphash.Seed
	seen  map[uint64]resident
	held  burden // by the view: all of seen
	live  burden // of it, what the snapshot at hand has not outdated
	told  burden // since the snapshot at hand began, repetitions included

	round    uint32 // of snapshots
	snapping bool
	complete bool // some snapshot ran to its end
	covered  o2.KindSet
}

// burden is a number of objects and the bytes of their attributes.
type burden struct{ objects, bytes int }

func (b *burden) add(o burden) { b.objects += o.objects; b.bytes += o.bytes }
func (b *burden) sub(o burden) { b.objects -= o.objects; b.bytes -= o.bytes }

// exceeds reports whether b is more than times as much as limit.
func (b burden) exceeds(limit burden, times int) bool {
	return b.objects > times*limit.objects || b.bytes > times*limit.bytes
}

type resident struct {
	round uint32
	bytes uint32
	kind  o2.Kind
}

func (r resident) burden() burden { return burden{1, int(r.bytes)} }

// room is what there is for an object.
type room int

const (
	roomFor  room = iota
	noRoom        // until the snapshot at hand has ended
	overfull      // the plugin tells of more than it may have
)

func newCensus(limit burden) *census {
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
	c.abandon()
	c.round++
	c.snapping, c.covered, c.live, c.told = true, kinds, burden{}, burden{}
	for _, r := range c.seen {
		if !c.outdated(r) {
			c.live.add(r.burden())
		}
	}
}

// abandon is the end of a snapshot that did not run to its end, if one is at
// hand. The view has taken what it told, unless it was the first.
func (c *census) abandon() {
	if !c.snapping {
		return
	}
	c.snapping = false
	if !c.complete {
		clear(c.seen)
		c.held = burden{}
	}
	c.live = c.held
}

// add counts the object, if there is room for it. While a snapshot runs, what
// it has not told of yet takes no room, but is still held by the view: hence
// the second bound. What it repeats is held as well: hence the third.
func (c *census) add(kind o2.Kind, id o2.ID, bytes int) room {
	now := resident{round: c.round, bytes: uint32(bytes), kind: kind}
	key := c.key(kind, id)
	before, had := c.seen[key]
	held, live := c.held, c.live
	if had {
		held.sub(before.burden())
		if !c.outdated(before) {
			live.sub(before.burden())
		}
	}
	held.add(now.burden())
	live.add(now.burden())
	if live.exceeds(c.limit, 1) || c.repeats(now.burden()) {
		return overfull
	}
	if !had && held.exceeds(c.limit, 2) {
		return noRoom
	}
	c.held, c.live, c.seen[key] = held, live, now
	return roomFor
}

// repeats notes what a snapshot at hand tells of, and reports whether it goes
// round in circles.
func (c *census) repeats(b burden) bool {
	if !c.snapping {
		return false
	}
	c.told.add(b)
	return c.told.exceeds(c.limit, 2)
}

// remove reports whether there is room for the word that an object is gone,
// which a view's first snapshot keeps to its end.
func (c *census) remove(kind o2.Kind, id o2.ID) room {
	key := c.key(kind, id)
	if r, had := c.seen[key]; had {
		c.held.sub(r.burden())
		if !c.outdated(r) {
			c.live.sub(r.burden())
		}
		delete(c.seen, key)
	}
	if c.repeats(burden{1, len(id)}) {
		return overfull
	}
	return roomFor
}

// synced forgets what the snapshot covered and did not contain.
func (c *census) synced() {
	for key, r := range c.seen {
		if c.outdated(r) {
			delete(c.seen, key)
			c.held.sub(r.burden())
		}
	}
	c.snapping, c.complete, c.live = false, true, c.held
}

// excess says what was too much.
func (c *census) excess() string {
	switch {
	case c.snapping && c.told.exceeds(c.limit, 2):
		return "the plugin's snapshot repeats itself without an end: nothing of it is believed"
	case c.live.objects >= c.limit.objects:
		return fmt.Sprintf("the plugin sent more than %d objects: nothing of it is believed; raise the limit if there are so many", c.limit.objects)
	default:
		return fmt.Sprintf("the plugin's objects take more than %d bytes: nothing of it is believed; raise the limit if they are so large", c.limit.bytes)
	}
}
