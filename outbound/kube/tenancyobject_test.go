package kube

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/netweave/netweave/ports/tenancystore"
)

func TestObjectNames(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, c := range []struct {
		kind         tenancystore.Kind
		tenant, name string
		want         string
	}{
		{tenancystore.KindTenant, "acme", "", "acme"},
		{tenancystore.KindTenant, "acme", "x", ""},
		{tenancystore.KindTenant, "a.b", "", ""},
		{tenancystore.KindTenant, "", "", ""},
		{tenancystore.KindUser, "acme", "bob", "acme.bob"},
		{tenancystore.KindUser, "acme", "Bob", "acme.x--42ob"},
		{tenancystore.KindUser, "acme", "x-Bob", "acme.x-2d-42ob"},
		{tenancystore.KindUser, "acme", "bob-1", "acme.bob-2d1"},
		{tenancystore.KindUser, "acme", "alice@example.org", "acme.alice-40example-2eorg"},
		{tenancystore.KindUser, "acme", "auth0|5f", "acme.auth0-7c5f"},
		{tenancystore.KindUser, "acme", "../root", ""},
		{tenancystore.KindUser, "", "bob", ""},
		{tenancystore.KindRole, "", "viewer", "viewer"},
		{tenancystore.KindRole, "acme", "viewer", "acme.viewer"},
		{tenancystore.KindRole, "acme", "a.b", ""},
		{tenancystore.KindRoleBinding, "acme", "bob/viewer", "acme.bob.viewer"},
		{tenancystore.KindRoleBinding, "acme", "b.b/viewer", "acme.b-2eb.viewer"},
		{tenancystore.KindRoleBinding, "acme", "bob", ""},
		{tenancystore.KindRoleBinding, "acme", "bob/a/b", ""},
		{tenancystore.KindRoleBinding, long, strings.Repeat("x", 120) + "/" + long, long + "." + strings.Repeat("x", 120) + "." + long},
		{"other", "acme", "x", ""},
	} {
		got, err := objectName(tenancystore.Key{Kind: c.kind, Tenant: c.tenant, Name: c.name})
		if wrong := validation.IsDNS1123Subdomain(got); err == nil && len(wrong) > 0 {
			t.Errorf("the name %q is refused: %v", got, wrong)
		}
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %q of %q is named %q (%v), want %q", c.kind, c.name, c.tenant, got, err, c.want)
		}
	}
}

// TestNamesOfLongUsers: two of them differ, and kube-apiserver takes them with
// what is before and behind.
func TestNamesOfLongUsers(t *testing.T) {
	seen := map[string]string{}
	for _, id := range []string{
		strings.Repeat("x", 128), strings.Repeat("x", 127) + "y", strings.Repeat("x", 121), "x" + strings.Repeat("@", 127), "x" + strings.Repeat("@", 126), "x" + strings.Repeat("-", 127), "X" + strings.Repeat("x", 127),
	} {
		long := strings.Repeat("a", 63)
		name, err := objectName(tenancystore.Key{Kind: tenancystore.KindRoleBinding, Tenant: long, Name: id + "/" + long})
		if err != nil {
			t.Fatal(err)
		}
		if wrong := validation.IsDNS1123Subdomain(name); len(wrong) > 0 {
			t.Errorf("the name %q is refused: %v", name, wrong)
		}
		if other, twice := seen[name]; twice {
			t.Errorf("%q and %q are both named %q", id, other, name)
		}
		seen[name] = id
	}
}
