package casbin_test

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/outbound/casbin"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/authz/authztest"
)

// world has two tenants, whose users are named after the role that they hold.
func world() content {
	forTenants, forAll := []*o2.Role{}, casbin.BuiltIn()
	for _, r := range casbin.BuiltIn() {
		if !r.System {
			forTenants = append(forTenants, r)
		}
	}
	own := &o2.Role{TenantID: "alpha", Name: "watcher", Source: o2.RoleFromStore, Permissions: []o2.Permission{
		{Resource: "Resource", Action: "read", Scope: "shared"}, {Resource: "*", Action: "list", Scope: "tenant"},
	}}
	c := content{
		admins:  []string{"first"},
		tenants: map[string]o2.TenantStatus{"alpha": o2.TenantActive, "beta": o2.TenantActive, "gone": o2.TenantDeleted},
		users: map[string]bool{
			"alpha/nothing": false, "alpha/disabled": true, "alpha/sneak": false, "gone/owner": false, "platform/disabled": true,
			"alpha/watcher": false, "beta/watcher": false, "platform/root": false,
		},
		bound: map[string][]string{
			"alpha/disabled": {"owner"}, "alpha/sneak": {"platform-admin", "tenant-admin", "auditor"}, "alpha/stranger": {"owner"},
			"gone/owner": {"owner"}, "platform/disabled": {"platform-admin"},
			"alpha/watcher": {"watcher"}, "beta/watcher": {"watcher"},
		},
		roles: map[string][]*o2.Role{
			"alpha": append([]*o2.Role{own}, forTenants...), "beta": forTenants, "gone": forTenants, "platform": forAll,
		},
	}
	for _, r := range forAll {
		home := "alpha/"
		if r.System {
			home = "platform/"
		}
		c.users[home+r.Name], c.bound[home+r.Name] = false, []string{r.Name}
	}
	return c
}

func authorizer(t testing.TB, d *directory) *casbin.Authorizer {
	t.Helper()
	a, err := casbin.New(casbin.Config{Directory: d, Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func tenantUser(tenant, user string, roles ...string) scope.Identity {
	return scope.Identity{Tenant: tenant, User: user, Roles: roles}
}

func platformUser(user string, roles ...string) scope.Identity {
	return scope.Identity{Platform: true, User: user, Roles: roles}
}

func TestConforms(t *testing.T) {
	authztest.Run(t, authztest.Case{
		Authorizer: authorizer(t, newDirectory(world())),
		Admitted:   platformUser("platform-admin"),
		Refused: []scope.Identity{
			tenantUser("alpha", "nothing"), tenantUser("alpha", "stranger"), tenantUser("alpha", "disabled"), tenantUser("alpha", "sneak"),
			tenantUser("gone", "owner"), tenantUser("nowhere", "owner", "owner"), tenantUser("platform", "platform-admin"),
			{Tenant: "alpha", User: "platform-admin", Platform: true}, {Tenant: "alpha"}, platformUser("disabled"), platformUser("stranger"),
			tenantUser("alpha", "first"), platformUser("auditor"), {Platform: true, Roles: []string{"platform-admin"}},
		},
	})
}

const (
	own    = scope.ReachTenant
	shared = scope.ReachShared
	both   = own | shared
	all    = scope.ReachAll
)

func TestReach(t *testing.T) {
	a := authorizer(t, newDirectory(world()))
	for _, tc := range []struct {
		name     string
		who      scope.Identity
		resource string
		action   authz.Action
		want     scope.Reach
	}{
		{"an owner creates pools of its own", tenantUser("alpha", "owner"), "ResourcePool", authz.ActionCreate, own},
		{"an owner reads shared pools too", tenantUser("alpha", "owner"), "ResourcePool", authz.ActionRead, both},
		{"an owner renames its tenant", tenantUser("alpha", "owner"), authz.Tenant, authz.ActionUpdate, own},
		{"an owner makes no tenant", tenantUser("alpha", "owner"), authz.Tenant, authz.ActionCreate, 0},
		{"an owner sets no quota", tenantUser("alpha", "owner"), authz.Quota, authz.ActionUpdate, 0},
		{"an owner gives roles", tenantUser("alpha", "owner"), authz.Role, authz.ActionCreate, own},
		{"an admin does not rename its tenant", tenantUser("alpha", "admin"), authz.Tenant, authz.ActionUpdate, 0},
		{"an admin adds users", tenantUser("alpha", "admin"), authz.User, authz.ActionCreate, own},
		{"an operator deletes resources", tenantUser("alpha", "operator"), "Resource", authz.ActionDelete, own},
		{"an operator sees no users", tenantUser("alpha", "operator"), authz.User, authz.ActionList, 0},
		{"an operator creates no deployment manager", tenantUser("alpha", "operator"), "DeploymentManager", authz.ActionCreate, 0},
		{"a viewer lists resource types", tenantUser("alpha", "viewer"), "ResourceType", authz.ActionList, both},
		{"a viewer reads subscriptions", tenantUser("alpha", "viewer"), authz.Subscription, authz.ActionRead, own},
		{"a viewer makes none", tenantUser("alpha", "viewer"), authz.Subscription, authz.ActionCreate, 0},
		{"a viewer reads no audit log", tenantUser("alpha", "viewer"), authz.AuditLog, authz.ActionList, 0},
		{"a custom role, its own scope", tenantUser("alpha", "watcher"), "Resource", authz.ActionRead, shared},
		{"a custom role, every resource", tenantUser("alpha", "watcher"), authz.Quota, authz.ActionList, own},
		{"a custom role, no more", tenantUser("alpha", "watcher"), "ResourcePool", authz.ActionRead, 0},
		{"a custom role is not another tenant's", tenantUser("beta", "watcher"), "Resource", authz.ActionRead, 0},
		{"credentials carry a role", tenantUser("beta", "new", "viewer"), "Resource", authz.ActionRead, both},
		{"credentials add to what is bound", tenantUser("alpha", "watcher", "operator"), "Resource", authz.ActionCreate, own},
		{"credentials carry another tenant's role", tenantUser("beta", "new", "watcher"), "Resource", authz.ActionRead, 0},
		{"credentials carry no system role to tenants", tenantUser("beta", "new", "platform-admin"), "Resource", authz.ActionRead, 0},
		{"credentials carry one to the platform's", platformUser("new", "auditor"), authz.AuditLog, authz.ActionRead, all},
		{"credentials help nobody who is disabled", tenantUser("alpha", "disabled", "viewer"), "Resource", authz.ActionRead, 0},
		{"a tenant admin makes tenants", platformUser("tenant-admin"), authz.Tenant, authz.ActionCreate, all},
		{"a tenant admin sees no pools", platformUser("tenant-admin"), "ResourcePool", authz.ActionList, 0},
		{"an auditor reads the log of all", platformUser("auditor"), authz.AuditLog, authz.ActionList, all},
		{"an auditor deletes nothing of it", platformUser("auditor"), authz.AuditLog, authz.ActionDelete, 0},
		{"the configured admin", platformUser("first"), "ResourcePool", authz.ActionDelete, all},
		{"a namesake of the configured admin", tenantUser("alpha", "first"), "ResourcePool", authz.ActionRead, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := authz.Request{Resource: tc.resource, Action: tc.action}
			for _, asked := range []string{"first", "again"} { // the second answer is a kept one
				// What reach the scope came with is nobody's business.
				got, err := a.Authorize(t.Context(), scope.New(tc.who).Within(scope.ReachAll), r)
				if got.Reach() != tc.want {
					t.Errorf("asked %s: got reach %d, want %d", asked, got.Reach(), tc.want)
				}
				if tc.want != 0 {
					if err != nil || got.User() != tc.who.User {
						t.Errorf("asked %s: got %q, %v", asked, got.User(), err)
					}
					continue
				}
				if want := "denied: " + string(tc.action) + " on " + tc.resource; !errors.Is(err, authz.ErrDenied) || err.Error() != want {
					t.Errorf("asked %s: got %v, want %q", asked, err, want)
				}
			}
		})
	}
}

func TestNothingIsDecidedBeforeTheStoreWasRead(t *testing.T) {
	unread := world()
	unread.unread = true
	d := newDirectory(unread)
	a := authorizer(t, d)
	r := authz.Request{Resource: "Resource", Action: authz.ActionRead}
	for _, who := range []scope.Identity{tenantUser("alpha", "owner"), platformUser("first")} {
		got, err := a.Authorize(t.Context(), scope.New(who), r)
		if !errors.Is(err, casbin.ErrNotLoaded) || errors.Is(err, authz.ErrDenied) || got.Valid() {
			t.Errorf("%s: got %v, %v", who.User, got, err)
		}
	}
	if _, err := a.Authorize(t.Context(), scope.Scope{}, r); !errors.Is(err, authz.ErrDenied) {
		t.Errorf("nobody: got %v, want ErrDenied", err)
	}
	d.set(world())
	if got, err := a.Authorize(t.Context(), scope.New(tenantUser("alpha", "owner")), r); err != nil || got.Reach() != both {
		t.Errorf("afterwards: got %d, %v", got.Reach(), err)
	}
}

// A change counts with the next question: of bindings, users, roles and tenants.
func TestChangesCountAtOnce(t *testing.T) {
	d := newDirectory(world())
	a := authorizer(t, d)
	reach := func() scope.Reach {
		t.Helper()
		sc, err := a.Authorize(t.Context(), scope.New(tenantUser("alpha", "watcher")), authz.Request{Resource: "Resource", Action: authz.ActionRead})
		if err != nil && !errors.Is(err, authz.ErrDenied) {
			t.Fatal(err)
		}
		return sc.Reach()
	}
	changed := func(change func(*content)) content {
		c := world()
		change(&c)
		return c
	}
	for _, step := range []struct {
		name string
		to   content
		want scope.Reach
	}{
		{"as it is", world(), shared},
		{"another binding", changed(func(c *content) { c.bound["alpha/watcher"] = []string{"viewer"} }), both},
		{"no binding", changed(func(c *content) { c.bound["alpha/watcher"] = nil }), 0},
		{"bound again", world(), shared},
		{"a role with other permissions", changed(func(c *content) {
			role := *c.roles["alpha"][0]
			role.Permissions = []o2.Permission{{Resource: "Resource", Action: "manage", Scope: "tenant"}}
			c.roles["alpha"] = append([]*o2.Role{&role}, c.roles["alpha"][1:]...)
		}), own},
		{"a role that became a system role", changed(func(c *content) {
			role := *c.roles["alpha"][0]
			role.System = true
			c.roles["alpha"] = []*o2.Role{&role}
		}), 0},
		{"without the role", changed(func(c *content) { c.roles["alpha"] = c.roles["alpha"][1:] }), 0},
		{"a disabled user", changed(func(c *content) { c.users["alpha/watcher"] = true }), 0},
		{"a deleted tenant", changed(func(c *content) { c.tenants["alpha"] = o2.TenantDeleted }), 0},
		{"all as before", world(), shared},
	} {
		d.set(step.to)
		if got := reach(); got != step.want {
			t.Errorf("%s: got reach %d, want %d", step.name, got, step.want)
		}
	}
}

func TestDecisionsAreCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	a, err := casbin.New(casbin.Config{Directory: newDirectory(world()), Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []authz.Request{
		{Resource: "Resource", Action: authz.ActionRead}, {Resource: "Resource", Action: authz.ActionRead}, {Resource: "Resource", Action: authz.ActionCreate},
		{Resource: "id-of-a-caller", Action: authz.ActionRead}, {Resource: "Resource", Action: "frobnicate"},
	} {
		_, _ = a.Authorize(t.Context(), scope.New(tenantUser("alpha", "viewer")), r)
	}
	for _, tc := range []struct {
		resource, action, result string
		want                     float64
	}{
		{"Resource", "read", "allow", 2}, {"Resource", "create", "deny", 1}, {"other", "other", "deny", 2}, {"other", "other", "allow", 0},
	} {
		if got := counted(t, registry, tc.resource, tc.action, tc.result); got != tc.want {
			t.Errorf("%s %s %s: got %v, want %v", tc.resource, tc.action, tc.result, got, tc.want)
		}
	}
	if n, err := testutil.GatherAndCount(registry, "o2ims_authz_total"); err != nil || n != (15*5+1)*2 {
		t.Errorf("got %d series, %v, want %d", n, err, (15*5+1)*2)
	}
	if _, err := casbin.New(casbin.Config{Directory: newDirectory(world()), Registerer: registry}); err == nil {
		t.Error("metrics were registered twice")
	}
	if _, err := casbin.New(casbin.Config{}); err == nil {
		t.Error("an authorizer was made of nothing")
	}
}

func counted(t *testing.T, g prometheus.Gatherer, resource, action, result string) float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["resource"] == resource && labels["action"] == action && labels["result"] == result {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("there is no series %s %s %s", resource, action, result)
	return 0
}
