package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

func TestRevocations(t *testing.T) {
	one, two, unlisted := identitytest.NewAuthority(t, "one"), identitytest.NewAuthority(t, "two"), identitytest.NewAuthority(t, "unlisted")
	middle := one.Below("middle")
	namesake := identitytest.NewAuthority(t, "middle") // signs lists in the name of another
	a, b, c, d := one.Issue("a"), two.Issue("b"), unlisted.Issue("c"), middle.Issue("d")
	// The same number from another issuer is another certificate.
	authorities := []*x509.Certificate{one.Cert, two.Cert, unlisted.Cert}
	chains := func(list ...*x509.Certificate) [][]*x509.Certificate { return [][]*x509.Certificate{list} }
	asCert := tls.Certificate{Leaf: middle.Cert}
	all := crlPEM(one.Revoke(inAnHour(), a), two.Revoke(inAnHour(), b), middle.Revoke(inAnHour(), d))
	for _, tc := range []struct {
		name    string
		lists   []byte
		chains  [][]*x509.Certificate
		revoked bool
	}{
		{"in the first list", all, chains(a.Leaf, one.Cert), true},
		{"in the second list", all, chains(b.Leaf, two.Cert), true},
		{"of an issuer without a list", all, chains(c.Leaf, unlisted.Cert), false},
		{"in the list of an issuer below", all, chains(d.Leaf, middle.Cert, one.Cert), true},
		{"in no list", all, chains(one.Issue("x").Leaf, one.Cert), false},
		{"the same number from another issuer", one.Revoke(inAnHour(), b), chains(b.Leaf, two.Cert), false},
		{"a revoked issuer", one.Revoke(inAnHour(), asCert), chains(d.Leaf, middle.Cert, one.Cert), true},
		{"one of two chains is sound", one.Revoke(inAnHour(), asCert), append(chains(d.Leaf, middle.Cert, one.Cert), []*x509.Certificate{d.Leaf, namesake.Cert}), false},
		{"a list in the name of an issuer below", namesake.Revoke(inAnHour(), d), chains(d.Leaf, middle.Cert, one.Cert), false},
		{"a list past its time", one.Revoke(time.Now().Add(-time.Minute), a), chains(a.Leaf, one.Cert), true},
		{"an authority itself", one.Revoke(inAnHour(), a), chains(a.Leaf), true},
		{"no chain", all, nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := ParseRevocations(tc.lists, authorities)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // what was found out of issuers is kept
				_, revoked := errors.AsType[*RevokedError](r.Check(tc.chains))
				if revoked != tc.revoked {
					t.Errorf("revoked = %v, want %v", revoked, tc.revoked)
				}
			}
		})
	}
	var none *Revocations
	if err := none.Check(chains(a.Leaf)); err != nil {
		t.Errorf("without lists: %v", err)
	}
	if _, err := ParseRevocations(all[:len(all)-40], authorities); err == nil || err.Error() != "ends in the middle of a revocation list" {
		t.Errorf("cut off: %v", err)
	}
}

func TestListsThatAreNotRenewed(t *testing.T) {
	l := newLab(t)
	revoked := l.clients.Issue("mallory.alpha")
	due := time.Now().Add(-time.Minute).UTC().Truncate(time.Second)
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.Revoke(due, revoked))
	l.load()
	l.looks(3)
	want := "server.tls.crlFile: a revocation list should have been renewed by " + due.Format(time.RFC3339) + ": it stays in use, and later revocations are not known"
	if got := l.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, want) || !strings.Contains(got, "level=WARN") {
		t.Errorf("got the log\n%s", got)
	}
	if got := l.verdict(revoked); got == "" {
		t.Error("a list past its time is not in use")
	}
	if got := expiryOf(t, l.registry, "crl"); got > -59 || got < -120 {
		t.Errorf("the list ends in %v seconds", got)
	}
	put(t, l.files.CRL, l.clients.Revoke(inAnHour(), revoked))
	l.looks(3)
	if _, found := l.errors("should have been renewed"); found != 1 || expiryOf(t, l.registry, "crl") < 3500 {
		t.Errorf("renewed: got the log\n%s", l.log.String())
	}
}
