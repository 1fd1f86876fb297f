package tlsfiles

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"
)

// TestConnectionsDoNotOutliveTheirAuthority: a chain that was verified counts for as
// long as it would be verified again.
func TestConnectionsDoNotOutliveTheirAuthority(t *testing.T) {
	l := newLab(t)
	alice := l.clients.issue("alice.alpha")
	chain := []*x509.Certificate{alice.Leaf, l.clients.cert}
	s := l.load()
	check := func(what string, want error) {
		t.Helper()
		for range 2 { // what is remembered is the same
			if err := s.CheckClient(chain); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
	}
	check("its authority is in use", nil)

	other := newAuthority(t, "others")
	put(t, l.files.ClientCA, certPEM(other.cert))
	l.looks(2)
	check("its authority was taken out", errNotTrusted)

	put(t, l.files.ClientCA, certPEM(other.cert, renewed(t, l.clients)))
	l.looks(2)
	check("its authority was renewed with the same key", nil)

	put(t, l.files.ClientCA, certPEM(newAuthority(t, "clients").cert))
	l.looks(2)
	check("another authority has its name", errNotTrusted)

	put(t, l.files.ClientCA, certPEM(l.clients.cert))
	l.looks(2)
	check("its authority is back", nil)
}

// TestConnectionsDoNotOutliveWhatIsBetween them and their authority.
func TestConnectionsDoNotOutliveWhatIsBetween(t *testing.T) {
	l := newLab(t)
	s := l.load()
	between := l.clients.below("between")
	chain := []*x509.Certificate{between.issue("alice.alpha").Leaf, between.cert, l.clients.cert}
	if err := s.CheckClient(chain); err != nil {
		t.Errorf("in time: %v", err)
	}
	st := s.now.Load()
	if err := st.trust.check(chain, st.pool, time.Now().Add(2*time.Hour)); !errors.Is(err, errChainExpired) {
		t.Errorf("past its time: %v", err)
	}
}

func TestConnectionsDoNotOutliveRevocation(t *testing.T) {
	l := newLab(t)
	alice, bob := l.clients.issue("alice.alpha"), l.clients.issue("bob.alpha")
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.revoke(inAnHour(), bob))
	s := l.load()
	for _, c := range []tls.Certificate{alice, bob} {
		_, revoked := errors.AsType[*RevokedError](s.CheckClient([]*x509.Certificate{c.Leaf, l.clients.cert}))
		if want := c.Leaf == bob.Leaf; revoked != want {
			t.Errorf("%s: revoked %v", c.Leaf.Subject, revoked)
		}
	}
}

// renewed is a certificate of an authority as it makes itself another one.
func renewed(t *testing.T, a *authority) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serials.Add(1)), Subject: pkix.Name{CommonName: a.cert.Subject.CommonName}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(2 * time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
