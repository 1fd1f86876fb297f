package tenancy

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
)

// atom is the smallest permission: to do one thing with what one owner owns.
type atom struct {
	resource string
	action   authz.Action
	owner    string
}

// member is a user of a home.
type member struct{ home, id string }

func (m member) scope() scope.Scope {
	if m.home == scope.PlatformTenant {
		return scope.New(scope.Identity{Platform: true, User: m.id})
	}
	return scope.New(scope.Identity{Tenant: m.home, User: m.id})
}

var (
	modelTenants = []string{"red", "blue", "green"}
	modelOwners  = append([]string{"", scope.SharedOwner}, modelTenants...)
	modelHomes   = append([]string{scope.PlatformTenant}, modelTenants...)
	modelUsers   = []string{"root", "ann", "ben", "cas"}
	modelNames   = []string{"owner", "admin", "operator", "viewer", "platform-admin", "tenant-admin", "one", "two", "common"}
)

// held is all that each user holds by bindings in force, disabled users and
// suspended tenants included: what they would have again if they were let in.
func held(d *Directory) map[member]map[atom]bool {
	all := map[member]map[atom]bool{}
	for _, home := range modelHomes {
		h := d.home(home)
		if !h.alive() {
			continue
		}
		names := map[string][]string{}
		for user, bound := range h.bound {
			names[user] = slices.Clone(bound)
		}
		if home == scope.PlatformTenant {
			names["root"] = append(names["root"], rolePlatformAdmin)
		}
		for user, bound := range names {
			all[member{home, user}] = atomsOf(h, home, bound)
		}
	}
	return all
}

func atomsOf(h *home, home string, bound []string) map[atom]bool {
	tenant := home
	if home == scope.PlatformTenant {
		tenant = ""
	}
	atoms := map[atom]bool{}
	for _, r := range h.roles {
		if !slices.Contains(bound, r.Name) {
			continue
		}
		for _, p := range r.Permissions {
			reach := map[string]scope.Reach{"tenant": scope.ReachTenant, "shared": scope.ReachShared, "all": scope.ReachAll}[p.Scope]
			for _, resource := range resources {
				for _, action := range actions {
					if p.Resource != "*" && p.Resource != resource || p.Action != "manage" && p.Action != string(action) {
						continue
					}
					for _, owner := range modelOwners {
						if reach.Covers(tenant, owner) {
							atoms[atom{resource, action, owner}] = true
						}
					}
				}
			}
		}
	}
	return atoms
}

// TestNobodyGainsWhatNobodyAboveGranted has random callers do random things. Who
// holds more after a call has it from the caller, who must have held it before.
func TestNobodyGainsWhatNobodyAboveGranted(t *testing.T) {
	if err := flag.Set("rapid.seed", "1"); err != nil { // the same examples in every run
		t.Fatal(err)
	}
	done := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		r := modelRig(t)
		draw := func(name string, from []string) string { return rapid.SampledFrom(from).Draw(t, name) }
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			home := draw("home", modelHomes)
			caller := member{home, draw("caller", modelUsers)}
			tenant := home // mostly one's own affairs
			if rapid.IntRange(0, 3).Draw(t, "elsewhere") == 0 {
				tenant = draw("tenant", append([]string{"", "*"}, modelHomes...))
			}
			user, role := draw("user", modelUsers), draw("role", modelNames)
			what := draw("what", []string{"bind", "bind", "bind", "unbind", "create role", "create role", "update role", "update role", "delete role", "delete role", "delete role", "create user", "delete user", "update user", "tenant"})
			if strings.HasSuffix(what, " role") {
				role = draw("own role", modelNames[len(modelNames)-3:])
				caller.id = modelUsers[1+step%2] // mostly who may
			}
			before := held(r.dir)
			err := act(t, r, caller.scope(), what, tenant, user, role)
			if err == nil {
				done[what]++
			}
			for who, atoms := range held(r.dir) {
				for a := range atoms {
					if !before[who][a] && !before[caller][a] {
						t.Fatalf("step %d: %s by %v in %q of user %q and role %q (%v) gave %v the permission %v, which the caller does not hold",
							step, what, caller, tenant, user, role, err, who, a)
					}
				}
			}
		}
	})
	for _, what := range []string{"bind", "unbind", "create role", "update role", "delete role", "create user", "delete user", "update user", "tenant"} {
		if done[what] == 0 {
			t.Errorf("%s was never done: the test tries nothing", what)
		}
	}
}

// modelRig has an owner, an admin and an operator in each tenant, and one who
// looks after tenants in the platform.
func modelRig(t *rapid.T) *rig {
	r := newRig(t)
	for _, tenant := range modelTenants {
		_, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: tenant})
		must(t, err)
		for i, role := range []string{"owner", "admin", "operator"} {
			_, err := r.CreateUser(t.Context(), root, tenant, tenancy.UserSpec{ID: modelUsers[i+1]})
			must(t, err)
			_, err = r.Bind(t.Context(), root, tenant, modelUsers[i+1], role)
			must(t, err)
		}
	}
	for _, tenant := range modelTenants { // what all hold, and the admin may change
		_, err := r.CreateRole(t.Context(), root, tenancy.RoleSpec{Tenant: tenant, Name: "one"})
		must(t, err)
		for _, user := range modelUsers[1:] {
			_, err := r.Bind(t.Context(), root, tenant, user, "one")
			must(t, err)
		}
	}
	_, err := r.CreateUser(t.Context(), root, scope.PlatformTenant, tenancy.UserSpec{ID: "ann"})
	must(t, err)
	_, err = r.Bind(t.Context(), root, scope.PlatformTenant, "ann", "tenant-admin")
	must(t, err)
	return r
}

// act does one thing.
func act(t *rapid.T, r *rig, caller scope.Scope, what, tenant, user, role string) (err error) {
	ctx := t.Context()
	switch what {
	case "bind":
		_, err = r.Bind(ctx, caller, tenant, user, role)
	case "unbind":
		err = r.Unbind(ctx, caller, tenant, user, role)
	case "create role":
		_, err = r.CreateRole(ctx, caller, tenancy.RoleSpec{Tenant: tenant, Name: role, Permissions: drawPermissions(t)})
	case "update role":
		_, err = r.UpdateRole(ctx, caller, tenant, role, tenancy.RoleSpec{Permissions: drawPermissions(t)})
	case "delete role":
		err = r.DeleteRole(ctx, caller, tenant, role)
	case "create user":
		_, err = r.CreateUser(ctx, caller, tenant, tenancy.UserSpec{ID: user})
	case "delete user":
		err = r.DeleteUser(ctx, caller, tenant, user)
	case "update user":
		_, err = r.UpdateUser(ctx, caller, tenant, user, tenancy.UserSpec{Disabled: rapid.Bool().Draw(t, "disabled")})
	case "tenant":
		status := rapid.SampledFrom([]o2.TenantStatus{"", o2.TenantActive, o2.TenantSuspended}).Draw(t, "status")
		_, err = r.UpdateTenant(ctx, caller, tenant, tenancy.TenantSpec{DisplayName: "x", Status: status})
	default:
		err = fmt.Errorf("nobody knows how to %s", what)
	}
	return err
}

func drawPermissions(t *rapid.T) []o2.Permission {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) o2.Permission {
		return o2.Permission{
			Resource: rapid.SampledFrom([]string{"*", "User", "Role", "Tenant", "Quota", "ResourcePool", "Resource"}).Draw(t, "resource"),
			Action:   rapid.SampledFrom([]string{"manage", "read", "update", "create"}).Draw(t, "action"),
			Scope:    rapid.SampledFrom([]string{"tenant", "tenant", "shared", "all"}).Draw(t, "scope"),
		}
	}), 0, 3, rapid.ID[o2.Permission]).Draw(t, "permissions")
}
