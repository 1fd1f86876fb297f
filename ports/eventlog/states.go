package eventlog

import (
	"sync"

	"github.com/netweave/netweave/core/o2"
)

// heldStates bounds what States holds, in bytes of records: twice that at most.
const heldStates = 8 << 20

// States is for stores: it holds states that were read of late, so that one which
// many subscribers are told of is read and decoded once. A sequence number says
// nothing by itself, as a failover may have lost what was stored under it: a
// state is known by its digest too. The zero States is empty and ready to use; it
// is safe for concurrent use.
type States struct {
	mu sync.Mutex
	// young is filled until it is full; it then takes the place of old.
	young, old map[uint64]o2.Object
	size       int
	newest     uint64
}

// Get returns the state of that number and digest, nil if it is not held.
func (c *States) Get(sequence uint64, digest o2.Digest) o2.Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	object, ok := c.young[sequence]
	if !ok {
		object, ok = c.old[sequence]
	}
	if !ok || object.Head().StateDigest != digest {
		return nil
	}
	return object
}

// Put holds a state, whose record had size bytes.
func (c *States) Put(sequence uint64, object o2.Object, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || c.size > heldStates {
		c.young, c.old, c.size = map[uint64]o2.Object{}, c.young, 0
	}
	c.young[sequence] = object
	c.size += size
	c.newest = max(c.newest, sequence)
}

// Newest returns the greatest number that was ever put: no later state is held.
func (c *States) Newest() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest
}
