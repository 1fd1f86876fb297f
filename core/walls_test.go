package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root = "github.com/netweave/netweave"
	sdk  = root + "/sdk"
)

var nouns = []string{"core/o2", "core/scope", "core/query"}

// source is one Go file of the project, by its folder from the project's root.
type source struct {
	path, folder string
	file         *ast.File
}

// TestWalls reads the imports of every Go file, those of other modules and
// behind build tags included.
func TestWalls(t *testing.T) {
	sources := parseProject(t)
	if len(sources) < 20 {
		t.Fatalf("found only %d Go files: is the test looking at the right folder?", len(sources))
	}
	for _, s := range sources {
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			tests := strings.HasSuffix(s.path, "_test.go")
			if tests && (!strings.HasPrefix(path, root) || slices.Contains(nouns, strings.TrimPrefix(path, root+"/")) || strings.HasPrefix(path, root+"/testdata/")) {
				continue // a test may use what helps it test, and any noun
			}
			if reason := breach(s.folder, path); reason != "" {
				t.Errorf("%s imports %s: %s", s.path, path, reason)
			}
		}
	}
}

// TestBreach plants breaches and sees them found.
func TestBreach(t *testing.T) {
	for _, c := range []struct {
		folder, path string
		allowed      bool
	}{
		{"core/o2", "crypto/sha256", true},
		{"core/o2", root + "/core/scope", false},
		{"core/inventory", root + "/ports/backend", true},
		{"core/inventory", root + "/core/routing", true},
		{"core/inventory", root + "/outbound/pluginhost", false},
		{"core/inventory", "github.com/hashicorp/go-hclog", false},
		{"ports/backend", root + "/core/o2", true},
		{"ports/backend", root + "/core/inventory", false},
		{"inbound/http/o2imsv1", root + "/ports/inventory", true},
		{"inbound/http", root + "/inbound/http/o2imsv1", true},
		{"inbound/http", root + "/core/inventory", false},
		{"inbound/http", root + "/outbound/telemetry", false},
		{"outbound/telemetry", root + "/outbound/pluginhost", false},
		{"outbound/telemetry", sdk, false},
		{"outbound/pluginhost", sdk + "/wire", true},
		{"plugins/mock", sdk, true},
		{"plugins/mock", root + "/core/o2", false},
		{"sdk/wire", sdk, true},
		{"sdk", root + "/core/o2", false},
		{"cmd/netweave", root + "/core/inventory", true},
	} {
		if got := breach(c.folder, c.path) == ""; got != c.allowed {
			t.Errorf("breach(%s, %s): allowed = %v, want %v", c.folder, c.path, got, c.allowed)
		}
	}
}

// TestScopesAreMadeByAuthenticationAlone looks for calls of scope.New.
func TestScopesAreMadeByAuthenticationAlone(t *testing.T) {
	makers := map[string]bool{}
	for _, s := range parseProject(t) {
		name := importName(s.file, root+"/core/scope")
		if name == "" || strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "New" {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == name {
				makers[s.folder] = true
			}
			return true
		})
	}
	for folder := range makers {
		if folder != "inbound/http/authn" && !strings.HasSuffix(folder, "test") {
			t.Errorf("%s calls scope.New: only inbound/http/authn and tests may", folder)
		}
	}
	if !makers["inbound/http/authn"] {
		t.Error("inbound/http/authn makes no scope: has the middleware moved? Then move this test's rule with it")
	}
}

// breach says what is wrong with a file in folder importing path, "" if nothing.
func breach(folder, path string) string {
	ours := path == root || strings.HasPrefix(path, root+"/")
	target := strings.TrimPrefix(path, root+"/")
	inSDK := within(target, "sdk") && ours
	switch {
	case within(folder, "core") || within(folder, "ports"):
		if !ours {
			if strings.Contains(strings.Split(path, "/")[0], ".") {
				return "core and ports have the standard library alone"
			}
			return ""
		}
		return breachInside(folder, target)
	case !ours:
		return ""
	case within(folder, "inbound") || within(folder, "outbound"):
		side := strings.Split(folder, "/")
		switch {
		case within(target, "ports") || slices.Contains(nouns, target):
		case within(target, strings.Join(side[:2], "/")):
		case inSDK && within(folder, "outbound/pluginhost"):
		default:
			return "inbound and outbound know the ports, the nouns and themselves"
		}
	case within(folder, "plugins"):
		if !inSDK && !within(target, strings.Join(strings.Split(folder, "/")[:2], "/")) {
			return "a plugin knows the sdk and itself"
		}
	case within(folder, "sdk"):
		if !inSDK {
			return "the sdk knows nothing of the gateway"
		}
	}
	return ""
}

func breachInside(folder, target string) string {
	switch {
	case slices.Contains(nouns, folder):
		return "the nouns know nothing of ours"
	case slices.Contains(nouns, target), within(target, "ports"):
		return ""
	case within(folder, "core") && within(target, "core"):
		return ""
	default:
		return "core services know ports and nouns; ports know nouns"
	}
}

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func importName(f *ast.File, path string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value == strconv.Quote(path) {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return filepath.Base(path)
		}
	}
	return ""
}

// parseProject reads every Go file of the project but those in testdata, whose
// modules stand apart.
func parseProject(t *testing.T) []source {
	t.Helper()
	var sources []source
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "testdata" || len(name) > 2 && name[0] == '.'):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(filepath.ToSlash(path), "../")
		sources = append(sources, source{path: rel, folder: filepath.ToSlash(filepath.Dir(rel)), file: file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}
