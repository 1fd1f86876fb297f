package authn

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net/url"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

const (
	badUser   = `want 1 to 128 letters, digits and any of "-_.@+:|", with a letter or digit first`
	badTenant = "want 1 to 63 lower-case letters, digits and hyphens, with a letter or digit first and last"
)

func TestNamesInCertificates(t *testing.T) {
	cn := func(name string) *x509.Certificate { return &x509.Certificate{Subject: pkix.Name{CommonName: name}} }
	dns := func(names ...string) *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: "eve.platform"}, DNSNames: names}
	}
	uri := func(uris ...string) *x509.Certificate {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: "eve.platform"}, DNSNames: []string{"eve.platform"}}
		for _, text := range uris {
			u, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			c.URIs = append(c.URIs, u)
		}
		return c
	}
	const needs = `its common name needs a part 1 for the user and a part 2 for the tenant, with "." between parts`
	const noURI = "its URI is not of the form spiffe://domain/tenant/user"
	for name, tt := range map[string]struct {
		names Names
		cert  *x509.Certificate
		want  string // user and tenant, or the error
	}{
		"user and tenant":            {Names{}, cn("alice.smo-alpha"), "alice smo-alpha"},
		"as the architecture has it": {Names{}, cn("alice.smo-alpha.o2ims.example.com"), "alice smo-alpha"},
		"odd but sound":              {Names{}, cn("Alice_1+x@y|z.0-1"), "Alice_1+x@y|z 0-1"},
		"other positions":            {Names{UserPart: 3, TenantPart: 1}, cn("smo-alpha.x.alice"), "alice smo-alpha"},
		"empty":                      {Names{}, cn(""), "part 1 of its common name: " + badUser},
		"one part":                   {Names{}, cn("alice"), needs},
		"one part and a dot":         {Names{}, cn("alice."), "part 2 of its common name: " + badUser},
		"no user":                    {Names{}, cn(".smo-alpha"), "part 1 of its common name: " + badUser},
		"two dots":                   {Names{}, cn("alice..smo-alpha"), "part 2 of its common name: " + badUser},
		"a dot at the end":           {Names{}, cn("alice.smo-alpha."), "part 3 of its common name: " + badUser},
		"up the path":                {Names{}, cn("../../platform.platform"), "part 1 of its common name: " + badUser},
		"a slash":                    {Names{}, cn("a/b.smo-alpha"), "part 1 of its common name: " + badUser},
		"a slash behind":             {Names{}, cn("alice.smo-alpha.x/../y"), "part 3 of its common name: " + badUser},
		"everyone":                   {Names{}, cn("*.smo-alpha"), "part 1 of its common name: " + badUser},
		"the shared owner":           {Names{}, cn("alice.*"), "part 2 of its common name: " + badUser},
		"a control character":        {Names{}, cn("ali\x00ce.smo-alpha"), "part 1 of its common name: " + badUser},
		"a line more":                {Names{}, cn("alice.smo-alpha\nroot.platform"), "part 2 of its common name: " + badUser},
		"a space":                    {Names{}, cn("alice.smo-alpha "), "part 2 of its common name: " + badUser},
		"upper case":                 {Names{}, cn("alice.SMO-alpha"), "the tenant in its common name: " + badTenant},
		"the platform in upper case": {Names{}, cn("alice.Platform"), "the tenant in its common name: " + badTenant},
		"a Cyrillic a":               {Names{}, cn("alice.smo-аlpha"), "part 2 of its common name: " + badUser},
		"a full-width dot":           {Names{}, cn("alice．smo-alpha"), "part 1 of its common name: " + badUser},
		"no UTF-8":                   {Names{}, cn("alice.smo-\xff"), "part 2 of its common name: " + badUser},
		"a tenant in 64 bytes":       {Names{}, cn("alice." + strings.Repeat("a", 64)), "the tenant in its common name: " + badTenant},
		"a user in 129 bytes":        {Names{}, cn(strings.Repeat("a", 129) + ".smo-alpha"), "part 1 of its common name: " + badUser},
		"very long":                  {Names{}, cn("a.b" + strings.Repeat(".c", 200)), "its common name is longer than 253 bytes"},
		"a tenant of underscores":    {Names{}, cn("alice.smo_alpha"), "the tenant in its common name: " + badTenant},
		"a hyphen in front":          {Names{}, cn("alice.-smo"), "part 2 of its common name: " + badUser},
		"positions that are not there": {Names{UserPart: 1, TenantPart: 4}, cn("a.b.c"),
			`its common name needs a part 1 for the user and a part 4 for the tenant, with "." between parts`},
		"two common names": {Names{}, &x509.Certificate{Subject: pkix.Name{CommonName: "root.platform", Names: []pkix.AttributeTypeAndValue{
			{Type: oidCommonName, Value: "alice.smo-alpha"}, {Type: oidCommonName, Value: "root.platform"}}}},
			"its subject has 2 common names, and one has to name user and tenant"},
		"a DNS name":            {Names{Source: SourceDNS}, dns("alice.smo-alpha.example.com"), "alice smo-alpha"},
		"no DNS name":           {Names{Source: SourceDNS}, dns(), "it has 0 DNS names, and one has to name user and tenant"},
		"two DNS names":         {Names{Source: SourceDNS}, dns("alice.smo-alpha", "root.platform"), "it has 2 DNS names, and one has to name user and tenant"},
		"a wildcard":            {Names{Source: SourceDNS}, dns("*.smo-alpha"), "part 1 of its DNS name: " + badUser},
		"a SPIFFE id":           {Names{Source: SourceURI}, uri("spiffe://o2.example/smo-alpha/alice"), "alice smo-alpha"},
		"with more behind":      {Names{Source: SourceURI}, uri("spiffe://o2.example/smo-alpha/alice.b/x"), "alice.b smo-alpha"},
		"other parts of it":     {Names{Source: SourceURI, UserPart: 4, TenantPart: 2}, uri("spiffe://d/ns/smo-alpha/sa/alice"), "alice smo-alpha"},
		"no URI":                {Names{Source: SourceURI}, uri(), "it has 0 URIs, and one has to name user and tenant"},
		"two URIs":              {Names{Source: SourceURI}, uri("spiffe://d/a/b", "spiffe://d/platform/root"), "it has 2 URIs, and one has to name user and tenant"},
		"another scheme":        {Names{Source: SourceURI}, uri("https://d/smo-alpha/alice"), noURI},
		"no domain":             {Names{Source: SourceURI}, uri("spiffe:///smo-alpha/alice"), noURI},
		"no path":               {Names{Source: SourceURI}, uri("spiffe://d"), noURI},
		"opaque":                {Names{Source: SourceURI}, uri("spiffe:smo-alpha/alice"), noURI},
		"a query":               {Names{Source: SourceURI}, uri("spiffe://d/smo-alpha/alice?x"), noURI},
		"a fragment":            {Names{Source: SourceURI}, uri("spiffe://d/smo-alpha/alice#x"), noURI},
		"a port":                {Names{Source: SourceURI}, uri("spiffe://d:1/smo-alpha/alice"), noURI},
		"a user of the domain":  {Names{Source: SourceURI}, uri("spiffe://u@d/smo-alpha/alice"), noURI},
		"an escaped slash":      {Names{Source: SourceURI}, uri("spiffe://d/smo-alpha/a%2Fb"), noURI},
		"an escaped letter":     {Names{Source: SourceURI}, uri("spiffe://d/smo-alph%61/alice"), noURI},
		"an empty part":         {Names{Source: SourceURI}, uri("spiffe://d//alice"), "part 1 of its URI's path: " + badUser},
		"up the path of a URI":  {Names{Source: SourceURI}, uri("spiffe://d/../platform/root"), "part 1 of its URI's path: " + badUser},
		"tenant in upper case":  {Names{Source: SourceURI}, uri("spiffe://d/Smo/alice"), "the tenant in its URI's path: " + badTenant},
		"a dot in the tenant":   {Names{Source: SourceURI}, uri("spiffe://d/smo.alpha/alice"), "the tenant in its URI's path: " + badTenant},
		"one part of a URI":     {Names{Source: SourceURI}, uri("spiffe://d/smo-alpha"), `its URI's path needs a part 2 for the user and a part 1 for the tenant, with "/" between parts`},
		"a slash at a URIs end": {Names{Source: SourceURI}, uri("spiffe://d/smo-alpha/alice/"), "part 3 of its URI's path: " + badUser},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := tt.names.read(tt.cert)
			got := p.user + " " + p.tenant
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNamesThatCannotBe(t *testing.T) {
	for _, n := range []Names{{Source: "email"}, {UserPart: 2}, {TenantPart: 1}, {UserPart: -1}, {Source: SourceURI, UserPart: 1}} {
		if _, err := New(Config{Names: n}); err == nil {
			t.Errorf("%+v was accepted", n)
		}
	}
	if _, err := New(Config{Require: "nothing"}); err == nil || err.Error() != `authentication: there is no demand "nothing"` {
		t.Errorf("got %v", err)
	}
}

// Whatever a certificate has as its name: what comes out can be a tenant's user.
func FuzzCommonName(f *testing.F) {
	for _, seed := range []string{"alice.smo-alpha", "a..b", "*.x", "root.platform.x", "\x00.a", "a.b.c/d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		p, err := Names{}.read(&x509.Certificate{Subject: pkix.Name{CommonName: name}})
		if err != nil {
			return
		}
		if o2.CheckUserID(p.user) != nil || o2.CheckTenantID(p.tenant) != nil || strings.ContainsAny(p.user, "./") ||
			!strings.HasPrefix(name+".", p.user+"."+p.tenant+".") {
			t.Errorf("%q became %q of %q", name, p.user, p.tenant)
		}
	})
}
