package authn

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range list {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

func TestCertificatesThatProxiesPassOn(t *testing.T) {
	ca, foreign := newAuthority(t), newAuthority(t)
	alice, revoked := ca.client("alice.smo-alpha"), ca.client("bob.smo-alpha")
	below := ca.Below("between")
	between, carol := below.Cert, (&authority{below}).client("carol.smo-alpha")
	selfSigned := identitytest.NewAuthority(t, "root.platform").Cert
	tampered := append([]byte{}, alice.Raw...)
	tampered[len(tampered)-1] ^= 1
	config := Config{
		Tenancy: true, Proxies: prefixes("10.0.0.1/32", "fd00::/64"), Authorities: func() *x509.CertPool { return ca.Pool },
		Revoked: func(chain []*x509.Certificate) error {
			if chain[0].Equal(revoked) {
				return errors.New("it was revoked")
			}
			return nil
		},
		Verifier: provider{"bound": {User: "alice", Tenant: "smo-alpha", Thumbprint: thumbprint(alice)}},
	}
	const (
		proxy  = "10.0.0.1:4711"
		needs  = "this gateway needs a verified client certificate that names user and tenant, or a bearer token"
		of     = "the client certificate in the header Client-Cert "
		format = of + "is neither a byte sequence as RFC 9440 has it nor URL-encoded PEM"
	)
	for name, tt := range map[string]struct {
		from    string
		tls     *tls.ConnectionState
		headers []string
		want    string
	}{
		"as RFC 9440 has it":        {proxy, nil, []string{"Client-Cert", sequence(alice)}, "alice of smo-alpha []"},
		"as URL-encoded PEM":        {proxy, nil, []string{"Client-Cert", escaped(alice)}, "alice of smo-alpha []"},
		"from a network of proxies": {"[fd00::7]:1", nil, []string{"Client-Cert", sequence(alice)}, "alice of smo-alpha []"},
		"by IPv4 in IPv6":           {"[::ffff:10.0.0.1]:1", nil, []string{"Client-Cert", sequence(alice)}, "alice of smo-alpha []"},
		"with its authority":        {proxy, nil, []string{"Client-Cert", sequence(carol), "Client-Cert-Chain", sequence(between) + ", " + sequence(ca.Cert)}, "carol of smo-alpha []"},
		"with it in PEM":            {proxy, nil, []string{"Client-Cert", escaped(carol, between)}, "carol of smo-alpha []"},
		"without its authority":     {proxy, nil, []string{"Client-Cert", sequence(carol)}, of + "is of no authority that this gateway knows"},
		"its own beside it":         {proxy, verified(ca.client("ingress.platform")), []string{"Client-Cert", sequence(alice)}, "alice of smo-alpha []"},
		"its own alone":             {proxy, verified(ca.client("ingress.platform")), nil, needs},
		"its own, and empty":        {proxy, verified(ca.client("ingress.platform")), []string{"Client-Cert", ""}, needs},
		"from elsewhere":            {"10.0.0.2:4711", nil, []string{"Client-Cert", sequence(alice)}, needs},
		"from elsewhere, with another": {"10.0.0.2:4711", verified(alice), []string{"Client-Cert", sequence(ca.client("root.platform"))},
			"alice of smo-alpha []"},
		"from nowhere":         {"@", nil, []string{"Client-Cert", sequence(alice)}, needs},
		"said to be from it":   {"192.0.2.1:1", nil, []string{"Client-Cert", sequence(alice), "X-Forwarded-For", "10.0.0.1"}, needs},
		"in another header":    {proxy, nil, []string{"X-SSL-Client-Cert", escaped(alice)}, needs},
		"twice":                {proxy, nil, []string{"Client-Cert", sequence(alice), "Client-Cert", sequence(ca.client("root.platform"))}, of + "is there more than once"},
		"of another authority": {proxy, nil, []string{"Client-Cert", sequence(foreign.client("root.platform"))}, of + "is of no authority that this gateway knows"},
		"signed by itself":     {proxy, nil, []string{"Client-Cert", sequence(selfSigned)}, of + "is of no authority that this gateway knows"},
		"expired":              {proxy, nil, []string{"Client-Cert", sequence(ca.client("alice.smo-alpha", expired))}, of + "has expired or is not valid yet"},
		"a server's":           {proxy, nil, []string{"Client-Cert", sequence(ca.client("alice.smo-alpha", forServers))}, of + "is not for client authentication"},
		"revoked":              {proxy, nil, []string{"Client-Cert", sequence(revoked)}, "the client certificate is not accepted: it was revoked"},
		"a hostile name":       {proxy, nil, []string{"Client-Cert", sequence(ca.client("*.smo-alpha"))}, "the client certificate is refused: part 1 of its common name: " + badUser},
		"tampered with":        {proxy, nil, []string{"Client-Cert", ":" + base64.StdEncoding.EncodeToString(tampered) + ":"}, of + "is of no authority that this gateway knows"},
		"its authority's":      {proxy, nil, []string{"Client-Cert", sequence(ca.Cert)}, "the client certificate is refused: part 1 of its common name: " + badUser},
		"no base64":            {proxy, nil, []string{"Client-Cert", ":!:"}, format},
		"no end":               {proxy, nil, []string{"Client-Cert", strings.TrimSuffix(sequence(alice), ":")}, format},
		"no certificate":       {proxy, nil, []string{"Client-Cert", ":AAAA:"}, format},
		"a name":               {proxy, nil, []string{"Client-Cert", "CN=root.platform"}, format},
		"bad escapes":          {proxy, nil, []string{"Client-Cert", "%zz"}, format},
		"a key":                {proxy, nil, []string{"Client-Cert", strings.ReplaceAll(escaped(alice), "CERTIFICATE", "PRIVATE%20KEY")}, format},
		"nine of them":         {proxy, nil, []string{"Client-Cert", escaped(alice, alice, alice, alice, alice, alice, alice, alice, alice)}, format},
		"a bomb":               {proxy, nil, []string{"Client-Cert", ":" + strings.Repeat("A", maxRelayed) + ":"}, of + "is too long"},
		"a bound token":        {proxy, nil, []string{"Client-Cert", sequence(alice), "Authorization", "Bearer bound"}, "alice of smo-alpha []"},
		"a bound token, on the proxy's own": {proxy, verified(alice), []string{"Authorization", "Bearer bound"},
			"the bearer token is bound to a client certificate, and the connection has none that counts"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthenticator(t, config)
			for range 2 { // the second time from memory, if it is sound
				if got := answer(a.Identify(from(tt.from, request(tt.tls, tt.headers...)), "")); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
		})
	}
}

func TestTheProxyHeadersName(t *testing.T) {
	ca := newAuthority(t)
	alice := ca.client("alice.smo-alpha")
	config := Config{Tenancy: true, Proxies: prefixes("10.0.0.1/32"), ProxyHeader: "x-ssl-client-cert"}
	send := func(a *Authenticator, headers ...string) string {
		return answer(a.Identify(from("10.0.0.1:1", request(nil, headers...)), ""))
	}
	const of = "the client certificate in the header X-Ssl-Client-Cert "
	if got, want := send(newAuthenticator(t, config), "X-SSL-Client-Cert", escaped(alice)),
		of+"cannot be verified: this gateway has no authorities of client certificates"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	config.Authorities = func() *x509.CertPool { return ca.Pool }
	a := newAuthenticator(t, config)
	if got := send(a, "X-SSL-Client-Cert", escaped(alice)); got != "alice of smo-alpha []" {
		t.Errorf("got %q", got)
	}
	if got := send(a, "Client-Cert", sequence(alice)); got != "this gateway needs a verified client certificate that names user and tenant" {
		t.Errorf("got %q", got)
	}
}

// What was verified is not taken for true once the authorities have changed.
func TestNewAuthoritiesCountAtOnce(t *testing.T) {
	old, fresh := newAuthority(t), newAuthority(t)
	var pool atomic.Pointer[x509.CertPool]
	pool.Store(old.Pool)
	a := newAuthenticator(t, Config{Tenancy: true, Proxies: prefixes("10.0.0.1/32"), Authorities: pool.Load})
	r := from("10.0.0.1:1", request(nil, "Client-Cert", sequence(old.client("alice.smo-alpha"))))
	if got := answer(a.Identify(r, "")); got != "alice of smo-alpha []" {
		t.Errorf("got %q", got)
	}
	pool.Store(fresh.Pool)
	if got, want := answer(a.Identify(r, "")), "the client certificate in the header Client-Cert is of no authority that this gateway knows"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for range 2*maxKept + 1 {
		a.relayed.kept.put([32]byte{byte(len(a.relayed.kept.chains)), byte(len(a.relayed.kept.chains) >> 8)}, keptChains{})
	}
	if n := len(a.relayed.kept.chains); n > maxKept {
		t.Errorf("%d certificates are remembered", n)
	}
}

func TestAddress(t *testing.T) {
	a := newAuthenticator(t, Config{Proxies: prefixes("10.0.0.0/24", "fd00::/64")})
	long := strings.Repeat("10.0.0.9, ", 100) + "10.0.0.9"
	for _, tt := range []struct {
		name, from string
		forwarded  []string
		want       string
		remote     string // "" is as the connection has it
	}{
		{"direct", "192.0.2.1:1", nil, "192.0.2.1", ""},
		{"direct, with a claim", "192.0.2.1:1", []string{"127.0.0.1"}, "192.0.2.1", ""},
		{"by a proxy", "10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9", "203.0.113.9"},
		{"by a proxy, which tells nothing", "10.0.0.1:1", nil, "10.0.0.1", "10.0.0.1"},
		{"by two", "10.0.0.1:1", []string{"203.0.113.9, 10.0.0.2"}, "203.0.113.9", "203.0.113.9"},
		{"by two, in two headers", "10.0.0.1:1", []string{"203.0.113.9", "10.0.0.2"}, "203.0.113.9", "203.0.113.9"},
		{"with a claim in front", "10.0.0.1:1", []string{"127.0.0.1, 203.0.113.9"}, "203.0.113.9", "203.0.113.9"},
		{"with a claim in a header in front", "10.0.0.1:1", []string{"127.0.0.1", "203.0.113.9, 10.0.0.2"}, "203.0.113.9", "203.0.113.9"},
		{"with a claim of a proxy", "10.0.0.1:1", []string{"10.0.0.7, 203.0.113.9"}, "203.0.113.9", "203.0.113.9"},
		{"ports", "10.0.0.1:1", []string{"203.0.113.9:1234"}, "203.0.113.9", "203.0.113.9"},
		{"IPv6", "[fd00::1]:1", []string{"2001:db8::1"}, "2001:db8::1", "2001:db8::1"},
		{"IPv6 in brackets", "[fd00::1]:1", []string{"[2001:db8::1]"}, "2001:db8::1", "2001:db8::1"},
		{"IPv6 with a port", "[fd00::1]:1", []string{"[2001:db8::1]:443"}, "2001:db8::1", "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9", "203.0.113.9"},
		{"nonsense", "10.0.0.1:1", []string{"unknown"}, "10.0.0.1", "10.0.0.1"},
		{"nonsense behind", "10.0.0.1:1", []string{"203.0.113.9, unknown"}, "10.0.0.1", "10.0.0.1"},
		{"nonsense in front", "10.0.0.1:1", []string{"unknown, 10.0.0.3"}, "10.0.0.3", "10.0.0.3"},
		{"nothing between commas", "10.0.0.1:1", []string{"203.0.113.9,,"}, "10.0.0.1", "10.0.0.1"},
		{"proxies alone", "10.0.0.1:1", []string{"10.0.0.3"}, "10.0.0.3", "10.0.0.3"},
		{"a chain without end", "10.0.0.1:1", []string{long}, "10.0.0.9", "10.0.0.9"},
		{"a socket", "@", []string{"203.0.113.9"}, "invalid IP", ""},
	} {
		r := from(tt.from, request(nil))
		r.Header["X-Forwarded-For"] = tt.forwarded
		remote := tt.remote
		if remote == "" {
			remote = tt.from
		}
		if got := a.Address(r).String(); got != tt.want || a.Remote(r) != remote {
			t.Errorf("%s: got %s and %s, want %s and %s", tt.name, got, a.Remote(r), tt.want, remote)
		}
	}
	if got := newAuthenticator(t, Config{}).Address(from("10.0.0.1:1", request(nil, "X-Forwarded-For", "203.0.113.9"))).String(); got != "10.0.0.1" {
		t.Errorf("without proxies: got %s", got)
	}
}
