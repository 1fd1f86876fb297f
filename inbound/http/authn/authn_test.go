package authn

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/netweave/netweave/core/scope"
)

func TestIdentify(t *testing.T) {
	verified := func(name string) *tls.ConnectionState {
		return &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{Subject: pkix.Name{CommonName: name}}}}}
	}
	unverified := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "eve"}}}}
	for name, tt := range map[string]struct {
		anonymous bool
		tls       *tls.ConnectionState
		host      string
		user      string
		err       error
	}{
		"a verified certificate":                  {false, verified("smo"), "o2.example.com", "smo", nil},
		"which may use any name of ours":          {true, verified("smo"), "elsewhere.example", "smo", nil},
		"one without a name":                      {false, verified(""), "o2.example.com", "", ErrNoIdentity},
		"one that nobody verified":                {false, unverified, "o2.example.com", "", ErrNoIdentity},
		"nobody":                                  {false, nil, "localhost", "", ErrNoIdentity},
		"nobody, where that is enough":            {true, nil, "localhost:8080", "", nil},
		"nobody, for another host":                {true, nil, "elsewhere.example:8080", "", ErrMisdirected},
		"an unverified certificate, on this host": {true, unverified, "localhost", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.TLS, r.Host = tt.tls, tt.host
			sc, err := newAuthenticator(t, Config{AllowAnonymous: tt.anonymous}).Identify(r, "id-1")
			if !errors.Is(err, tt.err) || sc.Valid() != (tt.err == nil) || sc.User() != tt.user {
				t.Fatalf("got %q, %v", sc.User(), err)
			}
			if sc.Valid() && (sc.Tenant() != scope.DefaultTenant || sc.RequestID() != "id-1") {
				t.Errorf("tenant %q, request %q", sc.Tenant(), sc.RequestID())
			}
		})
	}
}

func newAuthenticator(t testing.TB, c Config) *Authenticator {
	t.Helper()
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestHosts(t *testing.T) {
	a := newAuthenticator(t, Config{AllowAnonymous: true, Hosts: []string{"O2.Example.com:8443", "[2001:db8::7]"}})
	for host, ours := range map[string]bool{
		"localhost": true, "LOCALHOST:8080": true, "localhost.": true, "gw.localhost:1": true, "localhost:": true,
		"127.0.0.1": true, "127.0.0.1:8080": true, "127.9.9.9": true, "[::1]": true, "[::1]:8080": true, "::1": true,
		"[::ffff:127.0.0.1]:8080": true,
		"o2.example.com":          true, "o2.example.com:9": true, "O2.EXAMPLE.COM.": true, "[2001:db8::7]:443": true,
		"":             true,
		"evil.example": false, "evil.example:8080": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false,
		"notlocalhost": false, "xo2.example.com": false, "o2.example.com.evil.example": false, "0.0.0.0:8080": false,
		"[::]:8080": false, "10.0.0.7": false, "169.254.169.254": false, "[fe80::1]": false, "2130706433": false,
		"localhost@evil.example": false, ".": false, ":8080": false,
	} {
		if err := a.judgeHost(host); (err == nil) != ours || err != nil && !errors.Is(err, ErrMisdirected) {
			t.Errorf("%q: %v", host, err)
		}
	}
	const want = `"evil.example:80" is not a host of this gateway's: without credentials, requests are answered for ` +
		`localhost, loopback addresses and the host of server.externalURL`
	if err := a.judgeHost("evil.example:80"); err.Error() != want {
		t.Errorf("got %q", err)
	}
}
