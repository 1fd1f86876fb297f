package httpserver_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/tenancy"
)

// getAs asks as the holder of a verified certificate with that common name.
func (g *gateway) getAs(name, path string) answer {
	r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{
		{Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)},
	}}}
	return g.send(r)
}

// Where tenants are told apart, how the gateway stands is no tenant's business:
// its metrics have the names of other tenants in them.
func TestOperationsTellTenantsNothing(t *testing.T) {
	s := site(1)
	g := newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.AllowAnonymous, c.Identity.Tenancy = false, true
	})
	const tenant, platform = "alice.smo-alpha", "root.platform"
	for _, path := range []string{"/version", "/metrics"} {
		g.wantStatus(g.get(path), http.StatusUnauthorized)
		g.wantStatus(g.getAs(tenant, path), http.StatusForbidden)
		g.wantStatus(g.getAs(platform, path), http.StatusOK)
	}
	for _, ready := range []bool{true, false} {
		s.ready = ready
		status := http.StatusOK
		if !ready {
			status = http.StatusServiceUnavailable
		}
		for who, a := range map[string]answer{"nobody": g.get("/readyz"), tenant: g.getAs(tenant, "/readyz")} {
			g.wantStatus(a, status)
			if strings.Contains(a.body, "cluster-a") || strings.Contains(a.body, "backends") {
				t.Errorf("%s is told %s", who, a.body)
			}
		}
		a := g.getAs(platform, "/readyz")
		g.wantStatus(a, status)
		if !strings.Contains(a.body, "cluster-a") {
			t.Errorf("the platform is told %s", a.body)
		}
	}
	g.wantStatus(g.get("/healthz"), http.StatusOK)
}

// bouncer is a tenancy.Gate that admits everyone but one.
type bouncer string

func (b bouncer) Admit(sc scope.Scope) error {
	if sc.User() == string(b) {
		return tenancy.ErrNotAdmitted
	}
	return nil
}

// TestOperationsTellTheDisabledNothing, who were the platform's users and still have
// a certificate.
func TestOperationsTellTheDisabledNothing(t *testing.T) {
	g := newGateway(t, site(1), func(c *httpserver.Config, d *httpserver.Dependencies) {
		c.AllowAnonymous, c.Identity.Tenancy, d.Gate = false, true, bouncer("mallory")
	})
	for _, path := range []string{"/version", "/metrics"} {
		g.wantStatus(g.getAs("mallory.platform", path), http.StatusForbidden)
		g.wantStatus(g.getAs("root.platform", path), http.StatusOK)
	}
	if a := g.getAs("mallory.platform", "/readyz"); strings.Contains(a.body, "backends") {
		t.Errorf("who is not admitted is told %s", a.body)
	}
}
