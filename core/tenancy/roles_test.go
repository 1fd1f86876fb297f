package tenancy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

func permission(resource, action, extent string) o2.Permission {
	return o2.Permission{Resource: resource, Action: action, Scope: extent}
}

func TestCreateRole(t *testing.T) {
	r := twoTenants(t)
	r.member(t, "red", "adam", "admin")
	adam := scope.New(scope.Identity{Tenant: "red", User: "adam"})
	pools := permission("ResourcePool", "manage", "tenant")
	for _, c := range []struct {
		name   string
		caller scope.Scope
		spec   tenancy.RoleSpec
		want   error
	}{
		{"one's own", alice, tenancy.RoleSpec{Name: "mine", Permissions: []o2.Permission{permission("*", "manage", "tenant")}}, nil},
		{"one's own, named", alice, tenancy.RoleSpec{Tenant: "red", Name: "named", Permissions: []o2.Permission{permission("ResourcePool", "read", "shared")}}, nil},
		{"of a name that another tenant has", eve, tenancy.RoleSpec{Name: "mine"}, nil},
		{"of one's own name again", alice, tenancy.RoleSpec{Name: "mine"}, tenancystore.ErrExists},
		{"of a built-in name", alice, tenancy.RoleSpec{Name: "viewer"}, tenancystore.ErrExists},
		{"of a built-in name of the platform", alice, tenancy.RoleSpec{Name: "platform-admin"}, tenancystore.ErrExists},
		{"what one holds", adam, tenancy.RoleSpec{Name: "pools", Permissions: []o2.Permission{pools}}, nil},
		{"part of what one holds", adam, tenancy.RoleSpec{Name: "reader", Permissions: []o2.Permission{permission("ResourcePool", "read", "tenant")}}, nil},
		{"what one does not hold", adam, tenancy.RoleSpec{Name: "all", Permissions: []o2.Permission{pools, permission("Resource", "read", "tenant")}}, tenancy.ErrEscalation},
		{"all resources", adam, tenancy.RoleSpec{Name: "all", Permissions: []o2.Permission{permission("*", "read", "tenant")}}, tenancy.ErrEscalation},
		{"shared ones", adam, tenancy.RoleSpec{Name: "all", Permissions: []o2.Permission{permission("ResourcePool", "read", "shared")}}, tenancy.ErrEscalation},
		{"another tenant's", alice, tenancy.RoleSpec{Tenant: "blue", Name: "mole"}, tenancy.ErrNotFound},
		{"nobody's", alice, tenancy.RoleSpec{Tenant: "green", Name: "mole"}, tenancy.ErrNotFound},
		{"the platform's", alice, tenancy.RoleSpec{Tenant: "platform", Name: "mole"}, tenancy.ErrNotFound},
		{"everyone's", alice, tenancy.RoleSpec{Tenant: "*", Name: "mole"}, authz.ErrDenied},
		{"more than a tenant may have", alice, tenancy.RoleSpec{Name: "toomany"}, tenancy.ErrLimit},
		{"everyone's, of a name that a tenant has", root, tenancy.RoleSpec{Tenant: "*", Name: "mine"}, tenancystore.ErrExists},
		{"everyone's", root, tenancy.RoleSpec{Tenant: "*", Name: "common", Permissions: []o2.Permission{pools}}, nil},
		{"everyone's again", root, tenancy.RoleSpec{Tenant: "*", Name: "common"}, tenancystore.ErrExists},
		{"of a name that is everyone's", eve, tenancy.RoleSpec{Name: "common"}, tenancystore.ErrExists},
		{"the platform's", root, tenancy.RoleSpec{Name: "night-shift", Permissions: []o2.Permission{permission("Tenant", "read", "all")}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.CreateRole(t.Context(), c.caller, c.spec)
			wantError(t, "creating", err, c.want)
		})
	}
	got, err := r.GetRole(t.Context(), alice, "", "mine")
	at := got.CreatedAt
	want := &o2.Role{
		TenantID: "red", Name: "mine", Source: o2.RoleFromStore, Permissions: []o2.Permission{permission("*", "manage", "tenant")},
		CreatedBy: "alice.red", CreatedAt: at, UpdatedAt: at, Version: 1,
	}
	if err != nil || at.Before(begin) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if shift, err := r.GetRole(t.Context(), root, "platform", "night-shift"); err != nil || !shift.System {
		t.Errorf("got %+v, %v", shift, err)
	}
}

func TestRolesThatCannotBe(t *testing.T) {
	r := twoTenants(t)
	many := make([]o2.Permission, 201)
	for i := range many {
		many[i] = permission("User", "read", "tenant")
	}
	for _, c := range []struct {
		name      string
		spec      tenancy.RoleSpec
		attribute string
	}{
		{"no name", tenancy.RoleSpec{}, "name"},
		{"a hostile name", tenancy.RoleSpec{Name: "a/b"}, "name"},
		{"a long description", tenancy.RoleSpec{Name: "x", Description: strings.Repeat("x", 1025)}, "description"},
		{"an unknown resource", tenancy.RoleSpec{Name: "x", Permissions: []o2.Permission{permission("Pod", "read", "tenant")}}, "permissions[0].resource"},
		{"an unknown action", tenancy.RoleSpec{Name: "x", Permissions: []o2.Permission{permission("User", "read", "tenant"), permission("User", "*", "tenant")}}, "permissions[1].action"},
		{"an unknown scope", tenancy.RoleSpec{Name: "x", Permissions: []o2.Permission{permission("User", "read", "*")}}, "permissions[0].scope"},
		{"all in a tenant", tenancy.RoleSpec{Name: "x", Permissions: []o2.Permission{permission("User", "read", "all")}}, "permissions[0].scope"},
		{"twice the same", tenancy.RoleSpec{Name: "x", Permissions: many[:2]}, "permissions[1]"},
		{"too many", tenancy.RoleSpec{Name: "x", Permissions: many}, "permissions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.CreateRole(t.Context(), alice, c.spec)
			wantField(t, "an owner creating", err, c.attribute)
		})
	}
	_, err := r.CreateRole(t.Context(), root, tenancy.RoleSpec{Tenant: "*", Name: "x", Permissions: []o2.Permission{permission("User", "read", "all")}})
	wantField(t, "all in everyone's", err, "permissions[0].scope")
}

func TestChangeRole(t *testing.T) {
	r := twoTenants(t)
	must(t, r.dir.SetFileRoles([]*o2.Role{{Name: "filed"}}))
	_, err := r.CreateRole(t.Context(), root, tenancy.RoleSpec{Tenant: "*", Name: "common"})
	must(t, err)
	_, err = r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Name: "mine"})
	must(t, err)
	_, err = r.CreateRole(t.Context(), eve, tenancy.RoleSpec{Name: "hers"})
	must(t, err)
	r.member(t, "red", "adam", "admin")
	adam := scope.New(scope.Identity{Tenant: "red", User: "adam"})
	for _, c := range []struct {
		name         string
		caller       scope.Scope
		tenant, role string
		want         error
	}{
		{"built in", root, "red", "viewer", tenancy.ErrImmutable},
		{"built in, of the platform", root, "", "platform-admin", tenancy.ErrImmutable},
		{"from a file", alice, "", "filed", tenancy.ErrImmutable},
		{"everyone's by a tenant", alice, "", "common", authz.ErrDenied},
		{"of the platform by a tenant", alice, "", "platform-admin", tenancy.ErrNotFound},
		{"another tenant's", alice, "blue", "hers", tenancy.ErrNotFound},
		{"another tenant's name", alice, "", "hers", tenancy.ErrNotFound},
		{"nobody's name", alice, "", "nobodys", tenancy.ErrNotFound},
		{"no name", alice, "", "../hers", tenancy.ErrNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.UpdateRole(t.Context(), c.caller, c.tenant, c.role, tenancy.RoleSpec{})
			wantError(t, "changing", err, c.want)
			wantError(t, "deleting", r.DeleteRole(t.Context(), c.caller, c.tenant, c.role), c.want)
		})
	}
	if _, err = r.UpdateRole(t.Context(), root, "red", "viewer", tenancy.RoleSpec{}); err == nil || err.Error() != `the role "viewer" is built in and cannot be changed here` {
		t.Errorf("got %v", err)
	}
	r.bind(t, "red", "adam", "mine")
	_, err = r.UpdateRole(t.Context(), adam, "", "mine", tenancy.RoleSpec{Permissions: []o2.Permission{permission("Quota", "update", "tenant")}})
	wantError(t, "giving oneself more", err, tenancy.ErrEscalation)
	got, err := r.UpdateRole(t.Context(), alice, "", "mine", tenancy.RoleSpec{Description: "more", Permissions: []o2.Permission{permission("Quota", "read", "tenant")}})
	if err != nil || got.Version != 2 || got.Description != "more" || !got.CreatedAt.Before(got.UpdatedAt) {
		t.Errorf("got %+v, %v", got, err)
	}
	if reach := (policy{r.dir}).reach("red", "adam", authz.Request{Resource: "Quota", Action: "read"}); reach != scope.ReachTenant {
		t.Errorf("adam's reach is %d", reach)
	}
	wantError(t, "deleting what is bound", r.DeleteRole(t.Context(), alice, "", "mine"), tenancy.ErrInUse)
	must(t, r.Unbind(t.Context(), alice, "red", "adam", "mine"))
	must(t, r.DeleteRole(t.Context(), alice, "", "mine"))
	wantError(t, "deleting again", r.DeleteRole(t.Context(), alice, "", "mine"), tenancy.ErrNotFound)
	r.bind(t, "blue", "eve", "common")
	wantError(t, "deleting everyone's that one holds", r.DeleteRole(t.Context(), root, "*", "common"), tenancy.ErrInUse)
	must(t, r.Unbind(t.Context(), root, "blue", "eve", "common"))
	must(t, r.DeleteRole(t.Context(), root, "*", "common"))
}

func TestRolesAreListedByWhomTheyApplyTo(t *testing.T) {
	r := twoTenants(t)
	_, err := r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Name: "mine"})
	must(t, err)
	_, err = r.CreateRole(t.Context(), root, tenancy.RoleSpec{Name: "ours"})
	must(t, err)
	_, err = r.CreateRole(t.Context(), root, tenancy.RoleSpec{Tenant: "*", Name: "common"})
	must(t, err)
	names := func(sc scope.Scope, tenant, after string, limit int) (names []string) {
		list, more, err := r.ListRoles(t.Context(), sc, tenant, after, limit)
		must(t, err)
		for _, role := range list {
			names = append(names, role.Name)
		}
		if more {
			names = append(names, "...")
		}
		return names
	}
	for _, c := range []struct {
		name          string
		caller        scope.Scope
		tenant, after string
		limit         int
		want          []string
	}{
		{"a tenant's", alice, "", "", 99, []string{"admin", "common", "mine", "operator", "owner", "viewer"}},
		{"a page", alice, "red", "common", 2, []string{"mine", "operator", "..."}},
		{"another's", eve, "", "", 99, []string{"admin", "common", "operator", "owner", "viewer"}},
		{"a tenant's by the platform", root, "red", "", 99, []string{"admin", "common", "mine", "operator", "owner", "viewer"}},
		{"the platform's", root, "", "", 99, []string{"admin", "auditor", "common", "operator", "ours", "owner", "platform-admin", "tenant-admin", "viewer"}},
		{"everyone's", root, "*", "", 99, []string{"admin", "auditor", "common", "operator", "owner", "platform-admin", "tenant-admin", "viewer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := names(c.caller, c.tenant, c.after, c.limit); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	_, err = r.GetRole(t.Context(), alice, "", "auditor")
	wantError(t, "a role of the platform", err, tenancy.ErrNotFound)
	_, err = r.GetRole(t.Context(), alice, "", "ours")
	wantError(t, "a role of the platform's own", err, tenancy.ErrNotFound)
	_, err = r.GetRole(t.Context(), eve, "", "mine")
	wantError(t, "another's", err, tenancy.ErrNotFound)
}

// What a tenant is told of a name does not depend on what other tenants have.
func TestNoAnswerTellsOfAnotherTenantsRoles(t *testing.T) {
	answers := func(hers bool) (list []string) {
		r := twoTenants(t)
		if hers {
			_, err := r.CreateRole(t.Context(), eve, tenancy.RoleSpec{Name: "secret"})
			must(t, err)
			r.member(t, "blue", "bob", "secret")
		}
		say := func(v any, err error) { list = append(list, fmt.Sprintf("%T %v", v, err)) }
		for _, tenant := range []string{"", "red", "blue", "*", "platform"} {
			role, err := r.GetRole(t.Context(), alice, tenant, "secret")
			say(role, err)
			role, err = r.UpdateRole(t.Context(), alice, tenant, "secret", tenancy.RoleSpec{})
			say(role, err)
			say(nil, r.DeleteRole(t.Context(), alice, tenant, "secret"))
			binding, err := r.Bind(t.Context(), alice, tenant, "bob", "secret")
			say(binding, err)
			say(nil, r.Unbind(t.Context(), alice, tenant, "bob", "secret"))
			role, err = r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Tenant: tenant, Name: "secret"})
			say(role, err)
		}
		return list
	}
	if with, without := answers(true), answers(false); !slices.Equal(with, without) {
		t.Errorf("got\n%s\nbeside another tenant's, and without\n%s", strings.Join(with, "\n"), strings.Join(without, "\n"))
	}
}

func TestANameIsInOnePlaceOnly(t *testing.T) {
	r := twoTenants(t)
	own := []o2.Permission{permission("ResourcePool", "read", "tenant")}
	_, err := r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Name: "helper", Permissions: own})
	must(t, err)
	r.bind(t, "red", "bob", "helper")
	_, err = r.CreateRole(t.Context(), root, tenancy.RoleSpec{Tenant: "*", Name: "common", Permissions: own})
	must(t, err)
	r.bind(t, "red", "bob", "common")

	must(t, r.dir.SetFileRoles([]*o2.Role{
		{Name: "helper", Permissions: []o2.Permission{permission("*", "manage", "tenant")}},
		{Name: "common", Permissions: []o2.Permission{permission("*", "manage", "tenant")}},
	}))
	if roles := r.dir.RolesOf("red", "bob"); roles != nil {
		t.Errorf("bob holds %v, which was given for the roles in the store", roles)
	}
	if n := r.log.count("a role has no effect", "role=helper", "tenant=red"); n != 1 {
		t.Errorf("said %d times", n)
	}
	must(t, r.dir.Reload(t.Context()))
	if n := r.log.count("a role has no effect"); n != 2 {
		t.Errorf("said %d times of two", n)
	}
	role, err := r.GetRole(t.Context(), alice, "", "helper")
	if err != nil || role.Source != o2.RoleFromFile {
		t.Errorf("got %+v, %v", role, err)
	}
	_, err = r.Bind(t.Context(), alice, "red", "bob", "helper")
	wantError(t, "binding a name that two have", err, tenancy.ErrInUse)
	_, err = r.Bind(t.Context(), alice, "red", "bob", "common")
	wantError(t, "binding a name that two have", err, tenancy.ErrInUse)
	must(t, r.DeleteRole(t.Context(), alice, "", "helper"))
	must(t, r.DeleteRole(t.Context(), root, "*", "common"))
	if roles := r.dir.RolesOf("red", "bob"); roles != nil {
		t.Errorf("bob holds %v, by a binding to what is deleted", roles)
	}
	r.bind(t, "red", "bob", "helper")
	if roles := r.dir.RolesOf("red", "bob"); !slices.Equal(roles, []string{"helper"}) {
		t.Errorf("bob holds %v", roles)
	}
	wantError(t, "deleting the file's", r.DeleteRole(t.Context(), alice, "", "helper"), tenancy.ErrImmutable)
}

// Deleting a name that is nobody's of everyone's leaves tenants' roles of it alone.
func TestDeletingEveryonesRoleSparesTenants(t *testing.T) {
	r := twoTenants(t)
	_, err := r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Name: "mine"})
	must(t, err)
	r.bind(t, "red", "bob", "mine")
	wantError(t, "deleting", r.DeleteRole(t.Context(), root, "*", "mine"), tenancy.ErrNotFound)
	if roles := r.dir.RolesOf("red", "bob"); !slices.Equal(roles, []string{"mine"}) {
		t.Errorf("bob holds %v", roles)
	}
}

func TestFileRolesThatCannotBe(t *testing.T) {
	r := newRig(t)
	must(t, r.dir.SetFileRoles([]*o2.Role{{Name: "kept"}}))
	for _, c := range []struct {
		name  string
		roles []*o2.Role
		want  string
	}{
		{"a built-in name", []*o2.Role{{Name: "new"}, {Name: "owner"}}, `the role "owner" is defined twice`},
		{"a name twice", []*o2.Role{{Name: "new"}, {Name: "new"}}, `the role "new" is defined twice`},
		{"a tenant's and everyone's", []*o2.Role{{Name: "new"}, {Name: "new", TenantID: "red"}}, `the role "new" is defined twice`},
		{"a hostile name", []*o2.Role{{Name: "New"}}, `the role "New" cannot be used`},
		{"a hostile tenant", []*o2.Role{{Name: "new", TenantID: "../red"}}, `the role "new" cannot be used`},
		{"too wide", []*o2.Role{{Name: "new", Permissions: []o2.Permission{permission("*", "manage", "all")}}}, `the role "new" cannot be used: permissions[0].scope cannot be all`},
		{"a tenant's of the platform", []*o2.Role{{Name: "new", TenantID: "red", System: true}}, `the role "new" cannot be used`},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := r.dir.Epoch()
			if err := r.dir.SetFileRoles(c.roles); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if _, kept := find(r.dir.Roles("platform"), "kept"); !kept || r.dir.Epoch() != before {
				t.Error("something has changed")
			}
		})
	}
	must(t, r.dir.SetFileRoles([]*o2.Role{{Name: "red-only", TenantID: "red"}, {Name: "ops", System: true, Permissions: []o2.Permission{permission("*", "manage", "all")}}}))
	_, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "red"})
	must(t, err)
	if _, ok := find(r.dir.Roles("red"), "red-only"); !ok {
		t.Errorf("red has %v", r.dir.Roles("red"))
	}
	if _, ok := find(r.dir.Roles("platform"), "ops"); !ok {
		t.Errorf("the platform has %v", r.dir.Roles("platform"))
	}
	if _, ok := find(r.dir.Roles("red"), "ops"); ok {
		t.Error("red has a role of the platform")
	}
	if _, err := NewDirectory(DirectoryConfig{Store: r.store, Bus: r.bus, BuiltIn: []*o2.Role{{Name: "x"}, {Name: "x"}}, Poll: time.Second}); err == nil {
		t.Error("two built-in roles of one name are accepted")
	}
}
