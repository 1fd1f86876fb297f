package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

func TestWhoIsLetIn(t *testing.T) {
	l := newLab(t)
	revoked := l.clients.Issue("mallory.alpha")
	l.files.CRL = put(t, l.path("crl.pem"), crlPEM(l.clients.Revoke(inAnHour(), revoked)))
	self := identitytest.NewAuthority(t, "alice.alpha")
	past := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	future := func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }
	serverOnly := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }
	l.load()
	for _, tc := range []struct {
		name         string
		shown        []tls.Certificate
		want, reason string
	}{
		{"signed", []tls.Certificate{l.clients.Issue("alice.alpha")}, "", ""},
		{"none", nil, "tls: client didn't provide a certificate", reasonNoCertificate},
		{"expired", []tls.Certificate{l.clients.Issue("alice.alpha", past)},
			"tls: failed to verify certificate: x509: certificate has expired or is not yet valid", reasonExpired},
		{"not yet valid", []tls.Certificate{l.clients.Issue("alice.alpha", future)},
			"tls: failed to verify certificate: x509: certificate has expired or is not yet valid", reasonExpired},
		{"revoked", []tls.Certificate{revoked}, fmt.Sprintf("the certificate %x has been revoked", revoked.Leaf.SerialNumber), reasonRevoked},
		{"self-signed", []tls.Certificate{{Certificate: [][]byte{self.Cert.Raw}, PrivateKey: self.Key, Leaf: self.Cert}},
			"tls: failed to verify certificate: x509: certificate signed by unknown authority", reasonUnknownCA},
		{"the wrong authority", []tls.Certificate{identitytest.NewAuthority(t, "clients").Issue("alice.alpha")},
			"tls: failed to verify certificate: x509: certificate signed by unknown authority", reasonUnknownCA},
		{"the servers' authority", []tls.Certificate{l.servers.Issue("alice.alpha")},
			"tls: failed to verify certificate: x509: certificate signed by unknown authority", reasonUnknownCA},
		{"not for clients", []tls.Certificate{l.clients.Issue("alice.alpha", serverOnly)},
			"tls: failed to verify certificate: x509: certificate specifies an incompatible key usage", reasonOther},
		{"another's key", []tls.Certificate{{Certificate: l.clients.Issue("alice.alpha").Certificate, PrivateKey: l.clients.Issue("bob.beta").PrivateKey}},
			"tls: invalid signature by the client certificate", reasonProtocol},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := l.handshake(l.client(tc.shown...))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tc.want && (tc.want == "" || !strings.HasPrefix(got, tc.want)) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if err != nil && reasonOf(err) != tc.reason {
				t.Errorf("counted as %s, want %s", reasonOf(err), tc.reason)
			}
		})
	}
	t.Run("TLS 1.2", func(t *testing.T) {
		c := l.client(l.clients.Issue("alice.alpha"))
		c.MaxVersion = tls.VersionTLS12
		if err := l.handshake(c); err == nil || reasonOf(err) != reasonProtocol || !strings.HasPrefix(err.Error(), "tls: client offered only unsupported versions") {
			t.Errorf("got %v", err)
		}
	})
}

func TestOptionalCertificatesAreVerifiedAllTheSame(t *testing.T) {
	l := newLab(t)
	revoked := l.clients.Issue("mallory.alpha")
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.Revoke(inAnHour(), revoked))
	l.files.ClientAuth = tls.VerifyClientCertIfGiven
	l.load()
	if got := l.verdict(); got != "" {
		t.Errorf("none: got %q", got)
	}
	if got := l.verdict(l.clients.Issue("alice.alpha")); got != "" {
		t.Errorf("signed: got %q", got)
	}
	for name, c := range map[string]tls.Certificate{"a stranger's": l.servers.Issue("alice.alpha"), "a revoked one": revoked} {
		if got := l.verdict(c); got == "" {
			t.Errorf("%s was let in", name)
		}
	}
}

// No session is resumed: it would go by the authorities and lists of the day it
// was made.
func TestNoSessionIsResumed(t *testing.T) {
	l := newLab(t)
	l.load()
	c := l.client(l.clients.Issue("alice.alpha"))
	c.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	resumed := false
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		resumed = resumed || cs.DidResume
		return nil
	}
	for range 3 {
		if err := l.handshake(c); err != nil {
			t.Fatal(err)
		}
	}
	if resumed {
		t.Error("a session was resumed")
	}
}

func TestFilesThatCannotBegin(t *testing.T) {
	l := newLab(t)
	other := l.servers.Issue("other")
	strangers := identitytest.NewAuthority(t, "clients") // the same name, another key
	for _, tc := range []struct {
		name   string
		change func(*ServerFiles)
		want   string
	}{
		{"no certificate", func(f *ServerFiles) { f.Cert = l.path("none") },
			"server.tls: certFile and keyFile cannot be used: open " + l.path("none") + ": no such file or directory"},
		{"another's key", func(f *ServerFiles) { f.Key = put(t, l.path("other.key"), identitytest.KeyPEM(t, other)) },
			"server.tls: certFile and keyFile cannot be used: tls: private key does not match public key"},
		{"no authority", func(f *ServerFiles) { f.ClientCA = put(t, l.path("empty"), nil) },
			"server.tls.clientCAFile: cannot be used: " + l.path("empty") + " holds no PEM certificate"},
		{"half an authority", func(f *ServerFiles) {
			f.ClientCA = put(t, l.path("half"), append(identitytest.CertPEM(l.clients.Cert), identitytest.CertPEM(l.servers.Cert)[:200]...))
		}, "server.tls.clientCAFile: cannot be used: " + l.path("half") + " ends in the middle of a certificate, or has something else in it that is no PEM"},
		{"no list", func(f *ServerFiles) { f.CRL = put(t, l.path("empty"), nil) },
			"server.tls.crlFile: cannot be used: " + l.path("empty") + ": holds no revocation list"},
		{"a certificate as list", func(f *ServerFiles) { f.CRL = l.files.ClientCA },
			"server.tls.crlFile: cannot be used: " + l.files.ClientCA + `: holds a PEM block "CERTIFICATE": revocation lists are in blocks "X509 CRL"`},
		{"a forged list", func(f *ServerFiles) { f.CRL = put(t, l.path("forged"), strangers.Revoke(inAnHour())) },
			"server.tls.crlFile: cannot be used: " + l.path("forged") + ": list 1 is not signed by its issuer CN=clients: fetch it anew from there"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := l.files
			tc.change(&files)
			s, problems := LoadServer(files)
			if s != nil || len(problems) != 1 || problems[0].String() != tc.want {
				t.Errorf("\n got %v\nwant %s", problems, tc.want)
			}
		})
	}
}

func TestExportedCheck(t *testing.T) {
	l := newLab(t)
	revoked, sound := l.clients.Issue("mallory.alpha"), l.clients.Issue("alice.alpha")
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.Revoke(inAnHour(), revoked))
	s := l.load()
	verified := func(c tls.Certificate) [][]*x509.Certificate { return [][]*x509.Certificate{{c.Leaf, l.clients.Cert}} }
	if err := s.CheckRevoked(verified(sound)); err != nil {
		t.Errorf("a sound one: %v", err)
	}
	if _, ok := errors.AsType[*RevokedError](s.CheckRevoked(verified(revoked))); !ok {
		t.Error("a revoked one passed")
	}
	if err := s.CheckRevoked(nil); err != nil {
		t.Errorf("none: %v", err)
	}
}
