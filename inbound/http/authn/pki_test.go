package authn

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

// authority signs certificates of clients.
type authority struct{ *identitytest.Authority }

func newAuthority(t testing.TB) *authority {
	t.Helper()
	return &authority{identitytest.NewAuthority(t, "test authority")}
}

// client makes a client certificate with a common name, changed by change.
func (a *authority) client(name string, change ...func(*x509.Certificate)) *x509.Certificate {
	forClients := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }
	return a.Issue(name, append([]func(*x509.Certificate){forClients}, change...)...).Leaf
}

func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
}

func forServers(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }

// verified is a connection whose certificate TLS has verified.
func verified(chain ...*x509.Certificate) *tls.ConnectionState {
	return &tls.ConnectionState{PeerCertificates: chain, VerifiedChains: [][]*x509.Certificate{chain}}
}

// unverified is one whose certificate nobody looked at.
func unverified(chain ...*x509.Certificate) *tls.ConnectionState {
	return &tls.ConnectionState{PeerCertificates: chain}
}

// sequence is how RFC 9440 writes a certificate.
func sequence(c *x509.Certificate) string {
	return ":" + base64.StdEncoding.EncodeToString(c.Raw) + ":"
}

// escaped is how nginx and others write it.
func escaped(chain ...*x509.Certificate) string {
	text := ""
	for _, c := range chain {
		text += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return url.PathEscape(text)
}

// request is one from 192.0.2.1 with headers, given as name and value in turn.
func request(state *tls.ConnectionState, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://o2.example.com/", nil)
	r.TLS = state
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func from(address string, r *http.Request) *http.Request {
	r.RemoteAddr = address
	return r
}
