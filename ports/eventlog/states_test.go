package eventlog

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

func namedPool(name string) o2.Object {
	p := &o2.ResourcePool{Header: o2.Header{ID: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", Name: name}}
	o2.Seal(p)
	return p
}

// TestStatesAreKnownByTheirDigest: after a failover another state may be stored
// under a number that was used before.
func TestStatesAreKnownByTheirDigest(t *testing.T) {
	var c States
	lost, kept := namedPool("lost"), namedPool("kept")
	c.Put(7, lost, 100)
	if got := c.Get(7, lost.Head().StateDigest); got != lost {
		t.Errorf("got %v, want the state that was put", got)
	}
	if got := c.Get(7, kept.Head().StateDigest); got != nil {
		t.Errorf("got %v for another digest, want nothing", got)
	}
	if got := c.Get(8, lost.Head().StateDigest); got != nil {
		t.Errorf("got %v for another number, want nothing", got)
	}
	c.Put(7, kept, 100)
	if got := c.Get(7, kept.Head().StateDigest); got != kept {
		t.Errorf("got %v, want what took its place", got)
	}
	if c.Newest() != 7 {
		t.Errorf("the greatest number is %d, want 7", c.Newest())
	}
}

func TestStatesHeldAreBounded(t *testing.T) {
	var c States
	const size = 1 << 10
	for i := range uint64(10 * heldStates / size) {
		c.Put(i, namedPool(fmt.Sprint(i)), size)
	}
	if n := len(c.young) + len(c.old); n > 2*(heldStates/size+1) {
		t.Errorf("%d states of %d bytes are held", n, size)
	}
}
