package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRevocations(t *testing.T) {
	one, two, unlisted := newAuthority(t, "one"), newAuthority(t, "two"), newAuthority(t, "unlisted")
	middle := one.below("middle")
	namesake := newAuthority(t, "middle") // signs lists in the name of another
	a, b, c, d := one.issue("a"), two.issue("b"), unlisted.issue("c"), middle.issue("d")
	// The same number from another issuer is another certificate.
	authorities := []*x509.Certificate{one.cert, two.cert, unlisted.cert}
	chains := func(list ...*x509.Certificate) [][]*x509.Certificate { return [][]*x509.Certificate{list} }
	asCert := tls.Certificate{Leaf: middle.cert}
	all := crlPEM(one.revoke(inAnHour(), a), two.revoke(inAnHour(), b), middle.revoke(inAnHour(), d))
	for _, tc := range []struct {
		name    string
		lists   []byte
		chains  [][]*x509.Certificate
		revoked bool
	}{
		{"in the first list", all, chains(a.Leaf, one.cert), true},
		{"in the second list", all, chains(b.Leaf, two.cert), true},
		{"of an issuer without a list", all, chains(c.Leaf, unlisted.cert), false},
		{"in the list of an issuer below", all, chains(d.Leaf, middle.cert, one.cert), true},
		{"in no list", all, chains(one.issue("x").Leaf, one.cert), false},
		{"the same number from another issuer", one.revoke(inAnHour(), b), chains(b.Leaf, two.cert), false},
		{"a revoked issuer", one.revoke(inAnHour(), asCert), chains(d.Leaf, middle.cert, one.cert), true},
		{"one of two chains is sound", one.revoke(inAnHour(), asCert), append(chains(d.Leaf, middle.cert, one.cert), []*x509.Certificate{d.Leaf, namesake.cert}), false},
		{"a list in the name of an issuer below", namesake.revoke(inAnHour(), d), chains(d.Leaf, middle.cert, one.cert), false},
		{"a list past its time", one.revoke(time.Now().Add(-time.Minute), a), chains(a.Leaf, one.cert), true},
		{"an authority itself", one.revoke(inAnHour(), a), chains(a.Leaf), true},
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
	revoked := l.clients.issue("mallory.alpha")
	due := time.Now().Add(-time.Minute).UTC().Truncate(time.Second)
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.revoke(due, revoked))
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
	put(t, l.files.CRL, l.clients.revoke(inAnHour(), revoked))
	l.looks(3)
	if _, found := l.errors("should have been renewed"); found != 1 || expiryOf(t, l.registry, "crl") < 3500 {
		t.Errorf("renewed: got the log\n%s", l.log.String())
	}
}
