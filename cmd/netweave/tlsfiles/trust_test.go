package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

// TestConnectionsDoNotOutliveTheirAuthority: a chain that was verified counts for as
// long as it would be verified again.
func TestConnectionsDoNotOutliveTheirAuthority(t *testing.T) {
	l := newLab(t)
	alice := l.clients.Issue("alice.alpha")
	chain := []*x509.Certificate{alice.Leaf, l.clients.Cert}
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

	other := identitytest.NewAuthority(t, "others")
	put(t, l.files.ClientCA, identitytest.CertPEM(other.Cert))
	l.looks(2)
	check("its authority was taken out", errNotTrusted)

	put(t, l.files.ClientCA, identitytest.CertPEM(other.Cert, l.clients.Renew()))
	l.looks(2)
	check("its authority was renewed with the same key", nil)

	put(t, l.files.ClientCA, identitytest.CertPEM(identitytest.NewAuthority(t, "clients").Cert))
	l.looks(2)
	check("another authority has its name", errNotTrusted)

	put(t, l.files.ClientCA, identitytest.CertPEM(l.clients.Cert))
	l.looks(2)
	check("its authority is back", nil)
}

// TestConnectionsDoNotOutliveWhatIsBetween them and their authority.
func TestConnectionsDoNotOutliveWhatIsBetween(t *testing.T) {
	l := newLab(t)
	s := l.load()
	between := l.clients.Below("between")
	chain := []*x509.Certificate{between.Issue("alice.alpha").Leaf, between.Cert, l.clients.Cert}
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
	alice, bob := l.clients.Issue("alice.alpha"), l.clients.Issue("bob.alpha")
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.Revoke(inAnHour(), bob))
	s := l.load()
	for _, c := range []tls.Certificate{alice, bob} {
		_, revoked := errors.AsType[*RevokedError](s.CheckClient([]*x509.Certificate{c.Leaf, l.clients.Cert}))
		if want := c.Leaf == bob.Leaf; revoked != want {
			t.Errorf("%s: revoked %v", c.Leaf.Subject, revoked)
		}
	}
}
