package inventory

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/quota"
	"github.com/netweave/netweave/ports/inventory"
)

// entry is one object in a view. What readers use never changes, except for the
// encodings, which are filled once.
type entry struct {
	id     o2.ID
	tenant string
	object o2.Object
	// encodings has one slot for each of the encoder's projections.
	encodings []atomic.Pointer[[]byte]
	encoder   *encoder
	// size is what the object tells of its size, nil for nothing.
	size *quota.Size

	// revision is the highest the backend has sent for this content, and floor
	// the revision of our own last write: no watch event below it counts. Both
	// belong to the writer, under its lock.
	revision, floor uint64
}

var _ inventory.Item = (*entry)(nil)

// Object returns the object.
func (e *entry) Object() o2.Object { return e.object }

// Encoded returns the object in that shape, encoding it if nobody has yet.
func (e *entry) Encoded(shape inventory.Shape) []byte {
	slot := &e.encodings[shape]
	if b := slot.Load(); b != nil {
		return *b
	}
	return e.encoder.fill(e, slot, shape)
}

func (e *entry) compareKey(id o2.ID) int { return strings.Compare(string(e.id), string(id)) }

// encoder holds the projections, and sees to it that each object is encoded at
// most once in each of them.
type encoder struct {
	projections []inventory.Projection
	seed        maphash.Seed
	locks       [64]sync.Mutex
}

func newEncoder(projections []inventory.Projection) *encoder {
	return &encoder{projections: projections, seed: maphash.MakeSeed()}
}

func (n *encoder) fill(e *entry, slot *atomic.Pointer[[]byte], shape inventory.Shape) []byte {
	lock := &n.locks[maphash.String(n.seed, string(e.id))%uint64(len(n.locks))]
	lock.Lock()
	defer lock.Unlock()
	if b := slot.Load(); b != nil {
		return *b
	}
	b := n.projections[shape](e.object)
	slot.Store(&b)
	return b
}
