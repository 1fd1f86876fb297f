package httpserver_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/ports/identity"
)

// provider verifies tokens by a list; "away" is when it cannot.
type provider map[string]identity.Claims

func (p provider) Verify(_ context.Context, token string) (identity.Claims, error) {
	c, known := p[token]
	switch {
	case token == "away":
		return c, identity.ErrUnavailable
	case !known:
		return c, fmt.Errorf("%w: it has expired", identity.ErrInvalid)
	}
	return c, nil
}

func TestTokensAndTheirAnswers(t *testing.T) {
	var access lines
	s := site(1)
	g := newGateway(t, s, func(c *httpserver.Config, d *httpserver.Dependencies) {
		d.AccessLog = &access
		c.Identity = authn.Config{
			Tenancy: true, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")},
			Verifier: provider{"t0ken-alice": {User: "alice", Tenant: "smo-alpha"}},
			Tokens:   []authn.Token{{SHA256: sha256.Sum256([]byte("t0ken-root")), User: "root", Tenant: "platform"}},
		}
	})
	const path, mutual = "/o2ims/v1/resources", `Mutual realm="netweave"`
	for _, tt := range []struct {
		path, token string
		status      int
		challenges  []string
	}{
		{path, "", 401, []string{`Bearer realm="netweave"`, mutual}},
		{"/nothing", "", 401, []string{`Bearer realm="netweave"`, mutual}},
		{path, "t0ken-eve", 401, []string{`Bearer realm="netweave", error="invalid_token", error_description="the token is not valid: it has expired"`, mutual}},
		{path, "away", 503, nil},
		{path, "t0ken-alice", 200, nil},
		{path, "t0ken-root", 200, nil},
		{"/healthz", "", 200, nil},
		{"/healthz", "t0ken-eve", 200, nil},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost"+tt.path, nil)
		r.RemoteAddr = "10.0.0.1:5000"
		r.Header.Set("X-Forwarded-For", "127.0.0.1, 203.0.113.9")
		if tt.token != "" {
			r.Header.Set("Authorization", "Bearer "+tt.token)
		}
		a := g.send(r)
		if a.StatusCode != tt.status || fmt.Sprint(a.Header["Www-Authenticate"]) != fmt.Sprint(tt.challenges) {
			t.Errorf("%s with %q: %d %v", tt.path, tt.token, a.StatusCode, a.Header)
		}
		if after := a.Header.Get("Retry-After"); (after == "5") != (tt.status == 503) {
			t.Errorf("%s with %q: Retry-After %q", tt.path, tt.token, after)
		}
	}
	if err := g.server.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(access.String()) {
		var m struct{ User, Tenant, Remote string }
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s.%s", m.User, m.Tenant))
		if m.Remote != "203.0.113.9" {
			t.Errorf("remote %q", m.Remote)
		}
	}
	if want := "[. . . . alice.smo-alpha root.platform . .]"; fmt.Sprint(got) != want {
		t.Errorf("callers %v, want %s", got, want)
	}
	if log := access.String() + g.log.String(); strings.Contains(log, "t0ken") {
		t.Errorf("a token is in the logs: %s", log)
	}
}

// A token that is bound to a certificate is worth nothing to who has it alone.
func TestABoundTokenNeedsItsCertificate(t *testing.T) {
	authority, serverCert, clientCert := certificates(t)
	_, _, other := certificates(t)
	sum := sha256.Sum256(clientCert.Certificate[0])
	g := newGateway(t, site(1), func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.AllowAnonymous = false
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{serverCert}, ClientAuth: tls.RequestClientCert}
		c.Identity = authn.Config{Tenancy: true, Require: authn.RequireBearer, Verifier: provider{
			"bound": {User: "alice", Tenant: "smo-alpha", Thumbprint: base64.RawURLEncoding.EncodeToString(sum[:])},
		}}
	})
	address, _ := g.serve(t)
	for name, tt := range map[string]struct {
		certificates []tls.Certificate
		status       int
	}{
		"with it":      {[]tls.Certificate{clientCert}, http.StatusOK},
		"without any":  {nil, http.StatusUnauthorized},
		"with another": {[]tls.Certificate{other}, http.StatusUnauthorized},
	} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS13, RootCAs: authority, Certificates: tt.certificates, ClientSessionCache: tls.NewLRUClientSessionCache(1),
		}}
		for range 2 { // the second time on a resumed session
			r, err := http.NewRequest(http.MethodGet, "https://"+address+"/o2ims/v1/resources", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer bound")
			r.Header.Set("Client-Cert", ":"+base64.StdEncoding.EncodeToString(clientCert.Certificate[0])+":")
			res, err := (&http.Client{Transport: transport, Timeout: within}).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != tt.status {
				t.Errorf("%s: %s, want %d", name, res.Status, tt.status)
			}
			transport.CloseIdleConnections()
		}
	}
}
