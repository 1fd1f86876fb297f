package casbin_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/casbin"
)

var (
	everyAction = []string{"list", "read", "create", "update", "delete"}
	guideNouns  = []string{"ResourcePool", "Resource", "ResourceType", "DeploymentManager", "Alarm", "Subscription", "User", "Role", "Tenant", "Quota", "AuditLog"}
)

// allowed are all that permissions allow, each in the plainest form.
func allowed(permissions []o2.Permission) []string {
	set := map[string]bool{}
	for _, p := range permissions {
		resources, actions := []string{p.Resource}, []string{p.Action}
		if p.Resource == "*" {
			resources = guideNouns
		}
		if p.Action == "manage" {
			actions = everyAction
		}
		for _, r := range resources {
			for _, a := range actions {
				set[r+" "+a+" "+p.Scope] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// The table of the operator's guide says of each built-in role what it may do, no
// more and no less.
func TestTheGuidesTableOfRoles(t *testing.T) {
	guide, err := os.ReadFile("../../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(guide), "\n| role | ResourcePool,")
	table, _, found := strings.Cut("| role | ResourcePool,"+after, "\n\n")
	if !found {
		t.Fatal("docs/operator.md has no table of roles")
	}
	rows := strings.Split(table, "\n")
	heads := cells(rows[0])
	told := map[string][]string{}
	for _, row := range rows[2:] {
		c := cells(row)
		var permissions []o2.Permission
		for i := 1; i < len(c); i++ {
			for _, noun := range strings.Split(heads[i], ", ") {
				permissions = append(permissions, inWords(t, noun, c[i])...)
			}
		}
		told[strings.Trim(c[0], "`")] = allowed(permissions)
	}
	for _, role := range casbin.BuiltIn() {
		if got, want := told[role.Name], allowed(role.Permissions); !slices.Equal(got, want) {
			t.Errorf("docs/operator.md says that %s may\n%s\nwant\n%s", role.Name, strings.Join(got, ", "), strings.Join(want, ", "))
		}
		delete(told, role.Name)
	}
	if len(told) > 0 {
		t.Errorf("docs/operator.md has roles that there are not: %v", told)
	}
}

func cells(row string) []string {
	all := strings.Split(strings.Trim(row, "|"), "|")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// inWords reads a cell such as "manage own, read shared".
func inWords(t *testing.T, noun, cell string) (list []o2.Permission) {
	t.Helper()
	for _, part := range regexp.MustCompile(`[^,\s][^,]*`).FindAllString(cell, -1) {
		var verb, scope string
		if _, err := fmt.Sscanf(part, "%s %s", &verb, &scope); err != nil {
			t.Fatalf("%q is no permission", part)
		}
		if scope == "own" {
			scope = "tenant"
		}
		actions := []string{verb}
		if verb == "read" {
			actions = []string{"read", "list"}
		}
		for _, action := range actions {
			list = append(list, o2.Permission{Resource: noun, Action: action, Scope: scope})
		}
	}
	return list
}
