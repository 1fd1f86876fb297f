package httpserver_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/store"
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

// doorkeeper is a tenancy.Gate with one answer.
type doorkeeper struct{ err error }

func (d doorkeeper) Admit(scope.Scope) error { return d.err }

func TestOperationsTellDisabledUsersNothing(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"admitted", nil, http.StatusOK},
		{"disabled", fmt.Errorf("root: %w", tenancy.ErrNotAdmitted), http.StatusForbidden},
		{"nothing is known yet", store.ErrUnavailable, http.StatusOK},
	} {
		g := newGateway(t, site(1), func(c *httpserver.Config, d *httpserver.Dependencies) {
			c.AllowAnonymous, c.Identity.Tenancy = false, true
			d.Gate = doorkeeper{tt.err}
		})
		if a := g.getAs("root.platform", "/metrics"); a.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, a.StatusCode, tt.want)
		}
		if a := g.getAs("root.platform", "/readyz"); strings.Contains(a.body, "backends") != (tt.want == http.StatusOK) {
			t.Errorf("%s: told %s", tt.name, a.body)
		}
	}
}
