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
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

func TestCreateTenant(t *testing.T) {
	r := newRig(t)
	got, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{
		ID: "red", Name: "Red", DisplayName: "Red Networks", Organization: "Red AG", ContactEmail: "noc@red.example",
		Settings: map[string]string{"region": "eu"}, Quotas: &o2.Quotas{ResourcePools: 2},
	})
	want := &o2.Tenant{
		ID: "red", Name: "Red", DisplayName: "Red Networks", Organization: "Red AG", ContactEmail: "noc@red.example",
		Status: o2.TenantActive, Settings: map[string]string{"region": "eu"}, Quotas: &o2.Quotas{ResourcePools: 2},
		CreatedBy: "root.platform", CreatedAt: begin.Add(time.Second), UpdatedAt: begin.Add(time.Second), Version: 1,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	if kept, err := r.GetTenant(t.Context(), root, "red"); err != nil || !reflect.DeepEqual(kept, want) {
		t.Errorf("read again: %+v, %v", kept, err)
	}
	if named, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{Name: "smo-alpha"}); err != nil || named.ID != "smo-alpha" {
		t.Errorf("by name: %+v, %v", named, err)
	}
	if named, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "beta"}); err != nil || named.Name != "beta" {
		t.Errorf("by id: %+v, %v", named, err)
	}
}

func TestTenantsThatCannotBe(t *testing.T) {
	r := twoTenants(t)
	for _, c := range []struct {
		name      string
		spec      tenancy.TenantSpec
		attribute string
	}{
		{"without a name", tenancy.TenantSpec{}, "name"},
		{"whose name is no id", tenancy.TenantSpec{Name: "Red Networks"}, "tenantId"},
		{"the platform", tenancy.TenantSpec{ID: "platform"}, "tenantId"},
		{"default", tenancy.TenantSpec{Name: "default"}, "tenantId"},
		{"everyone", tenancy.TenantSpec{ID: "*"}, "tenantId"},
		{"a path", tenancy.TenantSpec{ID: "../red"}, "tenantId"},
		{"upper case", tenancy.TenantSpec{ID: "Red"}, "tenantId"},
		{"suspended at first", tenancy.TenantSpec{ID: "x", Status: o2.TenantSuspended}, "status"},
		{"control characters", tenancy.TenantSpec{ID: "x", DisplayName: "a\nb"}, "displayName"},
		{"long", tenancy.TenantSpec{ID: "x", Organization: strings.Repeat("x", 256)}, "organization"},
		{"no address", tenancy.TenantSpec{ID: "x", ContactEmail: "Noc <noc@red.example>"}, "contactEmail"},
		{"negative quota", tenancy.TenantSpec{ID: "x", Quotas: &o2.Quotas{Resources: -2}}, "quotas.maxResources"},
		{"setting without name", tenancy.TenantSpec{ID: "x", Settings: map[string]string{"": "x"}}, "settings"},
		{"huge setting", tenancy.TenantSpec{ID: "x", Settings: map[string]string{"a": strings.Repeat("x", 5000)}}, "settings.a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.CreateTenant(t.Context(), root, c.spec)
			wantField(t, "creating", err, c.attribute)
		})
	}
	_, err := r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "red", Name: "another"})
	wantError(t, "an id that is taken", err, tenancystore.ErrExists)
	plant(t, r.store, userKey("ghost", "mole"), `{"tenantId":"ghost","userId":"mole"}`)
	must(t, r.dir.Reload(t.Context()))
	_, err = r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "ghost"})
	wantError(t, "an id under which there are users", err, tenancy.ErrInUse)
	_, err = r.CreateTenant(t.Context(), alice, tenancy.TenantSpec{ID: "mine"})
	wantError(t, "an owner creating a tenant", err, authz.ErrDenied)
	_, err = r.CreateTenant(t.Context(), scope.Scope{}, tenancy.TenantSpec{ID: "mine"})
	wantError(t, "nobody creating a tenant", err, authz.ErrDenied)
}

func TestOwnersChangeTheirOwnAffairsAlone(t *testing.T) {
	r := twoTenants(t)
	five := &o2.Quotas{ResourcePools: 5}
	_, _, err := r.SetQuotas(t.Context(), root, "red", five)
	must(t, err)
	for _, c := range []struct {
		name   string
		id     string
		spec   tenancy.TenantSpec
		denied error
	}{
		{"its display name", "red", tenancy.TenantSpec{DisplayName: "R"}, nil},
		{"what stays the same", "red", tenancy.TenantSpec{Name: "red", Status: o2.TenantActive, Quotas: &o2.Quotas{ResourcePools: 5}}, nil},
		{"its status", "red", tenancy.TenantSpec{Status: o2.TenantSuspended}, authz.ErrDenied},
		{"its name", "red", tenancy.TenantSpec{Name: "crimson"}, authz.ErrDenied},
		{"its quotas", "red", tenancy.TenantSpec{Quotas: &o2.Quotas{ResourcePools: 500}}, authz.ErrDenied},
		{"another's display name", "blue", tenancy.TenantSpec{DisplayName: "R"}, tenancy.ErrNotFound},
		{"another's, wrongly", "blue", tenancy.TenantSpec{ContactEmail: "?"}, tenancy.ErrNotFound},
		{"nobody's", "green", tenancy.TenantSpec{DisplayName: "R"}, tenancy.ErrNotFound},
		{"the platform's", "platform", tenancy.TenantSpec{DisplayName: "R"}, tenancy.ErrNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := r.UpdateTenant(t.Context(), alice, c.id, c.spec)
			wantError(t, "changing", err, c.denied)
		})
	}
	_, _, err = r.SetQuotas(t.Context(), alice, "red", five)
	wantError(t, "an owner's quotas", err, authz.ErrDenied)
	wantError(t, "an owner deleting", r.DeleteTenant(t.Context(), alice, "red"), authz.ErrDenied)
	wantError(t, "deleting another's", r.DeleteTenant(t.Context(), alice, "blue"), tenancy.ErrNotFound)
	got, err := r.GetTenant(t.Context(), alice, "red")
	if err != nil || got.Status != o2.TenantActive || got.Name != "red" || *got.Quotas != *five {
		t.Errorf("after it all: %+v, %v", got, err)
	}
	_, err = r.UpdateTenant(t.Context(), root, "red", tenancy.TenantSpec{Status: o2.TenantDeleted})
	wantField(t, "deleted by update", err, "status")
	_, err = r.UpdateTenant(t.Context(), root, "red", tenancy.TenantSpec{Status: "asleep"})
	wantField(t, "an unknown status", err, "status")
}

func TestTenantsAreListedByWhoSeesThem(t *testing.T) {
	r := twoTenants(t)
	ids := func(sc scope.Scope, after string, limit int) (ids []string, more bool) {
		list, more, err := r.ListTenants(t.Context(), sc, after, limit)
		must(t, err)
		for _, tenant := range list {
			ids = append(ids, tenant.ID)
		}
		return ids, more
	}
	for _, c := range []struct {
		name   string
		caller scope.Scope
		after  string
		limit  int
		want   []string
		more   bool
	}{
		{"all", root, "", 10, []string{"blue", "red"}, false},
		{"first page", root, "", 1, []string{"blue"}, true},
		{"second page", root, "blue", 1, []string{"red"}, false},
		{"from between", root, "c", 1, []string{"red"}, false},
		{"own", alice, "", 10, []string{"red"}, false},
		{"behind the own", alice, "red", 10, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, more := ids(c.caller, c.after, c.limit); !reflect.DeepEqual(got, c.want) || more != c.more {
				t.Errorf("got %v, %v, want %v, %v", got, more, c.want, c.more)
			}
		})
	}
	_, _, err := r.ListTenants(t.Context(), bob, "", 10)
	wantError(t, "who holds no role", err, authz.ErrDenied)
}

func TestSuspendedTenantsAreNotAdmittedAtOnce(t *testing.T) {
	r := twoTenants(t)
	must(t, r.dir.Admit(alice))
	_, err := r.UpdateTenant(t.Context(), root, "red", tenancy.TenantSpec{Status: o2.TenantSuspended})
	must(t, err)
	wantError(t, "suspended", r.dir.Admit(alice), tenancy.ErrNotAdmitted)
	if roles := r.dir.RolesOf("red", "alice"); roles != nil {
		t.Errorf("a suspended tenant's user holds %v", roles)
	}
	must(t, r.dir.Admit(eve))
	_, err = r.UpdateTenant(t.Context(), root, "red", tenancy.TenantSpec{Status: o2.TenantActive})
	must(t, err)
	must(t, r.dir.Admit(alice))
	if roles := r.dir.RolesOf("red", "alice"); !reflect.DeepEqual(roles, []string{"owner"}) {
		t.Errorf("active again, and holds %v", roles)
	}
}

func TestDeleteTenant(t *testing.T) {
	r := twoTenants(t)
	_, err := r.CreateRole(t.Context(), alice, tenancy.RoleSpec{Name: "own"})
	must(t, err)
	id := subscribe(t, r, "red")
	other := subscribe(t, r, "blue")

	must(t, r.DeleteTenant(t.Context(), root, "red"))
	wantError(t, "a deleted tenant's owner", r.dir.Admit(alice), tenancy.ErrNotAdmitted)
	records, _, err := r.store.All(t.Context())
	must(t, err)
	for _, record := range records {
		if record.Tenant == "red" && record.Kind != tenancystore.KindTenant {
			t.Errorf("%v is left", record.Key)
		}
	}
	if _, err := r.subs.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("its subscription: %v", err)
	}
	if _, err := r.subs.Get(t.Context(), other); err != nil {
		t.Errorf("another's subscription: %v", err)
	}
	if got, err := r.GetTenant(t.Context(), root, "red"); err != nil || got.Status != o2.TenantDeleted {
		t.Errorf("to whom all is shown: %+v, %v", got, err)
	}
	_, err = r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "red"})
	wantError(t, "its id again", err, tenancystore.ErrExists)
	_, err = r.UpdateTenant(t.Context(), root, "red", tenancy.TenantSpec{Status: o2.TenantActive})
	wantError(t, "bringing it back", err, tenancy.ErrNotFound)
	_, err = r.CreateUser(t.Context(), root, "red", tenancy.UserSpec{ID: "zoe"})
	wantError(t, "a user of it", err, tenancy.ErrNotFound)
	_, _, err = r.ListUsers(t.Context(), root, "red", "", 10)
	wantError(t, "its users", err, tenancy.ErrNotFound)
	_, err = r.CreateRole(t.Context(), root, tenancy.RoleSpec{Tenant: "red", Name: "own"})
	wantError(t, "a role of it", err, tenancy.ErrNotFound)
	must(t, r.DeleteTenant(t.Context(), root, "red"))
	wantError(t, "one that never was", r.DeleteTenant(t.Context(), root, "green"), tenancy.ErrNotFound)
}

// A process that ends in the midst of it leaves a deleted tenant.
func TestDeleteTenantIsCompletedByTheNextCall(t *testing.T) {
	for _, op := range []string{"Delete", "All"} {
		t.Run("the store fails at "+op, func(t *testing.T) {
			r := twoTenants(t)
			id := subscribe(t, r, "red")
			broken := errors.New("broken")
			r.store.Fail = func(got string) error {
				if got == op {
					return broken
				}
				return nil
			}
			wantError(t, "deleting", r.DeleteTenant(t.Context(), root, "red"), broken)
			wantError(t, "its owner already", r.dir.Admit(alice), tenancy.ErrNotAdmitted)
			r.store.Fail = nil
			must(t, r.DeleteTenant(t.Context(), root, "red"))
			if n := len(r.dir.home("red").entries); n != 1 {
				t.Errorf("%d records are left, want the tenant's alone", n)
			}
			if _, err := r.subs.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("its subscription: %v", err)
			}
		})
	}
}

func TestAnUnconfirmedWriteIsCompletedByTheSameCall(t *testing.T) {
	r := newRig(t)
	lost := true
	r.store.Lose = func(op string) error {
		if op == "Put" && lost {
			return store.ErrUnconfirmed
		}
		return nil
	}
	spec := tenancy.TenantSpec{ID: "red", Settings: map[string]string{"a": "b"}}
	_, err := r.CreateTenant(t.Context(), root, spec)
	wantError(t, "unconfirmed", err, store.ErrUnconfirmed)
	lost = false
	_, err = r.CreateTenant(t.Context(), root, tenancy.TenantSpec{ID: "red", Name: "another"})
	wantError(t, "another one", err, tenancystore.ErrExists)
	got, err := r.CreateTenant(t.Context(), root, spec)
	if err != nil || got.CreatedAt != begin.Add(time.Second) {
		t.Errorf("the same again: %+v, %v", got, err)
	}
	_, err = r.CreateTenant(t.Context(), root, spec)
	wantError(t, "and once more", err, tenancystore.ErrExists)
}

func subscribe(t *testing.T, r *rig, tenant string) o2.ID {
	t.Helper()
	s := &o2.Subscription{ID: o2.NewID(), Tenant: tenant, Surface: "test", Callback: "https://" + tenant + ".example", Version: 1}
	_, err := r.subs.Create(t.Context(), s, noLimits)
	must(t, err)
	return s.ID
}
