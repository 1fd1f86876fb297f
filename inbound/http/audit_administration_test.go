package httpserver_test

import (
	"testing"

	"github.com/netweave/netweave/ports/auditlog"
)

// Whoever looks for what was done to a tenant finds it, whoever did it.
func TestWhatIsRecordedOfAdministration(t *testing.T) {
	w := newWalked(t, true)
	w.populate()
	for _, tt := range []struct {
		method, path, body          string
		action, resource, id, about string
		status                      int
	}{
		{"POST", tenantsPath, `{"tenantId":"smo-gamma"}`, "create", "Tenant", "smo-gamma", "", 201},
		{"POST", tenantsPath, `{"tenantId":"smo-gamma"}`, "create", "Tenant", "", "", 409},
		{"PUT", alphaPath, `{}`, "update", "Tenant", "smo-alpha", "smo-alpha", 200},
		{"PUT", alphaPath + "/quotas", `{}`, "update", "Quota", "", "smo-alpha", 200},
		{"GET", alphaPath + "/users", ``, "list", "User", "", "smo-alpha", 200},
		{"POST", alphaPath + "/users", `{"userId":"idp|bob"}`, "create", "User", "idp|bob", "smo-alpha", 201},
		{"DELETE", alphaPath + "/users/idp%7Cbob", ``, "delete", "User", "idp|bob", "smo-alpha", 204},
		{"POST", alphaPath + "/users/alice/roleBindings", `{"role":"viewer"}`, "update", "User", "alice/viewer", "smo-alpha", 201},
		{"DELETE", alphaPath + "/users/alice/roleBindings/viewer", ``, "update", "User", "alice/viewer", "smo-alpha", 204},
		{"POST", rolesPath, `{"name":"one","tenantId":"smo-alpha","permissions":[]}`, "create", "Role", "one", "smo-alpha", 201},
		{"POST", rolesPath, `{"name":"all","tenantId":"*","permissions":[]}`, "create", "Role", "all", "*", 201},
		{"POST", rolesPath, `{"name":"mine","permissions":[]}`, "create", "Role", "mine", "", 201},
		{"PUT", rolesPath + "/spare?tenantId=smo-alpha", `{"permissions":[]}`, "update", "Role", "spare", "smo-alpha", 200},
		{"DELETE", rolesPath + "/spare?tenantId=smo-alpha", ``, "delete", "Role", "spare", "smo-alpha", 204},
		{"DELETE", rolesPath + "/spare?tenantId=smo-gamma", ``, "delete", "Role", "spare", "smo-gamma", 404},
		{"GET", auditPath + "?tenantId=smo-alpha", ``, "list", "AuditLog", "", "", 200},
	} {
		w.ledger.taken()
		a := w.do(tt.method, tt.path, tt.body)
		entries := w.ledger.taken()
		if a.StatusCode != tt.status || len(entries) != 1 {
			t.Errorf("%s %s: %d %s, recorded as %+v", tt.method, tt.path, a.StatusCode, a.body, entries)
			continue
		}
		got := entries[0]
		want := auditlog.Entry{Action: tt.action, Resource: tt.resource, ResourceID: tt.id, ResourceTenant: tt.about, Status: tt.status}
		if (auditlog.Entry{
			Action: got.Action, Resource: got.Resource, ResourceID: got.ResourceID, ResourceTenant: got.ResourceTenant, Status: got.Status,
		}) != want {
			t.Errorf("%s %s: got  %+v\nwant %+v", tt.method, tt.path, got, want)
		}
	}
}
