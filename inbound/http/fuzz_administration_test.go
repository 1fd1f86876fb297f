package httpserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/tenancy"
)

// Whatever an administrator sends: an answer that fits the document, never a 500,
// and a page's link leads to a page.
func FuzzAdministration(f *testing.F) {
	for _, seed := range []struct{ method, target, body string }{
		{"GET", tenantsPath + "?limit=1&after=a", ""},
		{"POST", tenantsPath, `{"tenantId":"smo-gamma","settings":{"a":"b"},"quotas":{"maxCpuCores":0.125,"maxResources":1e3}}`},
		{"PUT", alphaPath, `{"status":"suspended","name":"\u00e4","quotas":{"maxMemoryGb":999999999.999}}`},
		{"PUT", alphaPath + "/quotas", `{"maxResources":9223372036854775808,"maxStorageGb":1e-400}`},
		{"DELETE", alphaPath + "/quotas", ``},
		{"GET", tenantsPath + "/platform/quotas", ``},
		{"POST", alphaPath + "/users", `{"userId":"idp|a+b@x:7","disabled":true}`},
		{"GET", alphaPath + "/users?after=idp%7Ca%2Bb&limit=1", ``},
		{"PUT", alphaPath + "/users/al%69ce", `{"roles":["owner"],"userId":"alice"}`},
		{"POST", alphaPath + "/users/alice/roleBindings", `{"role":"viewer"}`},
		{"DELETE", alphaPath + "/users/alice/roleBindings/%2e%2e", ``},
		{"POST", rolesPath, `{"name":"r","tenantId":"*","permissions":[{"resource":"*","action":"manage","scope":"all"}]}`},
		{"PUT", rolesPath + "/viewer?tenantId=%2A", `{"permissions":[]}`},
		{"GET", rolesPath + "?tenantId=smo-alpha&limit=1&after=a", ``},
		{"GET", auditPath + "?from=2026-01-31T00:00:00Z&until=9999-01-01T00:00:00Z&result=denied&action=list&limit=1&after=%00%26", ``},
	} {
		f.Add(seed.method, seed.target, seed.body)
	}
	shared := newGateway(f, site(0))
	f.Fuzz(func(t *testing.T, method, target, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || strings.ContainsAny(method, " \r\n") || method == "" {
			return // net/http refuses this before any handler
		}
		g := *shared
		g.t = t
		g.populate()
		g.known.putTenant("smo-beta", tenancy.TenantSpec{Status: o2.TenantActive})
		g.known.putUser("smo-alpha", "bob", tenancy.UserSpec{})
		g.audit.entries, g.audit.next = []auditlog.Entry{{ID: "w/1", Result: auditlog.Success}}, target
		a := g.sendAs(method, target, u, body)
		next, linked := strings.CutPrefix(a.Header.Get("Link"), "<")
		if !linked || len(target) > maxPlace/3 { // an escape is three bytes
			return
		}
		next, _, _ = strings.Cut(next, ">")
		if u, err = url.ParseRequestURI(next); err != nil {
			t.Fatalf("Link %q: %v", a.Header.Get("Link"), err)
		}
		if a := g.sendAs(method, next, u, ""); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", next, a.StatusCode, a.body)
		}
	})
}

// maxPlace bounds where a page of the audit log may begin, in bytes.
const maxPlace = 512

func (g *gateway) sendAs(method, target string, u *url.URL, body string) answer {
	g.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost/", strings.NewReader(body))
	r.Method, r.URL, r.RequestURI = method, u, target
	r.Header.Set("Content-Type", "application/json")
	a := g.send(r)
	if a.StatusCode >= http.StatusInternalServerError {
		g.t.Errorf("%s %s: %d %s", method, target, a.StatusCode, a.body)
	}
	return a
}
