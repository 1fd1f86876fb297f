package config

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	oneHash  = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // of "test"
	withCA   = "server: {tls: {certFile: c, keyFile: k, clientCAFile: ca}}\n"
	withOIDC = "auth: {oidc: {issuer: \"https://sso.example.org\", audiences: [netweave]}}\n"
)

func TestAuthSettings(t *testing.T) {
	t.Setenv("LAB_TOKEN_HASH", oneHash)
	c := mustLoad(t, oneAdapter+withCA+`
auth:
  require: both
  certificate: {source: san-uri, userPart: 3, tenantPart: 1}
  proxies: [10.20.0.7/32, "fd00::/64"]
  proxyHeader: X-SSL-Client-Cert
  oidc:
    issuer: https://sso.example.org/realms/o2
    audiences: [netweave, o2]
    rolesClaim: realm_access.roles
    algorithms: [EdDSA]
    caFile: ca.pem
  tokens:
    - {user: root, tenant: platform, sha256: "${LAB_TOKEN_HASH}"}
tenancy: {enabled: true, unlabelled: shared, rolesFile: roles.yaml, platformAdmins: [root, "a|b"]}
`)
	got := fmt.Sprint(c.Auth.Require, c.Auth.Certificate, c.Auth.Proxies, c.Auth.ProxyHeader, c.Auth.OIDC, c.Tenancy)
	want := "both{san-uri 3 1} [10.20.0.7/32 fd00::/64]X-SSL-Client-Cert{https://sso.example.org/realms/o2  [netweave o2] " +
		"sub tenant realm_access.roles [EdDSA] ca.pem} {true shared roles.yaml store { netweave} [root a|b] {-1 -1 -1 -1 -1 -1}}"
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if len(c.Auth.Tokens) != 1 || c.Auth.Tokens[0] != (Token{User: "root", Tenant: "platform", SHA256: sha256.Sum256([]byte("test"))}) {
		t.Errorf("tokens %+v", c.Auth.Tokens)
	}
}

func TestWhatCallersMustShow(t *testing.T) {
	const tokens = "auth: {tokens: [{user: u, sha256: \"" + oneHash + "\"}]}\n"
	for name, tt := range map[string]struct {
		text          string
		require       string
		authenticated bool
		clients       tls.ClientAuthType
	}{
		"nothing":                 {"", RequireCertificate, false, tls.NoClientCert},
		"TLS alone":               {"server: {tls: {certFile: c, keyFile: k}}\n", RequireCertificate, false, tls.NoClientCert},
		"certificates":            {withCA, RequireCertificate, true, tls.RequireAndVerifyClientCert},
		"tokens by plain HTTP":    {tokens, RequireBearer, true, tls.NoClientCert},
		"tokens by TLS":           {"server: {tls: {certFile: c, keyFile: k}}\n" + tokens, RequireBearer, true, tls.RequestClientCert},
		"an identity provider":    {"server: {tls: {certFile: c, keyFile: k}}\n" + withOIDC, RequireBearer, true, tls.RequestClientCert},
		"either":                  {withCA + withOIDC, RequireAny, true, tls.VerifyClientCertIfGiven},
		"both":                    {withCA + strings.Replace(withOIDC, "{", "{require: both, ", 1), RequireBoth, true, tls.RequireAndVerifyClientCert},
		"bearer and a client CA":  {withCA + strings.Replace(withOIDC, "{", "{require: bearer, ", 1), RequireBearer, true, tls.VerifyClientCertIfGiven},
		"a proxy on this machine": {"server: {tls: {clientCAFile: ca}}\nauth: {proxies: [127.0.0.1/32]}\n", RequireCertificate, true, tls.NoClientCert},
		"by way of proxies":       {withCA + "auth: {proxies: [10.0.0.1/32]}\n", RequireCertificate, true, tls.VerifyClientCertIfGiven},
	} {
		t.Run(name, func(t *testing.T) {
			c := mustLoad(t, oneAdapter+tt.text)
			if c.Auth.Require != tt.require || c.Authenticated() != tt.authenticated || c.ClientAuth() != tt.clients {
				t.Errorf("got %s, authenticated %v, %v; want %s, %v, %v", c.Auth.Require, c.Authenticated(), c.ClientAuth(),
					tt.require, tt.authenticated, tt.clients)
			}
		})
	}
}

func TestAuthProblems(t *testing.T) {
	const makeOne = `"sha256:" and what "printf %s TOKEN | sha256sum" prints`
	const notAHash = "must be the token's hash, never the token itself: write " + makeOne
	token := func(fields string) string { return "auth: {tokens: [{user: u, " + fields + "}]}\n" }
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"no such demand":    {"auth: {require: none}\n", []string{"line 3: auth.require: must be one of any, certificate, bearer, both"}},
		"no client CA":      {"auth: {require: certificate}\n", []string{"line 3: auth.require: is certificate, and client certificates need server.tls.clientCAFile"}},
		"both without CA":   {"auth: {require: both, oidc: {issuer: \"https://a\", audiences: [b]}}\n", []string{"line 3: auth.require: is both, and client certificates need server.tls.clientCAFile"}},
		"no tokens":         {"auth: {require: bearer}\n", []string{"line 3: auth.require: is bearer, and bearer tokens need auth.oidc.issuer or auth.tokens"}},
		"both without them": {withCA + "auth: {require: both}\n", []string{"line 4: auth.require: is both, and bearer tokens need auth.oidc.issuer or auth.tokens"}},
		"tokens in vain": {withCA + "auth: {require: certificate, oidc: {issuer: \"https://a\", audiences: [b]}}\n", []string{
			"line 4: auth.require: is certificate, so that auth.oidc and auth.tokens count for nothing: set it to any or both, or leave them out"}},
		"one part for both": {"auth: {certificate: {userPart: 2, tenantPart: 2}}\n", []string{
			"line 3: auth.certificate: user and tenant are both part 2 of the name: they must be different parts"}},
		"one part by default": {"auth: {certificate: {source: san-uri, userPart: 1}}\n", []string{
			"line 3: auth.certificate: user and tenant are both part 1 of the name: they must be different parts"}},
		"odd source":      {"auth: {certificate: {source: email}}\n", []string{"line 3: auth.certificate.source: must be one of cn, san-dns, san-uri"}},
		"everyone":        {"auth: {proxies: [0.0.0.0/0]}\n", []string{"line 3: auth.proxies: has 0.0.0.0/0, which is everyone: name the proxies' own addresses"}},
		"no network":      {"auth: {proxies: [10.0.0.1]}\n", []string{`line 3: auth.proxies: must list networks, for example "10.0.0.0/8"`}},
		"no header":       {"auth: {proxyHeader: \"a b\"}\n", []string{"line 3: auth.proxyHeader: must be the name of a header: letters, digits and dashes"}},
		"no audience":     {"auth: {oidc: {issuer: \"https://a\"}}\n", []string{"auth.oidc.audiences: is missing: without it, tokens that are meant for others would count"}},
		"no issuer":       {"auth: {oidc: {audiences: [a]}}\n", []string{"line 3: auth.oidc: has settings and no issuer: set auth.oidc.issuer, or leave them out"}},
		"plain issuer":    {"auth: {oidc: {issuer: \"http://a\", audiences: [b]}}\n", []string{"line 3: auth.oidc.issuer: must be https: only on loopback is plain http enough"}},
		"no algorithm":    {"auth: {oidc: {issuer: \"https://a\", audiences: [b], algorithms: []}}\n", []string{"line 3: auth.oidc.algorithms: is empty: no signature would count"}},
		"HS256":           {"auth: {oidc: {algorithms: [HS256]}}\n", []string{"line 3: auth.oidc.algorithms: must be one of RS256, RS384, RS512, ES256, ES384, ES512, PS256, PS384, PS512, EdDSA"}},
		"a plain token":   {token("sha256: hunter2"), []string{"line 3: auth.tokens[0].sha256: " + notAHash}},
		"a token in hex":  {token("sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"), []string{"line 3: auth.tokens[0].sha256: " + notAHash}},
		"a short hash":    {token("sha256: \"sha256:9f86\""), []string{"line 3: auth.tokens[0].sha256: " + notAHash}},
		"no hash":         {token("tenant: a"), []string{"line 3: auth.tokens[0].sha256: is missing: write " + makeOne}},
		"hash of nothing": {token("sha256: \"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""), []string{"line 3: auth.tokens[0].sha256: is the hash of nothing: was the variable with the token empty?"}},
		"no user":         {"auth: {tokens: [{sha256: \"" + oneHash + "\"}]}\n", []string{"line 3: auth.tokens[0].user: is missing: whose token is it?"}},
		"odd names": {"auth: {tokens: [{user: \"a b\", tenant: A, sha256: \"" + oneHash + "\"}]}\n", []string{
			"line 3: auth.tokens[0].tenant: want 1 to 63 lower-case letters, digits and hyphens, with a letter or digit first and last",
			`line 3: auth.tokens[0].user: want 1 to 128 letters, digits and any of "-_.@+:|", with a letter or digit first`}},
		"one token for two": {"auth: {tokens: [{user: a, sha256: \"" + oneHash + "\"}, {user: b, sha256: \"" + oneHash + "\"}]}\n", []string{
			"line 3: auth.tokens[1].sha256: auth.tokens[0] has the same hash: every user needs a token of their own"}},
		"unknown key":   {token("sha256: \"" + oneHash + "\", token: x"), []string{"line 3: auth.tokens[0].token: unknown key: the keys here are user, tenant, sha256"}},
		"no list":       {"auth: {tokens: x}\n", []string{"line 3: auth.tokens: must be a list of tokens' hashes and users"}},
		"open tenancy":  {"tenancy: {enabled: true}\n", []string{"line 3: tenancy.enabled: needs callers who prove who they are: set server.tls.clientCAFile, auth.oidc.issuer or auth.tokens"}},
		"no tenant":     {token("sha256: \""+oneHash+"\"") + "tenancy: {enabled: true}\n", []string{"auth.tokens[0].tenant: is missing: with tenancy every user has a tenant; those who run the gateway have platform"}},
		"odd admin":     {withCA + "tenancy: {enabled: true, platformAdmins: [\"../root\"]}\n", []string{`line 4: tenancy.platformAdmins: must list users: want 1 to 128 letters, digits and any of "-_.@+:|", with a letter or digit first`}},
		"odd ownership": {"tenancy: {unlabelled: nobody}\n", []string{"line 3: tenancy.unlabelled: must be one of platform, shared"}},
	} {
		t.Run(name, func(t *testing.T) {
			wantProblems(t, oneAdapter+tt.text, tt.want)
		})
	}
}

func TestTenancyThatIsOffIsNoted(t *testing.T) {
	c := mustLoad(t, oneAdapter+"tenancy: {rolesFile: r.yaml, platformAdmins: [root]}\n")
	var notes []string
	for _, n := range c.Notes {
		notes = append(notes, n.String())
	}
	want := "tenancy.platformAdmins: has no effect while tenancy.enabled is false\n" +
		"tenancy.rolesFile: has no effect while tenancy.enabled is false"
	if got := strings.Join(notes, "\n"); got != want {
		t.Errorf("notes:\n got %s\nwant %s", got, want)
	}
}

func TestListenWithTokensAlone(t *testing.T) {
	const everywhere = "server: {listen: \":8443\", tls: {certFile: c, keyFile: k}}\n"
	mustLoad(t, oneAdapter+everywhere+withOIDC)
	mustLoad(t, oneAdapter+everywhere+"auth: {tokens: [{user: u, sha256: \""+oneHash+"\"}]}\n")
	for name, text := range map[string]string{
		"neither":          everywhere,
		"proxies, no TLS":  "server: {listen: \":8443\", tls: {clientCAFile: ca}}\nauth: {proxies: [10.0.0.1/32]}\n",
		"tokens, no TLS":   "server: {listen: \":8443\"}\n" + withOIDC,
		"an issuer is not": everywhere + "auth: {oidc: {rolesClaim: \"\"}}\n",
	} {
		if _, err := load(t, oneAdapter+text); err == nil || !strings.Contains(err.Error(), RefusedListen(":8443")) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// wantProblems loads what is wrong in just these ways. No problem shows a secret,
// which is hunter2.
func wantProblems(t *testing.T, text string, want []string) {
	t.Helper()
	_, err := load(t, text)
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want *Invalid", err)
	}
	var got []string
	for _, p := range invalid.Problems {
		got = append(got, p.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the secret is shown")
	}
}
