package tenancy

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

func TestAdmit(t *testing.T) {
	r := twoTenants(t)
	_, err := r.UpdateUser(t.Context(), root, "red", "bob", tenancy.UserSpec{Disabled: true})
	must(t, err)
	r.member(t, "platform", "out")
	_, err = r.UpdateUser(t.Context(), root, "platform", "out", tenancy.UserSpec{Disabled: true})
	must(t, err)
	_, err = r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "asleep"})
	must(t, err)
	_, err = r.UpdateTenant(t.Context(), root, "asleep", tenancy.TenantSpec{Status: o2.TenantSuspended})
	must(t, err)
	_, err = r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "gone"})
	must(t, err)
	must(t, r.DeleteTenant(t.Context(), root, "gone"))
	for _, c := range []struct {
		name     string
		caller   scope.Identity
		admitted bool
	}{
		{"a user", scope.Identity{Tenant: "red", User: "alice"}, true},
		{"a user of whom nothing is known", scope.Identity{Tenant: "red", User: "zoe"}, true},
		{"a disabled user", scope.Identity{Tenant: "red", User: "bob"}, false},
		{"its namesake of another tenant", scope.Identity{Tenant: "blue", User: "bob"}, true},
		{"no user", scope.Identity{Tenant: "red"}, false},
		{"a suspended tenant", scope.Identity{Tenant: "asleep", User: "alice"}, false},
		{"a deleted tenant", scope.Identity{Tenant: "gone", User: "alice"}, false},
		{"an unknown tenant", scope.Identity{Tenant: "green", User: "alice"}, false},
		{"default", scope.Identity{Tenant: "default", User: "alice"}, false},
		{"the platform", scope.Identity{Platform: true, User: "root"}, true},
		{"a platform user of whom nothing is known", scope.Identity{Platform: true, User: "zoe"}, true},
		{"a disabled platform user", scope.Identity{Platform: true, User: "out"}, false},
		{"no platform user", scope.Identity{Platform: true}, false},
		{"who says that the platform is its tenant", scope.Identity{Tenant: "platform", User: "root"}, false},
		{"everyone", scope.Identity{Tenant: "*", User: "root"}, false},
		{"nobody", scope.Identity{User: "root"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := r.dir.Admit(scope.New(c.caller))
			switch {
			case c.admitted:
				must(t, err)
			case err != tenancy.ErrNotAdmitted: //nolint:errorlint // the text must be the same for all
				t.Errorf("got %v, want ErrNotAdmitted itself", err)
			}
		})
	}
	fresh, err := NewDirectory(DirectoryConfig{Store: r.store, Bus: r.bus})
	must(t, err)
	wantError(t, "before anything was read", fresh.Admit(root), store.ErrUnavailable)
}

// What is in the store and makes no sense grants nothing, and is said once.
func TestHostileRecordsGrantNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		key  tenancystore.Key
		data string
	}{
		{"no JSON", tenantKey("green"), `{`},
		{"a tenant called platform", tenantKey("platform"), `{"tenantId":"platform","status":"active"}`},
		{"a tenant called default", tenantKey("default"), `{"tenantId":"default","status":"active"}`},
		{"a tenant called *", tenantKey("*"), `{"tenantId":"*","status":"active"}`},
		{"a tenant without a name", tenantKey(""), `{"tenantId":"","status":"active"}`},
		{"a tenant under another's key", tenantKey("green"), `{"tenantId":"black","status":"active"}`},
		{"a tenant with a name", tenancystore.Key{Kind: "tenant", Tenant: "green", Name: "x"}, `{"tenantId":"green","status":"active"}`},
		{"a tenant of unknown status", tenantKey("green"), `{"tenantId":"green","status":"open"}`},
		{"a user under another tenant's key", userKey("red", "mallory"), `{"tenantId":"blue","userId":"mallory"}`},
		{"a user under another's key", userKey("red", "mallory"), `{"tenantId":"red","userId":"alice"}`},
		{"a hostile user", userKey("red", "../mallory"), `{"tenantId":"red","userId":"../mallory"}`},
		{"a user of default", userKey("default", "mallory"), `{"tenantId":"default","userId":"mallory"}`},
		{"a role under another tenant's key", roleKey("red", "evil"), `{"tenantId":"blue","name":"evil"}`},
		{"a role of a tenant's with scope all", roleKey("red", "evil"), `{"tenantId":"red","name":"evil","system":true,"permissions":[{"resource":"*","action":"manage","scope":"all"}]}`},
		{"everyone's role with scope all", roleKey("", "evil"), `{"name":"evil","system":true,"permissions":[{"resource":"*","action":"manage","scope":"all"}]}`},
		{"a role with an unknown resource", roleKey("red", "evil"), `{"tenantId":"red","name":"evil","permissions":[{"resource":"Evil","action":"manage","scope":"tenant"}]}`},
		{"a role of *", roleKey("*", "evil"), `{"tenantId":"*","name":"evil"}`},
		{"a hostile role", roleKey("red", "Evil Role"), `{"tenantId":"red","name":"Evil Role"}`},
		{"a binding under another user's key", bindingKey("red", "bob", "owner"), `{"tenantId":"red","userId":"mallory","role":"owner"}`},
		{"a binding under another tenant's key", bindingKey("red", "bob", "owner"), `{"tenantId":"blue","userId":"bob","role":"owner"}`},
		{"a binding that another's name seems to have", bindingKey("red", "bob", "x/owner"), `{"tenantId":"red","userId":"bob","role":"x/owner"}`},
		{"an unknown kind", tenancystore.Key{Kind: "spell", Tenant: "red"}, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := twoTenants(t)
			before := shown(r.dir)
			plant(t, r.store, c.key, c.data)
			for range 3 {
				must(t, r.dir.Reload(t.Context()))
			}
			must(t, r.dir.refresh(t.Context(), c.key, nil))
			if got := shown(r.dir); got != before {
				t.Errorf("it has changed\n%s\ninto\n%s", before, got)
			}
			if n := r.log.count("makes no sense"); n != 1 {
				t.Errorf("said %d times", n)
			}
		})
	}
	// These are well formed and grant nothing all the same.
	for _, c := range []struct {
		name string
		key  tenancystore.Key
		data string
	}{
		{"a binding to a role of the platform", bindingKey("red", "bob", "platform-admin"), `{"tenantId":"red","userId":"bob","role":"platform-admin"}`},
		{"a binding to a role that is not there", bindingKey("red", "bob", "ghost"), `{"tenantId":"red","userId":"bob","role":"ghost"}`},
		{"a binding of a user who is not there", bindingKey("red", "ghost", "owner"), `{"tenantId":"red","userId":"ghost","role":"owner"}`},
		{"a binding of a tenant that is not there", bindingKey("ghost", "bob", "owner"), `{"tenantId":"ghost","userId":"bob","role":"owner"}`},
		{"a tenant's role in the platform", bindingKey("platform", "mole", "owner"), `{"tenantId":"platform","userId":"mole","role":"owner"}`},
		{"a user of a tenant that is not there", userKey("ghost", "bob"), `{"tenantId":"ghost","userId":"bob"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := twoTenants(t)
			before := shown(r.dir)
			plant(t, r.store, c.key, c.data)
			must(t, r.dir.Reload(t.Context()))
			if got := shown(r.dir); got != before {
				t.Errorf("it has changed\n%s\ninto\n%s", before, got)
			}
		})
	}
}

// shown is all that a directory says of those whom the tests name.
func shown(d *Directory) (text string) {
	for _, tenant := range []string{"", "*", "platform", "default", "red", "blue", "green", "black", "ghost"} {
		kept, ok := d.Tenant(tenant)
		text += fmt.Sprintf("%s %v %v\n", tenant, kept, ok)
		for _, r := range d.Roles(tenant) {
			text += fmt.Sprintf("  role %+v\n", *r)
		}
		for _, user := range []string{"alice", "bob", "eve", "root", "mole", "mallory", "../mallory", "ghost"} {
			kept, ok := d.User(tenant, user)
			text += fmt.Sprintf("  user %s %v %v %v\n", user, kept, ok, d.RolesOf(tenant, user))
		}
	}
	return text
}

// A role that is deleted and made anew begins with version 1 again.
func TestTheSameVersionIsNotTheSameRecord(t *testing.T) {
	r := twoTenants(t)
	key := roleKey("red", "mine")
	plant(t, r.store, key, `{"tenantId":"red","name":"mine","description":"first"}`)
	must(t, r.dir.Reload(t.Context()))
	must(t, r.store.Delete(t.Context(), key))
	plant(t, r.store, key, `{"tenantId":"red","name":"mine","description":"second"}`)
	must(t, r.dir.Reload(t.Context()))
	if role, _ := find(r.dir.Roles("red"), "mine"); role == nil || role.Description != "second" {
		t.Errorf("got %+v", role)
	}
}

// What has not changed is shared: nothing is decoded again, and who keeps what it
// made of a tenant's roles may compare slices.
func TestReloadsShareWhatHasNotChanged(t *testing.T) {
	r := twoTenants(t)
	_, err := r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Name: "mine"})
	must(t, err)
	epoch, red, blue := r.dir.Epoch(), r.dir.Roles("red"), r.dir.Roles("blue")
	must(t, r.dir.Reload(t.Context()))
	if r.dir.Epoch() != epoch || !identical(red, r.dir.Roles("red")) {
		t.Errorf("a reload of the same gave epoch %d after %d", r.dir.Epoch(), epoch)
	}
	_, err = r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Name: "more"})
	must(t, err)
	again, _ := find(r.dir.Roles("red"), "mine")
	first, _ := find(red, "mine")
	if r.dir.Epoch() == epoch || !identical(blue, r.dir.Roles("blue")) || again != first {
		t.Error("a change in red made blue anew, or the whole of red")
	}
}

func identical(a, b []*o2.Role) bool { return len(a) == len(b) && &a[0] == &b[0] }

// However changes reach the directory, it ends with what the store has.
func TestOneByOneIsAsAllAtOnce(t *testing.T) {
	r := twoTenants(t)
	_, err := r.CreateRole(t.Context(), root, tenancy.RoleSpec{Tenant: "*", Name: "common"})
	must(t, err)
	r.bind(t, "red", "bob", "common")
	r.member(t, "platform", "zed", "auditor")
	must(t, r.Unbind(t.Context(), root, "red", "bob", "common"))
	must(t, r.DeleteRole(t.Context(), root, "*", "common"))
	must(t, r.DeleteUser(t.Context(), root, "platform", "zed"))
	other := rigOn(t, r.store, r.bus)
	if one, all := shown(r.dir), shown(other.dir); one != all {
		t.Errorf("one by one:\n%s\nall at once:\n%s", one, all)
	}
	if !reflect.DeepEqual(keysOf(r.dir), keysOf(other.dir)) {
		t.Errorf("one by one %v, all at once %v", keysOf(r.dir), keysOf(other.dir))
	}
}

func keysOf(d *Directory) (list []string) {
	for id, h := range d.now.Load().homes {
		for _, e := range h.entries {
			list = append(list, id+"/"+string(e.kind)+"/"+e.name)
		}
	}
	slices.Sort(list)
	return list
}

func TestLimits(t *testing.T) {
	r := twoTenants(t)
	one := o2.Quotas{ResourcePools: 1}
	_, _, err := r.SetQuotas(t.Context(), root, "red", &one)
	must(t, err)
	byDefault := o2.Quotas{ResourcePools: 10, Resources: 100, Subscriptions: 5, CPUMillis: -1, MemoryBytes: -1, StorageBytes: -1}
	for _, c := range []struct {
		tenant string
		want   o2.Quotas
	}{
		{"red", one}, {"blue", byDefault}, {"green", byDefault}, {"platform", unlimited}, {"", unlimited},
	} {
		if got := r.dir.Limits(c.tenant); got != c.want {
			t.Errorf("%q: got %+v, want %+v", c.tenant, got, c.want)
		}
	}
	r.dir.SetDefaultQuotas(nil)
	if got := r.dir.Limits("blue"); got != unlimited {
		t.Errorf("without a default: %+v", got)
	}
}
