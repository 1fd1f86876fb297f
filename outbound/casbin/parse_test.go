package casbin_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/casbin"
)

func TestBuiltInRoles(t *testing.T) {
	systems := map[string]bool{}
	var names []string
	for _, r := range casbin.BuiltIn() {
		names = append(names, r.Name)
		systems[r.Name] = r.System
		if r.Source != o2.RoleBuiltIn || r.TenantID != "" || r.Description == "" || len(r.Permissions) == 0 {
			t.Errorf("%s: got %+v", r.Name, r)
		}
		for _, p := range r.Permissions {
			if !r.System && p.Scope == "all" {
				t.Errorf("%s, which tenants' users hold, extends to all: %v", r.Name, p)
			}
		}
	}
	if want := "platform-admin tenant-admin auditor owner admin operator viewer"; strings.Join(names, " ") != want {
		t.Errorf("got %v, want %s", names, want)
	}
	if want := (map[string]bool{
		"platform-admin": true, "tenant-admin": true, "auditor": true, "owner": false, "admin": false, "operator": false, "viewer": false,
	}); !reflect.DeepEqual(systems, want) {
		t.Errorf("system roles: got %v", systems)
	}
	// The list is the caller's, the roles are shared.
	casbin.BuiltIn()[0] = nil
	if casbin.BuiltIn()[0] == nil {
		t.Error("a caller took a role away from all others")
	}
}

func TestParseRoles(t *testing.T) {
	got, err := casbin.ParseRoles("roles.csv", []byte(`# of this site
r, noc, system, "Watches, day and night"
p, noc, Resource, read, all

p,night-shift,*,list,tenant
  p , noc , Subscription , manage , all
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []*o2.Role{
		{Name: "noc", System: true, Description: "Watches, day and night", Source: o2.RoleFromFile, Version: 1, Permissions: []o2.Permission{
			{Resource: "Resource", Action: "read", Scope: "all"}, {Resource: "Subscription", Action: "manage", Scope: "all"},
		}},
		{Name: "night-shift", Source: o2.RoleFromFile, Version: 1, Permissions: []o2.Permission{{Resource: "*", Action: "list", Scope: "tenant"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if none, err := casbin.ParseRoles("roles.csv", []byte("# nothing yet\n")); err != nil || len(none) != 0 {
		t.Errorf("a file without roles: got %v, %v", none, err)
	}
}

func TestParseRolesSaysWhatWouldBeRight(t *testing.T) {
	const (
		resources = "DeploymentManager, ResourcePool, Resource, ResourceType, Alarm, Subscription, Tenant, User, Role, Quota, AuditLog, Adapter, Configuration, Route, AlarmService, *"
		label     = "want 1 to 63 lower-case letters, digits and hyphens, with a letter or digit first and last"
	)
	for _, tc := range []struct{ name, text, want string }{
		{"resource", "\np, noc, Pool, read, all", `f, line 2: "Pool" is no resource: write one of ` + resources},
		{"action", "p, noc, Resource, write, all", `f, line 1: "write" is no action: write one of list, read, create, update, delete, manage`},
		{"scope", "p, noc, Resource, read, mine", `f, line 1: "mine" is no scope: write one of tenant, shared, all`},
		{"fields of p", "p, noc, Resource, read", `f, line 1: has 4 fields: a permission is "p, role, resource, action, scope"`},
		{"fields of r", "r, noc", `f, line 1: has 2 fields: a role is "r, role, system or tenant, description"`},
		{"kind", "r, noc, System, x", `f, line 1: "System" is no kind of role: write system, for users of the platform alone, or tenant`},
		{"binding", "g, alice, owner", `f, line 1: "g" binds roles to users: that is done by the admin API; a file has "p" and "r" lines`},
		{"other lines", "x", `f, line 1: begins with "x": right are "p, role, resource, action, scope" and "r, role, system or tenant, description"`},
		{"role's name", "p, NOC, Resource, read, all", `f, line 1: "NOC" is no name of a role: ` + label},
		{"built-in by p", "p, owner, Resource, read, all", "f, line 1: role owner is built in and cannot be defined again: use another name"},
		{"built-in by r", "r, auditor, system, x", "f, line 1: role auditor is built in and cannot be defined again: use another name"},
		{"twice", "p, noc, Resource, read, all\np, noc, Resource, read, all", "f, line 2: role noc has this permission already: leave the line out"},
		{"r behind p", "p, noc, Resource, read, all\nr, noc, system, x", "f, line 2: role noc is there already: its r line comes once, before its permissions"},
		{"a quote", "# x\np, noc, \"Res, read, all\n\n", "f, line 2: is no CSV: extraneous or missing \" in quoted-field: " +
			"a text with a quote or comma in it stands in double quotes, with its own doubled"},
		{"too large", strings.Repeat("#\n", casbin.MaxFile/2+1), "f is larger than 4 MiB: a file of roles has a few lines for each role"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			roles, err := casbin.ParseRoles("f", []byte(tc.text))
			if err == nil || err.Error() != tc.want || roles != nil {
				t.Errorf("\n got %v, %v\nwant %s", roles, err, tc.want)
			}
		})
	}
}

// Whatever is in a file, what comes out of it is roles that keep the rules.
func FuzzParseRoles(f *testing.F) {
	for _, seed := range []string{"", "p, a, *, manage, all\n", "r, a, system, \"x\"\"y\"\np, a, Resource, read, shared", "#\n\np,,,,", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		roles, err := casbin.ParseRoles("f", []byte(text))
		if err != nil && roles != nil {
			t.Errorf("got %v with %v", roles, err)
		}
		seen := map[string]bool{}
		for _, r := range roles {
			if err := o2.CheckRoleName(r.Name); err != nil || seen[r.Name] || r.Source != o2.RoleFromFile || r.TenantID != "" {
				t.Errorf("got %s, %v", fmt.Sprintf("%+v", r), err)
			}
			seen[r.Name] = true
		}
	})
}

// The file that the operator's guide shows is one.
func TestTheGuidesFileOfRoles(t *testing.T) {
	guide, err := os.ReadFile("../../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(guide), "```csv\n")
	text, _, found := strings.Cut(after, "```")
	roles, err := casbin.ParseRoles("operator.md", []byte(text))
	if !found || err != nil || len(roles) != 1 || len(roles[0].Permissions) != 2 || roles[0].Description == "" {
		t.Errorf("got %v, %v", roles, err)
	}
}
