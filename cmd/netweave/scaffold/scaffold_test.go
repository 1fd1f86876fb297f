package scaffold

import (
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sdkDir = "../../../sdk"

func TestMake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	got, err := Make(Plugin{Name: "acme-metal", Module: "example.com/acme", Dir: dir, SDK: sdkDir})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		".github/workflows/ci.yml", ".gitignore", "README.md", "backend.go", "cloud.go", "config.go", "gateway.yaml", "go.mod", "go.sum",
		"main.go", "mapping.go", "plugin_test.go", "watch.go", "write.go",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, name := range got {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "{{") {
			t.Errorf("%s is not filled in", name)
		}
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		if formatted, err := format.Source(raw); err != nil || string(formatted) != string(raw) {
			t.Errorf("%s is not formatted: %v", name, err)
		}
	}
	if _, err := Make(Plugin{Name: "acme-metal", Module: "example.com/acme", Dir: dir, SDK: sdkDir}); err == nil ||
		err.Error() != "the folder "+dir+" is not empty: name another with --dir" {
		t.Errorf("over another: %v", err)
	}
}

// The copy is the sdk as it is, but for the tests.
func TestOwnSDK(t *testing.T) {
	dir := t.TempDir()
	got, err := Make(Plugin{Name: "acme", Module: "example.com/acme", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(got, "sdk") {
		t.Errorf("the sdk is not told of in %q", got)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if line := "\nreplace " + SDKModule + " => \"./sdk\"\n"; !strings.HasSuffix(string(raw), line) {
		t.Errorf("go.mod is\n%s\nand does not end with%s", raw, line)
	}
	if want, got := contents(t, sdkDir), contents(t, filepath.Join(dir, "sdk")); !maps.Equal(got, want) {
		t.Errorf("of the sdk's %d files, %d are there or others", len(want), len(got))
	}
	license, err := os.ReadFile("../../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	if contents(t, sdkDir)["LICENSE"] != string(license) {
		t.Error("the sdk's LICENSE is not the project's")
	}
}

// contents are those of a folder's files, but for Go's tests.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatCannotBeMade(t *testing.T) {
	for name, tt := range map[string]struct {
		p    Plugin
		want string
	}{
		"a name": {Plugin{Name: "Acme", Module: "example.com/acme", SDK: sdkDir},
			`the name "Acme" cannot be a plugin's: use lower-case letters, digits and, inside, dashes, at most 63`},
		"a way out of the folder": {Plugin{Name: "../x", Module: "example.com/acme", SDK: sdkDir},
			`the name "../x" cannot be a plugin's: use lower-case letters, digits and, inside, dashes, at most 63`},
		"a module": {Plugin{Name: "acme", Module: "a b\nreplace", SDK: sdkDir},
			`the module path "a b\nreplace" is none: it should look like example.com/acme`},
		"a module above": {Plugin{Name: "acme", Module: "example.com/../acme", SDK: sdkDir},
			`the module path "example.com/../acme" is none: it should look like example.com/acme`},
		"an option": {Plugin{Name: "acme", Module: "-mod/acme", SDK: sdkDir},
			`the module path "-mod/acme" is none: it should look like example.com/acme`},
		"the sdk's module": {Plugin{Name: "acme", Module: SDKModule, SDK: sdkDir},
			"the module path " + SDKModule + " is the sdk's: name your own, such as example.com/acme"},
		"an sdk": {Plugin{Name: "acme", Module: "example.com/acme", SDK: "/nowhere"},
			"/nowhere is not the folder of netweave's sdk module: name the folder sdk of a checkout with --sdk"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.p.Dir = filepath.Join(t.TempDir(), "x")
			if _, err := Make(tt.p); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if _, err := os.Stat(tt.p.Dir); err == nil {
				t.Error("something was made")
			}
		})
	}
}
