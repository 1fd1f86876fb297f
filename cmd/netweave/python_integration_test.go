//go:build integration

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/netweave/netweave/sdk/sdktest"
)

// shelf is the plugin in Python, which "task python" builds.
const shelf = "../../.cache/python/shelf"

// builtShelf returns the plugin's path, built now if it is not there.
func builtShelf(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(shelf); err != nil {
		if out, err := exec.Command("../../testdata/python/build.sh").CombinedOutput(); err != nil {
			t.Fatalf("build.sh: %v\n%s", err, out)
		}
	}
	path, err := filepath.Abs(shelf)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A plugin that knows of netweave its proto file alone keeps the contract.
func TestThePluginInPythonKeepsTheContract(t *testing.T) {
	sdktest.RunPlugin(t, builtShelf(t), map[string]any{"shelf": "s1", "servers": 1200}, sdktest.Options{})
}

// It is trusted and served as any other, and leaves no process behind.
func TestThePluginInPythonIsServed(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(builtShelf(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "shelf"), content, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(filepath.Join(built, "netweave"), "plugin", "trust", "shelf", "--dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("plugin trust: %v\n%s", err, out)
	}
	g := start(t, strings.ReplaceAll(`
server: {listen: "127.0.0.1:0"}
log: {format: text}
plugins: {dir: SHELF, stateDir: $DIR/state}
store: {embedded: {path: $DIR/store.db}}
adapters:
  - {name: shelf-1, type: shelf, default: true, config: {shelf: s1, servers: 3}}
`, "SHELF", dir))
	g.eventually("the shelf's servers are served", func() error {
		a, err := g.try("GET", "/o2ims/v1/resourcePools", "")
		if err != nil || a.status != 200 {
			return fmt.Errorf("got %+v, %w", a, err)
		}
		if names := a.items(t, "name"); !slices.Equal(names, []string{"shelf s1"}) {
			return fmt.Errorf("the pools are %q", names)
		}
		pool := a.items(t, "resourcePoolId")[0]
		a, err = g.try("GET", "/o2ims/v1/resourcePools/"+pool+"/resources", "")
		if err != nil || a.status != 200 {
			return fmt.Errorf("got %+v, %w", a, err)
		}
		if ids := a.items(t, "resourceId"); len(ids) != 3 {
			return fmt.Errorf("the resources are %q", ids)
		}
		return nil
	})
	pid := g.plugin()
	g.signal(syscall.SIGTERM)
	if code := g.exit(); code != 0 {
		t.Errorf("the gateway exited with %d", code)
	}
	g.gone(pid)
}
