//go:build integration

package app

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// planted are checks that keep tenants apart, each with the source that makes it
// and what the source is without it while scope.Planted says so.
var planted = []struct {
	name string
	// test is the one that notices.
	test               string
	file, anchor, with string
}{
	{name: "every owner is seen", test: "TestIsolationEmbedded", file: "core/scope/scope.go",
		anchor: "return s.valid && s.reach.Covers(s.tenant, owner)",
		with:   `return s.valid && (Planted("every owner is seen") && owner != "" || s.reach.Covers(s.tenant, owner))`},
	{name: "objects are found without a look at their owner", test: "TestIsolationEmbedded", file: "core/inventory/read.go",
		anchor: "if ok && sc.Sees(e.tenant) {",
		with:   `if ok && (scope.Planted("objects are found without a look at their owner") || sc.Sees(e.tenant)) {`},
	{name: "pages are remembered for everyone", test: "TestIsolationEmbedded", file: "core/inventory/memo.go",
		anchor: "func questionOf(sc scope.Scope, q inventory.Query) question {",
		with: `func questionOf(sc scope.Scope, q inventory.Query) question {
			if scope.Planted("pages are remembered for everyone") {
				sc = scope.Scope{}
			}`},
	{name: "odd labels are everyone's", test: "TestIsolationEmbedded", file: "core/inventory/tenancy.go",
		anchor: "case !isTenant(tenant):",
		with: `case !isTenant(tenant) && scope.Planted("odd labels are everyone's"):
			return scope.SharedOwner
		case !isTenant(tenant):`},
	{name: "objects are made without a label", test: "TestIsolationEmbedded", file: "core/inventory/tenancy.go",
		anchor: "if within != \"\" && (t.SingleTenant || sc.Tenant() == \"\") {",
		with: `if scope.Planted("objects are made without a label") {
			return ""
		}
		if within != "" && (t.SingleTenant || sc.Tenant() == "") {`},
	{name: "pools are permitted to all", test: "TestIsolationEmbedded", file: "outbound/casbin/authorizer.go",
		anchor: "return sc.Within(reach), nil",
		with: `if r.Resource == "ResourcePool" && scope.Planted("pools are permitted to all") {
			reach = scope.ReachAll
		}
		return sc.Within(reach), nil`},
	{name: "decisions outlive the roles", test: "TestIsolationEmbedded", file: "outbound/casbin/authorizer.go",
		anchor: "if d := a.decisions.Load(); d.epoch == a.directory.Epoch() {",
		with:   `if d := a.decisions.Load(); d.epoch == a.directory.Epoch() || d.epoch != 0 && scope.Planted("decisions outlive the roles") {`},
	{name: "a tenant's record is another's", test: "TestIsolationEmbedded", file: "core/tenancy/directory.go",
		anchor: "return d.now.Load().homes[tenant]",
		with: `if scope.Planted("a tenant's record is another's") && tenant != scope.PlatformTenant {
			for id, h := range d.now.Load().homes {
				if id != "" && id != scope.PlatformTenant && id != tenant {
					return h
				}
			}
		}
		return d.now.Load().homes[tenant]`},
	{name: "everyone grants everything", test: "TestIsolationEmbedded", file: "core/tenancy/escalation.go",
		anchor: "if !extends(sc, tenant, p.Scope) {",
		with:   `if !scope.Planted("everyone grants everything") && !extends(sc, tenant, p.Scope) {`},
	{name: "the guard has no gate", test: "TestIsolationEmbedded", file: "inbound/http/guard/guard.go",
		anchor: "if g.config.Gate != nil {",
		with:   `if g.config.Gate != nil && !scope.Planted("the guard has no gate") {`},
	{name: "one route asks for no permission", test: "TestIsolationEmbedded", file: "inbound/http/guard/guard.go",
		anchor: "err := g.authorize(ctx, e.Scope, need)",
		with: `err := g.authorize(ctx, e.Scope, need)
		if need.Resource == "ResourcePool" && need.Action == authz.ActionCreate && scope.Planted("one route asks for no permission") {
			err = nil
		}`},
	{name: "keys are of no tenant", test: "TestIsolationEmbedded", file: "inbound/http/idempotency/once.go",
		anchor: "if sc.Platform() {",
		with: `if scope.Planted("keys are of no tenant") {
			key.Tenant = ""
		} else if sc.Platform() {`},
	{name: "markers are of no tenant", test: "TestIsolationEmbedded", file: "inbound/http/reading/parameters.go",
		anchor: "parts := []string{request.Path(r),",
		with: `if scope.Planted("markers are of no tenant") {
			sc = scope.Scope{}
		}
		parts := []string{request.Path(r),`},
	{name: "alarms are reported of anyone's resources", test: "TestIsolationEmbedded", file: "core/alarm/receive.go",
		anchor: "if r, is := seen.Object.(*o2.Resource); ok && is && sc.Sees(seen.Owner) {",
		with:   `if r, is := seen.Object.(*o2.Resource); ok && is && (sc.Sees(seen.Owner) || scope.Planted("alarms are reported of anyone's resources")) {`},
	{name: "the audit log is searched for everyone", test: "TestIsolationEmbedded", file: "core/audit/read.go",
		anchor: "ask.Tenant = sc.Tenant()",
		with: `if !scope.Planted("the audit log is searched for everyone") {
			ask.Tenant = sc.Tenant()
		}`},
	{name: "subscriptions of all tenants are alike", test: "TestIsolationEmbedded", file: "core/o2/subscription.go",
		anchor: "buf := appendText(nil, s.Tenant)",
		with: `buf := appendText(nil, s.Tenant)
		if scope.Planted("subscriptions of all tenants are alike") {
			buf = nil
		}`},
	{name: "tenants' subscriptions hear of everything", test: "TestIsolationNotificationsEmbedded", file: "core/o2/reach.go",
		anchor: "return r&ReachTenant != 0 && owner == tenant",
		with:   `return r&ReachTenant != 0 && (owner == tenant || scope.Planted("tenants' subscriptions hear of everything"))`},
}

var packageClause = regexp.MustCompile(`(?m)^(package [a-z0-9]+)$`)

const plantedSource = `package scope

import "os"

// Planted reports whether a fault is.
func Planted(fault string) bool { return os.Getenv("ISOLATION_FAULT") == fault }
`

// TestIsolationSeesPlantedFaults builds these tests once with all faults in the
// source, none of which has an effect by itself, and runs them with each of them:
// they are to fail, or they would be blind; and with none, where they are to pass.
func TestIsolationSeesPlantedFaults(t *testing.T) {
	if os.Getenv("ISOLATION_FAULT") != "" {
		t.Fatal("a fault is planted already")
	}
	binary := buildPlanted(t)
	run := func(fault, test string) (string, error) {
		cmd := exec.Command(binary, "-test.run", "^"+test+"$", "-test.timeout", "3m")
		cmd.Env = append(os.Environ(), "ISOLATION_FAULT="+fault, "ISOLATION_REQUESTS=8000", "ISOLATION_SEED=1", "ISOLATION_DURATION=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	t.Run("none", func(t *testing.T) {
		if out, err := run("none", "TestIsolationEmbedded|TestIsolationNotificationsEmbedded"); err != nil {
			t.Fatalf("without a fault: %v: %s", err, differences(out))
		}
	})
	for _, p := range planted {
		t.Run(p.name, func(t *testing.T) {
			out, err := run(p.name, p.test)
			found := differences(out)
			if err == nil || found == "" {
				t.Fatalf("it is not noticed: %v: %s", err, tail(out))
			}
			t.Logf("as it should be: %s", found)
		})
	}
}

// differences returns the first line of a test's output that tells of one.
func differences(out string) string {
	for line := range strings.Lines(out) {
		if _, found, ok := strings.Cut(line, "difference: "); ok {
			return found[:min(len(found), 300)]
		}
	}
	return ""
}

func tail(out string) string { return out[max(0, len(out)-2000):] }

// buildPlanted builds the tests of this folder from a tree with all faults in it,
// which itself is left as it is.
func buildPlanted(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	put := func(file string, source []byte) {
		changed := filepath.Join(dir, strings.ReplaceAll(file, "/", "-"))
		if err := os.WriteFile(changed, source, 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, file)] = changed
	}
	put("core/scope/planted.go", []byte(plantedSource))
	for _, p := range planted {
		from := filepath.Join(root, p.file)
		if changed, ok := replace[from]; ok {
			from = changed
		}
		source, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(source, []byte(p.anchor)); n != 1 {
			t.Fatalf("fault %q: %s has its anchor %d times, it must be there once: %q", p.name, p.file, n, p.anchor)
		}
		source = bytes.Replace(source, []byte(p.anchor), []byte(p.with), 1)
		if known := []byte(`"github.com/netweave/netweave/core/scope"`); !bytes.Contains(source, known) && p.file != "core/scope/scope.go" {
			source = packageClause.ReplaceAll(source, append([]byte("$1\n\nimport "), known...))
		}
		put(p.file, source)
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "planted.test")
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-c", "-tags", "integration", "-overlay", overlay, "-o", binary, "./cmd/netweave/app")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building with the faults: %v: %s", err, out)
	}
	return binary
}
