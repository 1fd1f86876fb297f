package authn

import (
	"crypto/x509"
	"hash/maphash"
	"sync/atomic"
)

// namedSlots is how many certificates are kept in mind.
const namedSlots = 256

// named keeps whom certificates name: those of a connection are the same ones at
// each of its requests, and what is in a certificate does not change. Whether it
// still counts is another question, asked each time. It takes no lock.
type named struct {
	slots [namedSlots]atomic.Pointer[namedLeaf]
}

type namedLeaf struct {
	leaf   *x509.Certificate
	person person
}

var namedSeed = maphash.MakeSeed()

// slot returns the one place where leaf may be, by its address.
func (n *named) slot(leaf *x509.Certificate) *atomic.Pointer[namedLeaf] {
	return &n.slots[maphash.Comparable(namedSeed, leaf)%namedSlots]
}

// of returns whom a certificate names, if it is remembered. That is the very same
// certificate in memory, kept there by being remembered.
func (n *named) of(leaf *x509.Certificate) (person, bool) {
	if known := n.slot(leaf).Load(); known != nil && known.leaf == leaf {
		return known.person, true
	}
	return person{}, false
}

func (n *named) keep(leaf *x509.Certificate, p person) {
	n.slot(leaf).Store(&namedLeaf{leaf, p})
}
