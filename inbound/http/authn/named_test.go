package authn

import (
	"crypto/x509"
	"fmt"
	"testing"
)

// However many certificates there are, none names whom another does.
func TestCertificatesAreKeptInMindApart(t *testing.T) {
	var n named
	leaves := make([]*x509.Certificate, 4*namedSlots)
	for i := range leaves {
		leaves[i] = &x509.Certificate{}
		if p, ok := n.of(leaves[i]); ok {
			t.Fatalf("certificate %d names %s before it was read", i, p.user)
		}
		n.keep(leaves[i], person{user: fmt.Sprint("user-", i), tenant: "smo"})
	}
	known := 0
	for i, leaf := range leaves {
		p, ok := n.of(leaf)
		if ok && p.user != fmt.Sprint("user-", i) {
			t.Errorf("certificate %d names %s", i, p.user)
		}
		if ok {
			known++
		}
	}
	if known == 0 || known > namedSlots {
		t.Errorf("%d of %d certificates are remembered", known, len(leaves))
	}
}
