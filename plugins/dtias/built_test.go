//go:build integration

package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk/sdktest"
	"github.com/netweave/netweave/testdata/dtias"
)

// TestBuilt holds the executable to the contract, as netweave starts it, with the
// architecture's configuration.
func TestBuilt(t *testing.T) {
	executable := filepath.Join(t.TempDir(), "dtias")
	build := exec.Command("go", "build", "-o", executable, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		t.Fatalf("building the plugin: %v", err)
	}
	lab := dtias.New(dtias.Options{APIKey: "built-key", Provisioning: 50 * time.Millisecond})
	server := httptest.NewServer(lab)
	t.Cleanup(server.Close)
	t.Cleanup(lab.Close)
	sdktest.RunPlugin(t, executable, map[string]any{
		"endpoint": server.URL, "apiKey": "built-key", "timeout": "30s", "ocloudId": "ocloud-dtias-1", "datacenter": "ham-dc1",
	}, sdktest.Options{})
}
