package httpserver_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/auditlog"
)

const auditPath = "/admin/v1/audit"

func TestTheAuditLogIsSearched(t *testing.T) {
	g := newAdministration(t)
	at := time.Date(2026, 1, 31, 13, 0, 0, 1999999, time.FixedZone("", 3600))
	g.audit.entries = []auditlog.Entry{
		{
			ID: "gw-0/12", At: at, Tenant: "platform", User: "root", Action: "create", Resource: "User", ResourceID: "alice",
			ResourceTenant: "smo-alpha", Result: auditlog.Success, Status: 201, Method: "POST", Path: alphaPath + "/users",
			Address: "192.0.2.7", RequestID: "r-1",
		},
		{ID: "gw-0/11", At: at, Tenant: "smo-beta", Action: "delete", Resource: "Resource", Result: auditlog.Denied, Status: 403, Method: "DELETE", Path: "/x", RequestID: "r-0"},
	}
	g.audit.next = "gw-0/11 & more"
	a := g.get(auditPath)
	g.wantBody(a, http.StatusOK, `{"items":[{"action":"create","id":"gw-0/12","ipAddress":"192.0.2.7","method":"POST","path":"/admin/v1/tenants/smo-alpha/users",`+
		`"requestId":"r-1","resource":"User","resourceId":"alice","resourceTenantId":"smo-alpha","result":"success","status":201,`+
		`"tenantId":"platform","timestamp":"2026-01-31T12:00:00.001Z","userId":"root"},`+
		`{"action":"delete","id":"gw-0/11","method":"DELETE","path":"/x","requestId":"r-0","resource":"Resource","result":"denied","status":403,`+
		`"tenantId":"smo-beta","timestamp":"2026-01-31T12:00:00.001Z","userId":""}]}`)
	if got, want := a.Header.Get("Link"), "<"+auditPath+`?after=gw-0%2F11+%26+more>; rel="next"`; got != want {
		t.Errorf("Link %s, want %s", got, want)
	}
	if want := (auditlog.Query{Limit: 100}); g.audit.asked != want {
		t.Errorf("asked %+v", g.audit.asked)
	}

	a = g.get(auditPath + "?tenantId=smo-alpha&userId=idp%7Cx&action=delete&resource=Resource&result=error" +
		"&from=2026-01-31T00:00:00%2B01:00&until=2026-02-01T00:00:00.5Z&limit=1&after=gw-0%2F11+%26+more")
	g.wantStatus(a, http.StatusOK)
	asked := g.audit.asked
	if !asked.From.Equal(time.Date(2026, 1, 30, 23, 0, 0, 0, time.UTC)) || !asked.Until.Equal(time.Date(2026, 2, 1, 0, 0, 0, 5e8, time.UTC)) {
		t.Errorf("asked from %v until %v", asked.From, asked.Until)
	}
	asked.From, asked.Until = time.Time{}, time.Time{}
	if want := (auditlog.Query{
		Tenant: "smo-alpha", User: "idp|x", Action: "delete", Resource: "Resource", Result: auditlog.Failed, After: "gw-0/11 & more", Limit: 1,
	}); asked != want {
		t.Errorf("asked %+v, want %+v", asked, want)
	}
	g.audit.next = ""
	if a := g.get(auditPath); a.Header.Get("Link") != "" {
		t.Errorf("the last page: %v", a.Header)
	}
}

func TestSearchesThatAreNone(t *testing.T) {
	g := newAdministration(t)
	const moment = `want a time such as 2026-01-31T12:00:00Z, with any "+" as %2B`
	for sent, want := range map[string]string{
		"tenantId=Alpha":                 "tenantId: want 1 to 63 lower-case letters, digits and hyphens, with a letter or digit first and last",
		"userId=":                        "userId: want 1 to 256 bytes",
		"action=manage":                  "action: want one of list, read, create, update, delete",
		"resource=":                      "resource: want 1 to 64 bytes",
		"result=ok":                      "result: want one of success, denied, error",
		"from=2026-01-31":                "from: " + moment,
		"until=1969-12-31T23:59:59Z":     "until: " + moment,
		"until=2201-01-01T00:00:00Z":     "until: " + moment,
		"from=2026-01-31T00:00:00+01:00": "from: " + moment,
		"from=2026-01-31T00:00:00Z&until=2026-01-31T00:00:00Z": "until: want a time after from",
		"from=2026-01-31T00:00:00Z&from=2026-01-31T00:00:00Z":  "from: it is given more than once",
		"after=":     "after: want 1 to 512 bytes",
		"limit=0":    "limit: want a number from 1 to 10000",
		"user=alice": "user: unknown parameter; known are tenantId, userId, action, resource, result, from, until, after, limit",
	} {
		a := g.get(auditPath + "?" + sent)
		if a.StatusCode != http.StatusBadRequest || a.detail(t) != want {
			t.Errorf("%s: %d %s, want %s", sent, a.StatusCode, a.body, want)
		}
	}
	g.audit.err = &query.Error{Parameter: "after", Reason: "this is no place of ours"}
	if a := g.get(auditPath + "?after=x"); a.StatusCode != http.StatusBadRequest || a.detail(t) != "after: this is no place of ours" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
