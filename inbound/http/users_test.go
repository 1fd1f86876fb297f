package httpserver_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
)

func TestUsersAreMadeReadChangedAndDeleted(t *testing.T) {
	g := newAdministration(t)
	users := alphaPath + "/users"
	shown := `{` + stamps + `,"disabled":false,"displayName":"Bob","email":"bob@alpha.example.com","roles":[],` +
		`"tenantId":"smo-alpha","updatedAt":"2026-01-31T12:00:00.005Z","userId":"bob"}`
	g.wantBody(g.do("POST", users, `{"userId":"bob","displayName":"Bob","email":"bob@alpha.example.com"}`), http.StatusCreated, shown)
	g.wantBody(g.get(users+"/bob"), http.StatusOK, shown)
	g.wantBody(g.do("PUT", users+"/bob", shown), http.StatusOK, shown)
	g.wantBody(g.do("PUT", users+"/bob", `{"disabled":true}`), http.StatusOK,
		`{`+stamps+`,"disabled":true,"roles":[],"tenantId":"smo-alpha","updatedAt":"2026-01-31T12:00:00.005Z","userId":"bob"}`)

	g.wantStatus(g.do("POST", users+"/alice/roleBindings", `{"role":"viewer"}`), http.StatusCreated)
	alice := `{` + stamps + `,"disabled":false,"displayName":"Alice","roles":["viewer"],` +
		`"tenantId":"smo-alpha","updatedAt":"2026-01-31T12:00:00.005Z","userId":"alice"}`
	a := g.get(users + "?limit=1")
	g.wantBody(a, http.StatusOK, `{"items":[`+alice+`]}`)
	if got, want := a.Header.Get("Link"), "<"+users+`?limit=1&after=alice>; rel="next"`; got != want {
		t.Errorf("Link %s, want %s", got, want)
	}
	g.wantBody(g.do("PUT", users+"/alice", `{"displayName":"Alice"}`), http.StatusOK, alice)
	g.wantBody(g.do("DELETE", users+"/bob", ""), http.StatusNoContent, "")
	g.wantBody(g.get(users), http.StatusOK, `{"items":[`+alice+`]}`)

	// Who may not read roles does without; the rest is there.
	g.known.unread = fmt.Errorf("%w: read on User", authz.ErrDenied)
	without := `{` + stamps + `,"disabled":false,"displayName":"Alice","tenantId":"smo-alpha","updatedAt":"2026-01-31T12:00:00.005Z","userId":"alice"}`
	g.wantBody(g.get(users), http.StatusOK, `{"items":[`+without+`]}`)
	g.wantBody(g.get(users+"/alice"), http.StatusOK, without)
	g.known.unread = tenancy.ErrNotFound // deleted meanwhile
	g.wantBody(g.get(users+"/alice"), http.StatusOK, without[:len(without)-len(`"tenantId":"smo-alpha","updatedAt":"2026-01-31T12:00:00.005Z","userId":"alice"}`)]+
		`"roles":[],"tenantId":"smo-alpha","updatedAt":"2026-01-31T12:00:00.005Z","userId":"alice"}`)
}

// What providers name users has characters that mean something in paths.
func TestUsersOfProviders(t *testing.T) {
	g := newAdministration(t)
	const id = "idp|a+b@x.example:7"
	for _, p := range []string{alphaPath, tenantsPath + "/platform"} {
		g.wantStatus(g.do("POST", p+"/users", `{"userId":"`+id+`"}`), http.StatusCreated)
		for _, escaped := range []string{"idp%7Ca+b@x.example:7", "idp%7ca%2Bb%40x.example%3a7"} {
			g.wantStatus(g.get(p+"/users/"+escaped), http.StatusOK)
		}
		g.wantStatus(g.do("POST", p+"/users", `{"userId":"zoe"}`), http.StatusCreated)
		a := g.get(p + "/users?limit=1&after=b")
		if want := "<" + p + `/users?limit=1&after=idp%7Ca%2Bb%40x.example%3A7>; rel="next"`; a.Header.Get("Link") != want {
			t.Errorf("Link %s, want %s", a.Header.Get("Link"), want)
		}
		g.wantStatus(g.get(p+"/users?limit=1&after=idp%7Ca%2Bb%40x.example%3A7"), http.StatusOK)
	}
}

func TestRolesAreBoundAndUnbound(t *testing.T) {
	g := newAdministration(t)
	bindings := alphaPath + "/users/alice/roleBindings"
	g.known.putRole("smo-alpha", "keeper", tenancy.RoleSpec{})
	g.wantBody(g.get(bindings), http.StatusOK, `{"items":[]}`)
	shown := func(role string) string {
		return `{` + stamps + `,"role":"` + role + `","tenantId":"smo-alpha","userId":"alice"}`
	}
	a := g.do("POST", bindings, `{"role":"viewer"}`)
	g.wantBody(a, http.StatusCreated, shown("viewer"))
	if got := a.Header.Get("Location"); got != bindings+"/viewer" {
		t.Errorf("Location %s", got)
	}
	g.wantStatus(g.do("POST", bindings+"/", `{"role":"keeper"}`), http.StatusCreated)
	g.wantStatus(g.do("POST", bindings, `{"role":"keeper"}`), http.StatusConflict)
	g.wantBody(g.get(bindings), http.StatusOK, `{"items":[`+shown("keeper")+`,`+shown("viewer")+`]}`)
	g.wantBody(g.do("DELETE", bindings+"/viewer", ""), http.StatusNoContent, "")
	g.wantStatus(g.do("DELETE", bindings+"/viewer", ""), http.StatusNotFound)
	g.wantBody(g.get(bindings), http.StatusOK, `{"items":[`+shown("keeper")+`]}`)
}
