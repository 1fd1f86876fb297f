package httpserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/tenancy"
)

const (
	tenantsPath = "/admin/v1/tenants"
	alphaPath   = tenantsPath + "/smo-alpha"
	stamps      = `"createdAt":"2026-01-31T12:00:00.005Z","createdBy":"root.platform"`
)

// newAdministration is a gateway of two tenants, of which smo-alpha has a user.
func newAdministration(t testing.TB, options ...option) *gateway {
	t.Helper()
	g := newGateway(t, site(0), options...)
	g.known.putTenant("smo-alpha", tenancy.TenantSpec{Name: "Alpha", Status: o2.TenantActive})
	g.known.putTenant("smo-beta", tenancy.TenantSpec{Name: "Beta", Status: o2.TenantSuspended})
	g.known.putUser("smo-alpha", "alice", tenancy.UserSpec{DisplayName: "Alice"})
	return g
}

// wantBody holds an answer against a status and a body.
func (g *gateway) wantBody(a answer, status int, body string) {
	g.t.Helper()
	if a.StatusCode != status || a.body != body {
		g.t.Errorf("got  %d %s\nwant %d %s", a.StatusCode, a.body, status, body)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		g.t.Errorf("%v", a.Header)
	}
}

func TestTenantsAreMadeReadChangedAndDeleted(t *testing.T) {
	g := newGateway(t, site(0))
	full := `{"tenantId":"smo-gamma","name":"Gamma","displayName":"SMO Gamma","organization":"Gamma Ltd","contactEmail":"noc@gamma.example.com",` +
		`"settings":{"tier":"gold"},"quotas":{"maxResources":0,"maxCpuCores":12.5,"maxMemoryGb":0.125,"maxStorageGb":1000000000}}`
	a := g.do("POST", tenantsPath, full)
	shown := `{"contactEmail":"noc@gamma.example.com",` + stamps + `,"displayName":"SMO Gamma","name":"Gamma","organization":"Gamma Ltd",` +
		`"quotas":{"maxCpuCores":12.5,"maxMemoryGb":0.125,"maxResources":0,"maxStorageGb":1000000000},"settings":{"tier":"gold"},` +
		`"status":"active","tenantId":"smo-gamma","updatedAt":"2026-01-31T12:00:00.005Z"}`
	g.wantBody(a, http.StatusCreated, shown)
	if got := a.Header.Get("Location"); got != tenantsPath+"/smo-gamma" {
		t.Errorf("Location %s", got)
	}
	if got, want := *g.known.tenants["smo-gamma"].Quotas, (o2.Quotas{
		ResourcePools: o2.Unlimited, Resources: 0, Subscriptions: o2.Unlimited,
		CPUMillis: 12500, MemoryBytes: 1 << 27, StorageBytes: 1_000_000_000 << 30,
	}); got != want {
		t.Errorf("quotas %+v, want %+v", got, want)
	}
	g.wantBody(g.get(a.Header.Get("Location")+"/"), http.StatusOK, shown)
	// What was read may be sent back.
	g.wantBody(g.do("PUT", tenantsPath+"/smo-gamma", shown), http.StatusOK, shown)
	const quotas = `"quotas":{"maxCpuCores":12.5,"maxMemoryGb":0.125,"maxResources":0,"maxStorageGb":1000000000},`
	g.wantBody(g.do("PUT", tenantsPath+"/smo-gamma", `{"status":"suspended"}`), http.StatusOK,
		`{`+stamps+`,"name":"Gamma",`+quotas+`"status":"suspended","tenantId":"smo-gamma","updatedAt":"2026-01-31T12:00:00.005Z"}`)
	g.wantBody(g.do("PUT", tenantsPath+"/smo-gamma", `{"name":"G","quotas":{}}`), http.StatusOK,
		`{`+stamps+`,"name":"G","quotas":{},"status":"suspended","tenantId":"smo-gamma","updatedAt":"2026-01-31T12:00:00.005Z"}`)
	g.wantBody(g.do("POST", tenantsPath, `{"name":"smo-delta"}`), http.StatusCreated,
		`{`+stamps+`,"name":"smo-delta","status":"active","tenantId":"smo-delta","updatedAt":"2026-01-31T12:00:00.005Z"}`)
	g.wantBody(g.do("DELETE", tenantsPath+"/smo-gamma", ""), http.StatusNoContent, "")
	g.wantStatus(g.get(tenantsPath+"/smo-gamma"), http.StatusNotFound)
}

func TestTenantsAreListedInPages(t *testing.T) {
	g := newAdministration(t)
	for n := range 3 {
		g.known.putTenant(fmt.Sprintf("t%d", n), tenancy.TenantSpec{Status: o2.TenantActive})
	}
	var seen []string
	pages := 0
	for path := tenantsPath + "?limit=2"; path != ""; pages++ {
		a := g.get(path)
		g.wantStatus(a, http.StatusOK)
		for part := range strings.SplitSeq(a.body, `"tenantId":"`) {
			if id, _, ok := strings.Cut(part, `","updatedAt"`); ok {
				seen = append(seen, id)
			}
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(a.Header.Get("Link"), "<"), ">")
	}
	if got := strings.Join(seen, " "); got != "smo-alpha smo-beta t0 t1 t2" || pages != 3 {
		t.Errorf("%s in %d pages", got, pages)
	}
	g.known.reach = scope.ReachTenant // of the tenant "default", which is not there
	g.wantBody(g.get(tenantsPath), http.StatusOK, `{"items":[]}`)
	g.wantStatus(g.get(alphaPath), http.StatusNotFound)
}

func TestLocationsAreAbsoluteWithAnExternalURL(t *testing.T) {
	g := newAdministration(t, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = "https://o2.example.com/gw/" })
	for _, tt := range []struct{ path, body, location string }{
		{tenantsPath, `{"tenantId":"t"}`, tenantsPath + "/t"},
		{alphaPath + "/users", `{"userId":"idp|a+b@x.example"}`, alphaPath + "/users/idp%7Ca+b@x.example"},
		{alphaPath + "/users/alice/roleBindings", `{"role":"viewer"}`, alphaPath + "/users/alice/roleBindings/viewer"},
		{rolesPath, `{"name":"keeper","tenantId":"smo-alpha","permissions":[]}`, rolesPath + "/keeper?tenantId=smo-alpha"},
		{rolesPath, `{"name":"all","tenantId":"*","permissions":[]}`, rolesPath + "/all?tenantId=%2A"},
	} {
		a := g.do("POST", tt.path, tt.body)
		g.wantStatus(a, http.StatusCreated)
		if got, want := a.Header.Get("Location"), "https://o2.example.com/gw"+tt.location; got != want {
			t.Errorf("Location %s, want %s", got, want)
		}
		if strings.Contains(tt.location, "roleBindings") {
			continue // it is in its user's list
		}
		g.wantBody(g.get(tt.location), http.StatusOK, a.body)
	}
	if got, want := g.get(tenantsPath+"?limit=1").Header.Get("Link"), "<https://o2.example.com/gw"+tenantsPath+`?limit=1&after=smo-alpha>; rel="next"`; got != want {
		t.Errorf("Link %s, want %s", got, want)
	}
}
