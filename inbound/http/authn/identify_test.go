package authn

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/identity"
)

// provider verifies tokens by a list.
type provider map[string]identity.Claims

func (p provider) Verify(_ context.Context, token string) (identity.Claims, error) {
	if token == "down" {
		return identity.Claims{}, fmt.Errorf("the socket of the provider at 10.0.0.9: %w", identity.ErrUnavailable)
	}
	c, ok := p[token]
	if !ok {
		return identity.Claims{}, fmt.Errorf(`%w: it is "nobody's"`, identity.ErrInvalid)
	}
	return c, nil
}

func thumbprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

const staticToken = "c2VjcmV0-._~+/=="

// answer tells a verdict in one line.
func answer(sc scope.Scope, err error) string {
	switch {
	case err != nil && sc.Valid():
		return "an error and a scope"
	case err != nil:
		return err.Error()
	case sc.Platform():
		return fmt.Sprintf("%s of the platform %v", sc.User(), sc.Roles())
	default:
		return fmt.Sprintf("%s of %s %v", sc.User(), sc.Tenant(), sc.Roles())
	}
}

func TestWhoACallerIs(t *testing.T) {
	ca := newAuthority(t)
	alice, alicesOther, root := ca.client("alice.smo-alpha"), ca.client("alice.smo-alpha.other"), ca.client("root.platform")
	odd := ca.client("odd")
	stranger := newAuthority(t).client("root.platform")
	config := Config{
		Tenancy: true,
		Verifier: provider{
			"alice":     {User: "alice", Tenant: "smo-alpha"},
			"operator":  {User: "alice", Tenant: "smo-alpha", Roles: []string{"operator", "uma_authorization", "Admin", ""}},
			"anyone":    {Tenant: "smo-alpha"},
			"bob":       {User: "bob", Tenant: "smo-alpha"},
			"beta":      {User: "alice", Tenant: "smo-beta"},
			"homeless":  {User: "alice"},
			"nobody":    {},
			"root":      {User: "root", Tenant: "platform", Roles: []string{"platform-admin"}},
			"shared":    {User: "alice", Tenant: "*"},
			"upper":     {User: "alice", Tenant: "SMO-alpha"},
			"path":      {User: "../root", Tenant: "smo-alpha"},
			"bound":     {User: "alice", Tenant: "smo-alpha", Thumbprint: thumbprint(alice)},
			"strangers": {User: "eve", Tenant: "smo-alpha", Thumbprint: thumbprint(stranger)},
		},
		Tokens: []Token{
			{SHA256: sha256.Sum256([]byte("another")), User: "ci", Tenant: "smo-beta"},
			{SHA256: sha256.Sum256([]byte(staticToken)), User: "first", Tenant: "platform"},
		},
	}
	const (
		needsEither = "this gateway needs a verified client certificate that names user and tenant, or a bearer token"
		needsBoth   = "this gateway needs a verified client certificate that names user and tenant, and a bearer token"
		needsToken  = "this gateway needs a bearer token"
		needsCert   = "this gateway needs a verified client certificate that names user and tenant"
		halfCert    = "this gateway needs a verified client certificate as well as the bearer token"
		halfToken   = "this gateway needs a bearer token as well as the client certificate"
		invalid     = `the token is not valid: it is "nobody's"`
		unbound     = "the bearer token is bound to a client certificate, and the connection has none that counts"
		otherwise   = "the bearer token is bound to another client certificate than the connection's"
		badOdd      = `the client certificate is refused: its common name needs a part 1 for the user and a part 2 for the tenant, with "." between parts`
		down        = "the identity provider is unavailable"
	)
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	for _, tt := range []struct {
		name    string
		tls     *tls.ConnectionState
		headers []string
		// what comes of it under each demand; "" is as under any
		any, certificate, bearer, both string
	}{
		{"nothing", nil, nil, needsEither, needsCert, needsToken, needsBoth},
		{"another scheme", nil, []string{"Authorization", "Basic cm9vdDpyb290"}, needsEither, needsCert, needsToken, needsBoth},
		{"a certificate", verified(alice), nil, "alice of smo-alpha []", "", needsToken, halfToken},
		{"of the platform", verified(root), nil, "root of the platform []", "", needsToken, halfToken},
		{"nobody looked at it", unverified(stranger), nil, needsEither, needsCert, needsToken, needsBoth},
		{"an odd name", verified(odd), nil, badOdd, "", needsToken, halfToken},
		{"a token", nil, bearer("alice"), "alice of smo-alpha []", needsCert, "", halfCert},
		{"the scheme in lower case", nil, []string{"Authorization", "bearer alice"}, "alice of smo-alpha []", needsCert, "", halfCert},
		{"roles", nil, bearer("operator"), "alice of smo-alpha [operator]", needsCert, "", halfCert},
		{"the platform's token", nil, bearer("root"), "root of the platform [platform-admin]", needsCert, "", halfCert},
		{"a static token", nil, bearer(staticToken), "first of the platform []", needsCert, "", halfCert},
		{"no token", nil, bearer("eve"), invalid, needsCert, "", halfCert},
		{"a token without a tenant", nil, bearer("homeless"), "the bearer token's tenant: " + badTenant, needsCert, "", halfCert},
		{"without a user", nil, bearer("anyone"), "the bearer token's user: " + badUser, needsCert, "", halfCert},
		{"without anything", nil, bearer("nobody"), "the bearer token's user: " + badUser, needsCert, "", halfCert},
		{"everyone's tenant", nil, bearer("shared"), "the bearer token's tenant: " + badTenant, needsCert, "", halfCert},
		{"tenant in upper case", nil, bearer("upper"), "the bearer token's tenant: " + badTenant, needsCert, "", halfCert},
		{"a user up the path", nil, bearer("path"), "the bearer token's user: " + badUser, needsCert, "", halfCert},
		{"no provider", nil, bearer("down"), down, needsCert, "", halfCert},
		{"both", verified(alice), bearer("operator"), "alice of smo-alpha [operator]", "alice of smo-alpha []", "", "alice of smo-alpha [operator]"},
		{"both, the token names no user", verified(alice), bearer("anyone"), "alice of smo-alpha []", "", "the bearer token's user: " + badUser, ""},
		{"both of the platform", verified(root), bearer("root"), "root of the platform [platform-admin]", "root of the platform []", "", ""},
		{"another tenant's token", verified(alice), bearer("beta"),
			"the client certificate and the bearer token name different tenants", "alice of smo-alpha []", "alice of smo-beta []",
			"the client certificate and the bearer token name different tenants"},
		{"the platform's token with a tenant's certificate", verified(alice), bearer(staticToken),
			"the client certificate and the bearer token name different tenants", "alice of smo-alpha []", "first of the platform []",
			"the client certificate and the bearer token name different tenants"},
		{"another user's token", verified(alice), bearer("bob"),
			"the client certificate and the bearer token name different users", "alice of smo-alpha []", "bob of smo-alpha []",
			"the client certificate and the bearer token name different users"},
		{"a token without tenant", verified(alice), bearer("homeless"),
			"the client certificate and the bearer token name different tenants", "alice of smo-alpha []", "the bearer token's tenant: " + badTenant,
			"the client certificate and the bearer token name different tenants"},
		{"a certificate and no token", verified(alice), bearer("eve"), invalid, "alice of smo-alpha []", "", ""},
		{"a certificate and no provider", verified(alice), bearer("down"), down, "alice of smo-alpha []", "", ""},
		{"an odd name and a token", verified(odd), bearer("alice"), badOdd, "", "alice of smo-alpha []", ""},
		{"bound", verified(alice), bearer("bound"), "alice of smo-alpha []", "", "", ""},
		{"bound, the connection has none", nil, bearer("bound"), unbound, needsCert, "", halfCert},
		{"bound, the caller's other one", verified(alicesOther), bearer("bound"), otherwise, "alice of smo-alpha []", "", ""},
		{"bound, the issuer's instead", verified(root, alice), bearer("bound"), otherwise, "root of the platform []", "", ""},
		{"bound to one that nobody signed", unverified(stranger), bearer("strangers"), "eve of smo-alpha []", needsCert, "", halfCert},
		{"bound to it, shown without key", nil, append(bearer("strangers"), "Client-Cert", sequence(stranger), "X-SSL-Client-Cert", escaped(stranger)),
			unbound, needsCert, "", halfCert},
		{"two tokens", verified(alice), append(bearer("alice"), bearer("root")...), "there is more than one Authorization header", "alice of smo-alpha []", "", ""},
		{"an empty token", nil, bearer(""), "the Authorization header has no token behind Bearer", needsCert, "", ""},
		{"only the scheme", nil, []string{"Authorization", "Bearer"}, "the Authorization header has no token behind Bearer", needsCert, "", ""},
		{"a long token", nil, bearer(strings.Repeat("a", maxToken+1)), "the bearer token is longer than 16384 bytes", needsCert, "", ""},
		{"an odd token", nil, bearer("a b"), `a bearer token has letters, digits and any of "-._~+/=" alone`, needsCert, "", ""},
		{"forged headers", nil, []string{
			"Client-Cert", sequence(root), "X-SSL-Client-Cert", escaped(root), "X-SSL-Client-S-DN", "CN=root.platform", "X-SSL-Client-Verify", "SUCCESS",
			"X-Tenant-ID", "platform", "X-Forwarded-User", "root", "X-Forwarded-For", "127.0.0.1", "X-Remote-User", "root", "X-Forwarded-Client-Cert", "Subject=\"CN=root.platform\"",
			"Forwarded", "for=127.0.0.1",
		}, needsEither, needsCert, needsToken, needsBoth},
		{"forged headers beside a certificate", verified(alice), []string{"Client-Cert", sequence(root), "X-Tenant-ID", "platform"},
			"alice of smo-alpha []", "", needsToken, halfToken},
	} {
		for demand, want := range map[Require]string{
			RequireAny: tt.any, RequireCertificate: tt.certificate, RequireBearer: tt.bearer, RequireBoth: tt.both,
		} {
			t.Run(tt.name+"/"+string(demand), func(t *testing.T) {
				if want == "" {
					want = tt.any
				}
				c := config
				c.Require = demand
				sc, err := newAuthenticator(t, c).Identify(request(tt.tls, tt.headers...), "id-1")
				if got := answer(sc, err); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if err == nil && sc.RequestID() != "id-1" || sc.Reach() != 0 {
					t.Errorf("request id %q, reach %v", sc.RequestID(), sc.Reach())
				}
				if err != nil && !errors.Is(err, ErrNoIdentity) && !errors.Is(err, ErrRefused) && !errors.Is(err, identity.ErrUnavailable) {
					t.Errorf("%v is of no kind", err)
				}
			})
		}
	}
}

func TestWithoutTenancyEveryoneIsTheDefaultTenants(t *testing.T) {
	ca := newAuthority(t)
	config := Config{
		AllowAnonymous: true,
		Verifier:       provider{"alice": {User: "alice", Tenant: "platform"}, "nobody": {}},
		Tokens:         []Token{{SHA256: sha256.Sum256([]byte("static")), User: "root", Tenant: "platform"}},
	}
	for name, tt := range map[string]struct {
		tls   *tls.ConnectionState
		token string
		want  string
	}{
		"a common name is the user":    {verified(ca.client("root.platform")), "", "root.platform of default []"},
		"whatever it is":               {verified(ca.client("an SMO, 1")), "", "an SMO, 1 of default []"},
		"a token":                      {nil, "alice", "alice of default []"},
		"a static token":               {nil, "static", "root of default []"},
		"a token without a user":       {nil, "nobody", "the bearer token's user: " + badUser},
		"both":                         {verified(ca.client("alice")), "alice", "alice of default []"},
		"both, of two":                 {verified(ca.client("bob")), "alice", "the client certificate and the bearer token name different users"},
		"a bad token is not anonymous": {nil, "eve", `the token is not valid: it is "nobody's"`},
		"nothing":                      {nil, "", " of default []"},
		"no name, but a token":         {verified(ca.client("")), "alice", "alice of default []"},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(tt.tls)
			r.Host = "localhost"
			if tt.token != "" {
				r.Header.Set("Authorization", "Bearer "+tt.token)
			}
			if got := answer(newAuthenticator(t, config).Identify(r, "")); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNobodyIsAnonymousWithTenancy(t *testing.T) {
	r := request(nil)
	r.Host = "localhost"
	sc, err := newAuthenticator(t, Config{AllowAnonymous: true, Tenancy: true}).Identify(r, "")
	if !errors.Is(err, ErrNoIdentity) || sc.Valid() {
		t.Errorf("got %v, %v", sc, err)
	}
}

func TestAConnectionOutlivesItsCertificate(t *testing.T) {
	ca := newAuthority(t)
	gone, revoked, alice := ca.client("alice.smo-alpha", expired), ca.client("bob.smo-alpha"), ca.client("alice.smo-alpha")
	a := newAuthenticator(t, Config{Tenancy: true, Revoked: func(chain []*x509.Certificate) error {
		if chain[0] == revoked {
			return errors.New("it was revoked")
		}
		return nil
	}, Verifier: provider{"bound": {User: "bob", Tenant: "smo-alpha", Thumbprint: thumbprint(revoked)}}})
	for want, r := range map[string]*tls.ConnectionState{
		"the client certificate has expired":                     verified(gone),
		"the client certificate is not accepted: it was revoked": verified(revoked),
		"alice of smo-alpha []":                                  verified(alice),
	} {
		if got := answer(a.Identify(request(r), "")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	a = newAuthenticator(t, Config{Tenancy: true, Require: RequireBearer, Revoked: a.config.Revoked, Verifier: a.config.Verifier})
	if got, want := answer(a.Identify(request(verified(revoked), "Authorization", "Bearer bound"), "")),
		"the bearer token is bound to a client certificate, and the connection has none that counts"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func BenchmarkIdentify(b *testing.B) {
	ca := newAuthority(b)
	a := newAuthenticator(b, Config{Tenancy: true, Verifier: provider{}, Proxies: prefixes("10.0.0.0/8"),
		Authorities: func() *x509.CertPool { return ca.Pool }, Tokens: []Token{{SHA256: sha256.Sum256([]byte("t")), User: "u", Tenant: "t"}}})
	cert := ca.client("alice.smo-alpha")
	for name, r := range map[string]struct {
		tls     *tls.ConnectionState
		address string
		headers []string
	}{
		"certificate": {verified(cert), "192.0.2.1:1", nil},
		"proxy":       {nil, "10.0.0.1:1", []string{"Client-Cert", sequence(cert)}},
		"static":      {nil, "192.0.2.1:1", []string{"Authorization", "Bearer t"}},
	} {
		b.Run(name, func(b *testing.B) {
			r := from(r.address, request(r.tls, r.headers...))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Identify(r, "id"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What a certificate vouches for goes with the caller that it identifies.
func TestTheCertificateGoesWithTheCaller(t *testing.T) {
	ca := newAuthority(t)
	alice := ca.client("alice.smo-alpha", func(c *x509.Certificate) { c.DNSNames = []string{"alice.example"} })
	a, err := New(Config{Tenancy: true, Tokens: []Token{{SHA256: sha256.Sum256([]byte(staticToken)), User: "alice", Tenant: "smo-alpha"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		tls   *tls.ConnectionState
		token bool
		want  bool
	}{
		{"a certificate", verified(alice), false, true},
		{"with a token", verified(alice), true, true},
		{"a token alone", nil, true, false},
		{"a token, and a certificate that nobody verified", unverified(alice), true, false},
	} {
		r := request(tt.tls)
		if tt.token {
			r = request(tt.tls, "Authorization", "Bearer "+staticToken)
		}
		sc, err := a.Identify(r, "r-1")
		if err != nil || sc.Hosts("alice.example") != tt.want {
			t.Errorf("%s: %v, %v", tt.name, sc.Hosts("alice.example"), err)
		}
	}
}
