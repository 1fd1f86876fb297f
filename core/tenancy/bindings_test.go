package tenancy

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

var noLimits = subscriptionstore.Limits{}

func TestBind(t *testing.T) {
	r := twoTenants(t)
	r.member(t, "red", "adam", "admin")
	r.member(t, "platform", "tara", "tenant-admin")
	adam := scope.New(scope.Identity{Tenant: "red", User: "adam"})
	tara := scope.New(scope.Identity{Platform: true, User: "tara"})
	for _, c := range []struct {
		name               string
		caller             scope.Scope
		tenant, user, role string
		want               error
	}{
		{"an owner makes an owner", alice, "red", "bob", "owner", nil},
		{"an owner does so twice", alice, "red", "bob", "owner", tenancystore.ErrExists},
		{"an owner makes an operator", alice, "red", "bob", "operator", nil},
		{"an admin makes an admin", adam, "red", "bob", "admin", nil},
		{"an admin makes a viewer", adam, "red", "bob", "viewer", nil},
		{"an admin makes itself an owner", adam, "red", "adam", "owner", tenancy.ErrEscalation},
		{"an admin makes itself an operator", adam, "red", "adam", "operator", authz.ErrDenied},
		{"who may make users makes an owner", tara, "blue", "eve", "admin", tenancy.ErrEscalation},
		{"who may make users makes an admin of the platform", tara, "platform", "tara", "platform-admin", tenancy.ErrEscalation},
		{"who may make users makes another like it", tara, "platform", "tara", "tenant-admin", tenancystore.ErrExists},
		{"who holds nothing", scope.New(scope.Identity{Tenant: "red", User: "zoe"}), "red", "zoe", "viewer", authz.ErrDenied},
		{"another tenant's user", alice, "blue", "eve", "viewer", tenancy.ErrNotFound},
		{"a user of the platform", alice, "platform", "tara", "viewer", tenancy.ErrNotFound},
		{"a user of everyone's", alice, "*", "bob", "viewer", tenancy.ErrNotFound},
		{"a user of nobody's", root, "", "bob", "viewer", tenancy.ErrNotFound},
		{"a user who is not there", alice, "red", "zoe", "viewer", tenancy.ErrNotFound},
		{"a tenant's user by the platform", root, "blue", "eve", "admin", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.Bind(t.Context(), c.caller, c.tenant, c.user, c.role)
			wantError(t, "binding", err, c.want)
		})
	}
	for _, c := range []struct {
		name               string
		caller             scope.Scope
		tenant, user, role string
	}{
		{"a role of the platform in a tenant", root, "red", "bob", "platform-admin"},
		{"a tenant's role in the platform", root, "platform", "tara", "owner"},
		{"a role that is not there", alice, "red", "bob", "emperor"},
		{"no role's name", alice, "red", "bob", "../owner"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.Bind(t.Context(), c.caller, c.tenant, c.user, c.role)
			wantField(t, "binding", err, "role")
		})
	}
	if got := r.dir.RolesOf("red", "bob"); !reflect.DeepEqual(got, []string{"admin", "operator", "owner", "viewer"}) {
		t.Errorf("bob holds %v", got)
	}
	_, err := r.Bind(t.Context(), adam, "red", "adam", "operator")
	if want := "nobody grants what they do not hold: the caller does not hold list of Resource with scope tenant there: denied"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnbind(t *testing.T) {
	r := twoTenants(t)
	wantError(t, "what is not bound", r.Unbind(t.Context(), alice, "red", "bob", "viewer"), tenancy.ErrNotFound)
	wantError(t, "another's", r.Unbind(t.Context(), alice, "blue", "eve", "owner"), tenancy.ErrNotFound)
	err := r.Unbind(t.Context(), alice, "red", "alice", "owner")
	if want := `the user is the tenant's last owner, and the role "owner" is in use: give it to somebody else first`; err == nil || err.Error() != want {
		t.Errorf("the last owner: got %v, want %s", err, want)
	}
	wantError(t, "deleting the last owner", r.DeleteUser(t.Context(), alice, "red", "alice"), tenancy.ErrInUse)
	_, err = r.UpdateUser(t.Context(), alice, "red", "alice", tenancy.UserSpec{Disabled: true})
	wantError(t, "disabling the last owner", err, tenancy.ErrInUse)

	r.bind(t, "red", "bob", "owner")
	_, err = r.UpdateUser(t.Context(), alice, "red", "bob", tenancy.UserSpec{Disabled: true})
	must(t, err)
	wantError(t, "the last that can act", r.Unbind(t.Context(), alice, "red", "alice", "owner"), tenancy.ErrInUse)
	_, err = r.UpdateUser(t.Context(), alice, "red", "bob", tenancy.UserSpec{})
	must(t, err)
	must(t, r.Unbind(t.Context(), alice, "red", "alice", "owner"))
	wantError(t, "holding nothing any more", r.Unbind(t.Context(), alice, "red", "bob", "owner"), authz.ErrDenied)
	must(t, r.Unbind(t.Context(), root, "red", "bob", "owner"))
}

func TestThePlatformKeepsAnAdmin(t *testing.T) {
	r := newRig(t)
	_, err := r.CreateUser(t.Context(), root, "platform", tenancy.UserSpec{ID: "root", Disabled: true})
	wantError(t, "a record that disables the only one", err, tenancy.ErrInUse)
	must(t, r.dir.Admit(root))
	_, err = r.CreateUser(t.Context(), root, "platform", tenancy.UserSpec{ID: "root"})
	must(t, err)
	_, err = r.UpdateUser(t.Context(), root, "platform", "root", tenancy.UserSpec{Disabled: true})
	wantError(t, "disabling the only one", err, tenancy.ErrInUse)
	r.member(t, "platform", "second", "platform-admin")
	second := scope.New(scope.Identity{Platform: true, User: "second"})
	_, err = r.UpdateUser(t.Context(), second, "platform", "root", tenancy.UserSpec{Disabled: true})
	must(t, err)
	wantError(t, "a disabled admin", r.dir.Admit(root), tenancy.ErrNotAdmitted)
	wantError(t, "the last that can act", r.Unbind(t.Context(), second, "platform", "second", "platform-admin"), tenancy.ErrInUse)
	must(t, r.DeleteUser(t.Context(), second, "platform", "root")) // by configuration it still is one
	must(t, r.dir.Admit(root))
	must(t, r.Unbind(t.Context(), second, "platform", "second", "platform-admin"))
}

// A binding that outlives its user or role, by whatever accident, is not one to
// the next of the name.
func TestBindingsAreToTheVeryUserAndRole(t *testing.T) {
	r := twoTenants(t)
	old := begin.Add(-time.Hour).Format(time.RFC3339)
	plant(t, r.store, bindingKey("red", "zoe", "owner"), `{"tenantId":"red","userId":"zoe","role":"owner","createdAt":"`+old+`"}`)
	plant(t, r.store, bindingKey("red", "bob", "later"), `{"tenantId":"red","userId":"bob","role":"later","createdAt":"`+old+`"}`)
	must(t, r.dir.Reload(t.Context()))
	_, err := r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Name: "later", Permissions: []o2.Permission{{Resource: "User", Action: "manage", Scope: "tenant"}}})
	must(t, err)
	if roles := r.dir.RolesOf("red", "bob"); roles != nil {
		t.Errorf("bob holds %v by an old binding", roles)
	}
	plant(t, r.store, userKey("red", "zoe"), `{"tenantId":"red","userId":"zoe","createdAt":"`+begin.Format(time.RFC3339)+`"}`)
	must(t, r.dir.Reload(t.Context()))
	if roles := r.dir.RolesOf("red", "zoe"); roles != nil {
		t.Errorf("zoe holds %v by an old binding", roles)
	}
	must(t, r.DeleteUser(t.Context(), alice, "red", "zoe"))
	_, err = r.store.Get(t.Context(), bindingKey("red", "zoe", "owner"))
	if err == nil {
		t.Error("an old binding outlived the user once more")
	}
	must(t, r.DeleteRole(t.Context(), alice, "", "later"))

	// Clocks of other processes may be ahead: what is bound now counts all the same.
	ahead := begin.Add(time.Hour).Format(time.RFC3339)
	plant(t, r.store, userKey("red", "ann"), `{"tenantId":"red","userId":"ann","createdAt":"`+ahead+`"}`)
	must(t, r.dir.Reload(t.Context()))
	b, err := r.Bind(t.Context(), alice, "red", "ann", "viewer")
	if err != nil || !b.CreatedAt.Equal(begin.Add(time.Hour)) {
		t.Errorf("got %+v, %v", b, err)
	}
	if roles := r.dir.RolesOf("red", "ann"); !reflect.DeepEqual(roles, []string{"viewer"}) {
		t.Errorf("ann holds %v", roles)
	}
	// And what was bound to an earlier user makes room for what is bound now.
	plant(t, r.store, bindingKey("red", "ann", "operator"), `{"tenantId":"red","userId":"ann","role":"operator","createdAt":"`+old+`"}`)
	must(t, r.dir.Reload(t.Context()))
	r.bind(t, "red", "ann", "operator")
	if roles := r.dir.RolesOf("red", "ann"); !reflect.DeepEqual(roles, []string{"operator", "viewer"}) {
		t.Errorf("ann holds %v", roles)
	}
}

func TestUsers(t *testing.T) {
	r := twoTenants(t)
	u, err := r.CreateUser(t.Context(), alice, "red", tenancy.UserSpec{ID: "carl@red.example", DisplayName: "Carl", Email: "carl@red.example"})
	want := &o2.User{
		TenantID: "red", ID: "carl@red.example", DisplayName: "Carl", Email: "carl@red.example", CreatedBy: "alice.red",
		CreatedAt: r.clock, UpdatedAt: r.clock, Version: 1,
	}
	if err != nil || !reflect.DeepEqual(u, want) {
		t.Fatalf("got %+v, %v, want %+v", u, err, want)
	}
	if roles := r.dir.RolesOf("red", u.ID); roles != nil {
		t.Errorf("a new user holds %v", roles)
	}
	_, err = r.CreateUser(t.Context(), alice, "red", tenancy.UserSpec{ID: "bob", DisplayName: "another"})
	wantError(t, "a name that is taken", err, tenancystore.ErrExists)
	_, err = r.CreateUser(t.Context(), alice, "red", tenancy.UserSpec{ID: "a/b"})
	wantField(t, "no id", err, "userId")
	_, err = r.CreateUser(t.Context(), alice, "red", tenancy.UserSpec{ID: "x", Email: "x"})
	wantField(t, "no address", err, "email")
	for _, tenant := range []string{"blue", "green", "platform", "", "*", "red/../blue"} {
		_, err = r.CreateUser(t.Context(), alice, tenant, tenancy.UserSpec{ID: "mole"})
		wantError(t, "a user of "+tenant, err, tenancy.ErrNotFound)
		_, _, err = r.ListUsers(t.Context(), alice, tenant, "", 10)
		wantError(t, "the users of "+tenant, err, tenancy.ErrNotFound)
		_, err = r.GetUser(t.Context(), alice, tenant, "eve")
		wantError(t, "a user of "+tenant, err, tenancy.ErrNotFound)
		_, err = r.Bindings(t.Context(), alice, tenant, "eve")
		wantError(t, "the bindings in "+tenant, err, tenancy.ErrNotFound)
		wantError(t, "deleting in "+tenant, r.DeleteUser(t.Context(), alice, tenant, "eve"), tenancy.ErrNotFound)
	}
	list, more, err := r.ListUsers(t.Context(), alice, "red", "alice", 1)
	if err != nil || len(list) != 1 || list[0].ID != "bob" || !more {
		t.Errorf("got %v, %v, %v", list, more, err)
	}
	for i := len(r.dir.home("red").users); i < 6; i++ {
		r.member(t, "red", strings.Repeat("u", i))
	}
	_, err = r.CreateUser(t.Context(), alice, "red", tenancy.UserSpec{ID: "toomany"})
	wantError(t, "more than a tenant may have", err, tenancy.ErrLimit)

	r.bind(t, "red", u.ID, "viewer")
	bindings, err := r.Bindings(t.Context(), alice, "red", u.ID)
	if err != nil || len(bindings) != 1 || bindings[0].Role != "viewer" || bindings[0].CreatedBy != "root.platform" {
		t.Errorf("got %v, %v", bindings, err)
	}
	must(t, r.DeleteUser(t.Context(), alice, "red", u.ID))
	wantError(t, "deleting again", r.DeleteUser(t.Context(), alice, "red", u.ID), tenancy.ErrNotFound)
	_, err = r.CreateUser(t.Context(), alice, "red", tenancy.UserSpec{ID: u.ID})
	must(t, err)
	if roles := r.dir.RolesOf("red", u.ID); roles != nil {
		t.Errorf("made anew, and holds %v", roles)
	}
}

// A user whose deletion broke off in the midst keeps no role that it could use.
func TestDeletedUsersLoseTheirBindingsFirst(t *testing.T) {
	r := twoTenants(t)
	r.bind(t, "red", "bob", "operator")
	broken := errors.New("broken")
	deletes := 0
	r.store.Fail = func(op string) error {
		if op == "Delete" {
			if deletes++; deletes == 2 {
				return broken
			}
		}
		return nil
	}
	wantError(t, "deleting", r.DeleteUser(t.Context(), alice, "red", "bob"), broken)
	if _, err := r.GetUser(t.Context(), alice, "red", "bob"); err != nil || r.dir.RolesOf("red", "bob") != nil {
		t.Errorf("half deleted: %v, holds %v", err, r.dir.RolesOf("red", "bob"))
	}
	must(t, r.DeleteUser(t.Context(), alice, "red", "bob"))
}

// To enable somebody is to give roles: who may not give them may not do that, nor
// delete who is disabled and by the configuration holds one.
func TestNobodyEnablesWhoHoldsMore(t *testing.T) {
	r := twoTenants(t)
	r.member(t, "red", "ann", "admin")
	r.member(t, "red", "dora", "owner")
	r.member(t, "platform", "tina", "tenant-admin")
	r.member(t, "platform", "paul", "platform-admin")
	r.member(t, "platform", "root")
	ann := scope.New(scope.Identity{Tenant: "red", User: "ann"})
	tina, paul := scope.New(scope.Identity{Platform: true, User: "tina"}), scope.New(scope.Identity{Platform: true, User: "paul"})
	for _, u := range [][2]string{{"red", "alice"}, {"red", "bob"}, {"platform", "root"}} {
		_, err := r.UpdateUser(t.Context(), paul, u[0], u[1], tenancy.UserSpec{Disabled: true})
		must(t, err)
	}
	enable := func(sc scope.Scope, tenant, user string) error {
		_, err := r.UpdateUser(t.Context(), sc, tenant, user, tenancy.UserSpec{})
		return err
	}
	wantError(t, "an admin enables an owner", enable(ann, "red", "alice"), tenancy.ErrEscalation)
	wantError(t, "a tenant-admin enables the configured admin", enable(tina, "platform", "root"), tenancy.ErrEscalation)
	wantError(t, "a tenant-admin deletes it", r.DeleteUser(t.Context(), tina, "platform", "root"), tenancy.ErrEscalation)
	if r.dir.RolesOf("red", "alice") != nil || r.dir.RolesOf("platform", "root") != nil {
		t.Error("they are enabled all the same")
	}
	must(t, enable(ann, "red", "bob"))
	must(t, enable(scope.New(scope.Identity{Tenant: "red", User: "dora"}), "red", "alice"))
	must(t, enable(paul, "platform", "root"))
	_, err := r.UpdateUser(t.Context(), ann, "red", "alice", tenancy.UserSpec{DisplayName: "Alice"})
	must(t, err)
}
