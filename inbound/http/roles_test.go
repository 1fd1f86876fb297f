package httpserver_test

import (
	"net/http"
	"testing"

	"github.com/netweave/netweave/ports/tenancy"
)

const rolesPath = "/admin/v1/roles"

func TestRolesAreMadeReadChangedAndDeleted(t *testing.T) {
	g := newAdministration(t)
	const keeper = `{"createdAt":"2026-01-31T12:00:00.005Z","createdBy":"root.platform","description":"Keeps","name":"keeper",` +
		`"permissions":[{"action":"manage","resource":"ResourcePool","scope":"tenant"},{"action":"read","resource":"*","scope":"shared"}],` +
		`"source":"store","system":false,"tenantId":"smo-alpha","updatedAt":"2026-01-31T12:00:00.005Z"}`
	const viewer = `{"name":"viewer","permissions":[{"action":"read","resource":"*","scope":"tenant"}],"source":"builtin","system":false}`
	a := g.do("POST", rolesPath, `{"name":"keeper","tenantId":"smo-alpha","description":"Keeps","permissions":[`+
		`{"resource":"ResourcePool","action":"manage","scope":"tenant"},{"resource":"*","action":"read","scope":"shared"}]}`)
	g.wantBody(a, http.StatusCreated, keeper)
	g.wantBody(g.get(a.Header.Get("Location")), http.StatusOK, keeper)
	g.wantBody(g.get(rolesPath+"?tenantId=smo-alpha"), http.StatusOK, `{"items":[`+keeper+`,`+viewer+`]}`)
	a = g.get(rolesPath + "?tenantId=smo-alpha&limit=1")
	g.wantBody(a, http.StatusOK, `{"items":[`+keeper+`]}`)
	if got, want := a.Header.Get("Link"), "<"+rolesPath+`?tenantId=smo-alpha&limit=1&after=keeper>; rel="next"`; got != want {
		t.Errorf("Link %s, want %s", got, want)
	}
	g.wantBody(g.get(rolesPath), http.StatusOK, `{"items":[`+viewer+`]}`) // the caller's own tenant has none
	g.wantBody(g.get(rolesPath+"/viewer?tenantId=*"), http.StatusOK, viewer)
	// What was read may be sent back.
	g.wantBody(g.do("PUT", rolesPath+"/keeper?tenantId=smo-alpha", keeper), http.StatusOK, keeper)
	g.wantBody(g.do("PUT", rolesPath+"/keeper?tenantId=smo-alpha", `{"permissions":[]}`), http.StatusOK,
		`{"createdAt":"2026-01-31T12:00:00.005Z","createdBy":"root.platform","name":"keeper","permissions":[],`+
			`"source":"store","system":false,"tenantId":"smo-alpha","updatedAt":"2026-01-31T12:00:00.005Z"}`)
	g.wantBody(g.do("DELETE", rolesPath+"/keeper?tenantId=smo-alpha", ""), http.StatusNoContent, "")
	g.wantStatus(g.get(rolesPath+"/keeper?tenantId=smo-alpha"), http.StatusNotFound)
}

func TestARoleOfTheCallersOwnTenant(t *testing.T) {
	g := newAdministration(t)
	a := g.do("POST", rolesPath, `{"name":"keeper","permissions":[]}`)
	g.wantStatus(a, http.StatusCreated)
	if got := a.Header.Get("Location"); got != rolesPath+"/keeper?tenantId=default" {
		t.Errorf("Location %s", got)
	}
	g.wantBody(g.get(rolesPath+"/keeper"), http.StatusOK, a.body)
	g.wantBody(g.do("PUT", rolesPath+"/keeper", a.body), http.StatusOK, a.body)
	g.wantBody(g.do("DELETE", rolesPath+"/keeper", ""), http.StatusNoContent, "")
}

func TestRolesThatStay(t *testing.T) {
	g := newAdministration(t)
	for _, method := range []string{"PUT", "DELETE"} {
		a := g.do(method, rolesPath+"/viewer?tenantId=%2A", `{"permissions":[]}`)
		if want := "the role viewer is built in: it cannot be changed here"; a.StatusCode != http.StatusForbidden || a.detail(t) != want {
			t.Errorf("%s: %d %s", method, a.StatusCode, a.body)
		}
	}
	g.known.putRole("smo-alpha", "keeper", tenancy.RoleSpec{})
	g.wantStatus(g.do("POST", alphaPath+"/users/alice/roleBindings", `{"role":"keeper"}`), http.StatusCreated)
	a := g.do("DELETE", rolesPath+"/keeper?tenantId=smo-alpha", "")
	if want := "the role keeper is in use: the user alice has it"; a.StatusCode != http.StatusConflict || a.detail(t) != want {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
