package httpserver_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	labels = "want 1 to 63 lower-case letters, digits and hyphens, with a letter or digit first and last"
	owners = `want a tenant's id, "*" for every tenant's, or "platform"`
)

// A 400 comes before a 404: ids in the path are not looked at yet.
func TestBadAdministration(t *testing.T) {
	g := newFullAdministration(t)
	for _, tt := range []struct{ method, path, body, detail string }{
		{"GET", tenantsPath + "?limit=10001", "", "limit: want a number from 1 to 10000"},
		{"GET", tenantsPath + "?after=A", "", "after: " + labels},
		{"GET", tenantsPath + "?after=a&after=b", "", "after: it is given more than once"},
		{"GET", tenantsPath + "?filter=x", "", "filter: unknown parameter; known are after, limit"},
		{"GET", tenantsPath + "/-?x=1", "", "x: unknown parameter; this request takes none"},
		{"GET", tenantsPath + "/-/users?after=%7C", "", `after: want 1 to 128 letters, digits and any of "-_.@+:|", with a letter or digit first`},
		{"GET", rolesPath + "?after=", "", "after: " + labels},
		{"GET", rolesPath + "?tenantId=", "", "tenantId: " + owners},
		{"GET", rolesPath + "/-?tenantId=**", "", "tenantId: " + owners},
		{"DELETE", rolesPath + "/-?tenantId=A", "", "tenantId: " + owners},
		{"PUT", rolesPath + "/-?tenantId=A", "{}", "tenantId: " + owners},
		{"DELETE", rolesPath + "/-?tenantid=a", "", "tenantid: unknown parameter; known are tenantId"},
		{"DELETE", tenantsPath + "/-?force", "", "force: unknown parameter; this request takes none"},

		{"POST", tenantsPath, ``, "the body is empty: send a JSON object"},
		{"POST", tenantsPath, `[]`, "the body must be an object"},
		{"POST", tenantsPath, `{}`, "tenantId is not valid: " + labels},
		{"POST", tenantsPath, `{"tenantId":"A"}`, "tenantId is not valid: " + labels},
		{"POST", tenantsPath, `{"tenantId":"a","tenantId":"b"}`, "tenantId is given twice"},
		{"POST", tenantsPath, `{"tenantId":"a","status":"active"}`, "status is unknown; known are contactEmail, displayName, name, organization, quotas, settings, tenantId"},
		{"POST", tenantsPath, `{"tenantId":"a","settings":{"a":1}}`, "settings/a must be a string"},
		{"POST", tenantsPath, `{"tenantId":"a","quotas":{"maxCpuCores":0.0001}}`, "quotas/maxCpuCores has more than three decimals"},
		{"POST", tenantsPath, `{"tenantId":"a","quotas":null}`, "quotas must not be null"},
		{"PUT", tenantsPath + "/-", `{"status":"deleted"}`, `status: value is not one of the allowed values ["active","suspended"]`},
		{"PUT", tenantsPath + "/-", `{"tenantId":"smo-alpha"}`, "tenantId differs from what the request names; leave it out"},
		{"PUT", tenantsPath + "/-/quotas", `{"maxResources":1.5}`, "maxResources must be an integer"},
		{"PUT", tenantsPath + "/-/quotas", `{"maxResources":-1}`, "maxResources: number must be at least 0"},
		{"PUT", tenantsPath + "/-/quotas", `{"maxStorageGb":1e10}`, "maxStorageGb: number must be at most 1e+09"},
		{"PUT", tenantsPath + "/-/quotas", `{"maxStorageGb":1e9999}`, "maxStorageGb cannot convert json.Number to float64"},
		{"PUT", tenantsPath + "/-/quotas", `{"maxMemoryGb":1e-9}`, "maxMemoryGb has more than three decimals"},
		{"PUT", tenantsPath + "/-/quotas", `{"max":1}`, "max is unknown; known are maxCpuCores, maxMemoryGb, maxResourcePools, maxResources, maxStorageGb, maxSubscriptions"},
		{"POST", tenantsPath + "/-/users", `{}`, "userId is missing"},
		{"POST", alphaPath + "/users", `{"userId":" a"}`, `userId is not valid: want 1 to 128 letters, digits and any of "-_.@+:|", with a letter or digit first`},
		{"POST", tenantsPath + "/-/users", `{"userId":"a","roles":["owner"]}`, "roles is unknown; known are disabled, displayName, email, userId"},
		{"PUT", alphaPath + "/users/-", `{"userId":"alice"}`, "userId differs from what the request names; leave it out"},
		{"PUT", tenantsPath + "/-/users/alice", `{"tenantId":"smo-beta"}`, "tenantId differs from what the request names; leave it out"},
		{"POST", alphaPath + "/users/-/roleBindings", `{"role":"Owner"}`, "role cannot be a role's name: " + labels},
		{"POST", alphaPath + "/users/alice/roleBindings", `{"role":"nobody"}`, "role names no role that users of this tenant can have"},
		{"POST", rolesPath, `{"name":"r","tenantId":"A","permissions":[]}`, "tenantId " + owners},
		{"POST", rolesPath, `{"name":"R","permissions":[]}`, "name is not valid: " + labels},
		{"POST", rolesPath, `{"name":"r","permissions":[{"resource":"Resource","action":"own","scope":"tenant"}]}`,
			`permissions/0/action: value is not one of the allowed values ["list","read","create","update","delete","manage"]`},
		{"POST", rolesPath, `{"name":"r","system":true,"permissions":[]}`, "system is unknown; known are description, name, permissions, tenantId"},
		{"PUT", rolesPath + "/-?tenantId=smo-alpha", `{"name":"keeper","permissions":[]}`, "name differs from what the request names; leave it out"},
		{"PUT", rolesPath + "/keeper?tenantId=smo-alpha", `{"tenantId":"smo-beta","permissions":[]}`, "tenantId differs from what the request names; leave it out"},
		{"PUT", rolesPath + "/keeper", `{"tenantId":"smo-beta","permissions":[]}`, "tenantId differs from what the request names; leave it out"},
	} {
		a := g.do(tt.method, tt.path, tt.body)
		if a.StatusCode != http.StatusBadRequest || a.detail(t) != tt.detail {
			t.Errorf("%s %s %s:\ngot  %d %s\nwant 400 %s", tt.method, tt.path, tt.body, a.StatusCode, a.body, tt.detail)
		}
	}
	for _, op := range g.administration() {
		g.wantStatus(g.do(op.method, op.path, op.body, "Accept: text/html"), http.StatusNotAcceptable)
		if op.body != "" {
			g.wantStatus(g.do(op.method, op.path, op.body, "Content-Type: text/plain"), http.StatusUnsupportedMediaType)
			g.wantStatus(g.do(op.method, op.path, `{"a":"`+strings.Repeat("a", 1<<20)+`"}`), http.StatusRequestEntityTooLarge)
		}
	}
	if g.known.made != 0 {
		t.Error("something was done")
	}
}

func TestMethodsOfAdministration(t *testing.T) {
	g := newFullAdministration(t)
	for path, allowed := range map[string]string{
		tenantsPath: "GET, HEAD, POST", alphaPath: "GET, HEAD, PUT, DELETE", alphaPath + "/quotas": "GET, HEAD, PUT, DELETE",
		alphaPath + "/users": "GET, HEAD, POST", alphaPath + "/users/alice": "GET, HEAD, PUT, DELETE",
		alphaPath + "/users/alice/roleBindings": "GET, HEAD, POST", alphaPath + "/users/alice/roleBindings/keeper": "DELETE",
		rolesPath: "GET, HEAD, POST", rolesPath + "/keeper": "GET, HEAD, PUT, DELETE", auditPath: "GET, HEAD",
	} {
		a := g.do("PATCH", path, "{}")
		if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != allowed {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
		if strings.HasPrefix(allowed, "GET") && !strings.HasPrefix(path, rolesPath+"/") {
			g.wantStatus(g.do("HEAD", path, ""), http.StatusOK)
		}
	}
}
