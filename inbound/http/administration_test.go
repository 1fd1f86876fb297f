package httpserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// operation is one of the administration API's, with a request that it grants.
type operation struct {
	method, path, body string
	noun, action       string
	granted            int
}

func (o operation) String() string { return o.method + " " + o.path }

// administration lists every operation of the document, its path about smo-alpha,
// alice, and the role keeper, which she has.
func (g *gateway) administration() (list []operation) {
	bodies := map[string]string{
		"createTenant": `{"tenantId":"t"}`, "updateTenant": `{}`, "setQuotas": `{}`, "createUser": `{"userId":"u"}`, "updateUser": `{}`,
		"createRoleBinding": `{"role":"viewer"}`, "createRole": `{"name":"r","permissions":[]}`, "updateRole": `{"permissions":[]}`,
		"redeliverDeadLetters": `{}`,
	}
	fill := strings.NewReplacer("{tenantId}", "smo-alpha", "{userId}", "alice", "{role}", "keeper", "{roleName}", "spare", "{adapterName}", "lab",
		"{subscriptionId}", string(subscriptionID(0)))
	for template, item := range g.docOf(adminv1.Base).Paths.Map() {
		for method, op := range item.Operations() {
			asked, _ := op.Extensions["x-permission"].(map[string]any)
			noun, _ := asked["resource"].(string)
			action, _ := asked["action"].(string)
			path := fill.Replace(template)
			if strings.HasPrefix(path, rolesPath+"/") {
				path += "?tenantId=smo-alpha"
			}
			list = append(list, operation{method, path, bodies[op.OperationID], noun, action, successOf(op)})
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	return list
}

func successOf(op *openapi3.Operation) int {
	for _, status := range []int{200, 201, 202, 204} {
		if op.Responses.Status(status) != nil {
			return status
		}
	}
	return 0
}

func newFullAdministration(t *testing.T, options ...option) *gateway {
	t.Helper()
	g := newAdministration(t, options...)
	g.populate()
	return g
}

// populate has everything that the operations are about be there as at first.
func (g *gateway) populate() {
	fresh := newTenantry()
	g.known.made, g.dead.of = 0, subscriptionID(0)
	g.known.tenants, g.known.users, g.known.bindings, g.known.roles = fresh.tenants, fresh.users, fresh.bindings, fresh.roles
	g.known.putTenant("smo-alpha", tenancy.TenantSpec{Status: o2.TenantActive})
	g.known.putUser("smo-alpha", "alice", tenancy.UserSpec{})
	g.known.putRole("smo-alpha", "keeper", tenancy.RoleSpec{})
	g.known.putRole("smo-alpha", "spare", tenancy.RoleSpec{})
	g.known.bindings["smo-alpha/alice/keeper"] = &o2.RoleBinding{TenantID: "smo-alpha", UserID: "alice", Role: "keeper"}
}

// granting is rights that change.
type granting struct{ rights }

// Every operation takes the permission that its document names, and no other; who
// lacks it learns nothing else, and nothing is done.
func TestOperationsTakeTheirPermission(t *testing.T) {
	granted := &granting{}
	g := newFullAdministration(t, func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Authorizer = granted })
	list := g.administration()
	if len(list) < 26 {
		t.Errorf("%d operations: %v", len(list), list)
	}
	for _, op := range list {
		var others []string
		for _, noun := range []string{"Tenant", "User", "Role", "Quota", "AuditLog", "Subscription", "Route", "Adapter", "Configuration"} {
			for _, action := range []string{"list", "read", "create", "update", "delete"} {
				if asked := action + " " + noun; asked != op.action+" "+op.noun {
					others = append(others, asked)
				}
			}
		}
		granted.rights = others
		g.populate()
		g.wantStatusOf(op, op.granted)
		granted.rights = rights{op.action + " " + op.noun}
		g.populate()
		wrong := op
		wrong.body += "x"
		wrong.path = strings.NewReplacer("smo-alpha", "%20", "?", "?x&").Replace(op.path)
		g.wantStatusOf(wrong, http.StatusForbidden)
		g.wantStatusOf(op, http.StatusForbidden)
		if g.known.made != 0 {
			t.Errorf("%s: something was done", op)
		}
	}
}

func (g *gateway) wantStatusOf(op operation, status int) answer {
	g.t.Helper()
	a := g.do(op.method, op.path, op.body)
	if a.StatusCode != status {
		g.t.Errorf("%s: %d, want %d: %s", op, a.StatusCode, status, a.body)
	}
	return a
}

// apart reports whether an operation has nothing to do with tenancy.
func apart(op operation) bool {
	return slices.Contains([]string{"Subscription", "Route", "Adapter", "Configuration"}, op.noun)
}

func TestWithoutTenancyThereIsNothingOfTenants(t *testing.T) {
	g := newFullAdministration(t)
	off := newGateway(t, site(0), func(_ *httpserver.Config, d *httpserver.Dependencies) {
		d.Tenants, d.Users, d.Roles, d.AuditLog = nil, nil, nil, nil
	})
	off.dead.of = subscriptionID(0)
	for _, op := range g.administration() {
		if apart(op) {
			off.wantStatusOf(op, op.granted)
			continue
		}
		op.body += "x" // not looked at
		const want = "tenancy is off, and there is nothing here without it: the operator turns it on with tenancy.enabled"
		if a := off.wantStatusOf(op, http.StatusNotFound); a.detail(t) != want {
			t.Errorf("%s: %s", op, a.body)
		}
	}
}

// What the ports fail with is told alike by every operation.
func TestFailuresOfTenancy(t *testing.T) {
	g := newFullAdministration(t)
	for _, tt := range []struct {
		err    error
		status int
		detail string
	}{
		{fmt.Errorf("user: %w: suspended", tenancy.ErrNotAdmitted), 403, "user: the tenant or user is not admitted: suspended"},
		{fmt.Errorf("%w: delete on Resource", tenancy.ErrEscalation), 403, "nobody grants what they do not hold: delete on Resource"},
		{tenancy.ErrImmutable, 403, "cannot be changed here"},
		{tenancystore.ErrConflict, 409, "it was changed meanwhile: read it again and repeat the change"},
		{tenancystore.ErrExists, 409, "it exists already: read, change or delete what is there"},
		{fmt.Errorf("the role %w", tenancy.ErrInUse), 409, "the role is in use"},
		{store.ErrUnconfirmed, 503, "the change is made, but not yet safe against the loss of a server: the same request again completes it"},
		{store.ErrUnavailable, 503, "the store is unavailable; if this was a change, it may have happened: send the same request again"},
		{context.DeadlineExceeded, 504, "no answer within the time limit; a change may have happened nevertheless"},
		{errors.New("sealed"), 503, "the gateway cannot answer this now; its log has the reason under this request's id"},
	} {
		g.known.err = tt.err
		for _, op := range g.administration() {
			if apart(op) || op.noun == "AuditLog" || tt.status == 409 && op.method == "GET" {
				continue
			}
			if a := g.wantStatusOf(op, tt.status); a.detail(t) != tt.detail {
				t.Errorf("%s: %s, want %s", op, a.detail(t), tt.detail)
			}
		}
	}
	if strings.Contains(g.get(alphaPath).body, "sealed") || !strings.Contains(g.log.String(), "sealed") {
		t.Error("an error that no port declares belongs into the log, and not into the answer")
	}
}

// An id that nothing can have, one that nothing has, and one of what the caller may
// not see: the same answer.
func TestWhatIsNotThere(t *testing.T) {
	g := newFullAdministration(t)
	for _, op := range g.administration() {
		if op.noun == "Subscription" || !strings.Contains(op.path, "smo-alpha") {
			continue
		}
		var told []string
		for _, id := range []string{"smo-gamma", "-smo-gamma", "SMO"} {
			if strings.Contains(op.path, "?tenantId=") && id != "smo-gamma" {
				continue // of a query that is a 400
			}
			unknown := op
			unknown.path = strings.ReplaceAll(op.path, "smo-alpha", id)
			told = append(told, strings.ReplaceAll(g.wantStatusOf(unknown, http.StatusNotFound).body, id, "smo-alpha"))
		}
		g.known.reach = scope.ReachTenant
		told = append(told, g.wantStatusOf(op, http.StatusNotFound).body)
		g.known.reach = scope.ReachAll
		if told = slices.Compact(told); len(told) != 1 {
			t.Errorf("%s: %q", op, told)
		}
	}
	for _, tt := range []struct{ method, path, body, detail string }{
		{"GET", alphaPath + "/users/bob", "", `there is no User with id "bob" in the tenant "smo-alpha"`},
		{"GET", alphaPath + "/users/%2fbob", "", `there is no User with id "/bob" in the tenant "smo-alpha"`},
		{"PUT", alphaPath + "/users/b%20b", "{}", `there is no User with id "b b" in the tenant "smo-alpha"`},
		{"GET", alphaPath + "/users/bob/roleBindings", "", `there is no User with id "bob" in the tenant "smo-alpha"`},
		{"POST", alphaPath + "/users/bob/roleBindings", `{"role":"viewer"}`, `there is no User with id "bob" in the tenant "smo-alpha"`},
		{"DELETE", alphaPath + "/users/alice/roleBindings/Viewer", "", `there is no User with id "alice" in the tenant "smo-alpha" who has the role "Viewer"`},
		{"DELETE", alphaPath + "/users/alice/roleBindings/viewer", "", `there is no User with id "alice" in the tenant "smo-alpha" who has the role "viewer"`},
		{"DELETE", alphaPath + "/users/bob/roleBindings/keeper", "", `there is no User with id "bob" in the tenant "smo-alpha" who has the role "keeper"`},
		{"GET", rolesPath + "/Keeper?tenantId=smo-alpha", "", `there is no Role with name "Keeper"`},
		{"GET", rolesPath + "/keeper", "", `there is no Role with name "keeper"`},
		{"GET", rolesPath + "?tenantId=smo-gamma", "", `there is no Tenant with id "smo-gamma"`},
		{"POST", rolesPath, `{"name":"r","tenantId":"smo-gamma","permissions":[]}`, `there is no Tenant with id "smo-gamma"`},
		{"GET", tenantsPath + "/platform", "", `there is no Tenant with id "platform"`},
		{"GET", tenantsPath + "/platform/quotas", "", `there is no Tenant with id "platform"`},
	} {
		if a := g.do(tt.method, tt.path, tt.body); a.StatusCode != http.StatusNotFound || a.detail(t) != tt.detail {
			t.Errorf("%s %s: %d %s, want %s", tt.method, tt.path, a.StatusCode, a.body, tt.detail)
		}
	}
}
