//go:build integration

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/netweave/netweave/sdk/sdktest"
)

// TestBuilt holds the executable to the contract, as netweave starts it.
func TestBuilt(t *testing.T) {
	executable := filepath.Join(t.TempDir(), "mock")
	build := exec.Command("go", "build", "-o", executable, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		t.Fatalf("building the plugin: %v", err)
	}
	sdktest.RunPlugin(t, executable, map[string]any{"pools": 4, "resourcesPerPool": 30, "tenants": []string{"north", "south"}, "churn": 20, "alarms": map[string]any{"active": 9}}, sdktest.Options{})
}
