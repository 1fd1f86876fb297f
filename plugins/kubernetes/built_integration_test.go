//go:build integration

package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

// TestBuilt holds the executable to the contract, as netweave starts it, on a
// real API server.
func TestBuilt(t *testing.T) {
	executable := filepath.Join(t.TempDir(), "kubernetes")
	build := exec.Command("go", "build", "-o", executable, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		t.Fatalf("building the plugin: %v", err)
	}
	lab, err := kubetest.Start(kubetest.OpenShift, kubetest.ClusterAPI)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Stop(); err != nil {
			t.Error(err)
		}
	})
	lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 2))
	for _, n := range []string{"1", "2"} {
		lab.CreateNode(t, kubetest.Node("n"+n, "z1", "m5.large"))
		lab.Create(t, kubetest.Machines, kubetest.Machine("m"+n, "workers", "z1", "m5.large", "n"+n))
	}
	lab.CreateStorageClass(t, "fast")
	lab.CreateVolume(t, "v1", "fast")
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, lab.Env.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	settings := map[string]any{"kubeconfig": kubeconfig, "ocloudId": "lab", "templates": map[string]any{"default": map[string]any{"name": "workers"}}}
	sdktest.RunPlugin(t, executable, settings, sdktest.Options{
		NewResourcePool: func(context.Context, sdk.Backend) (*sdk.ResourcePool, error) {
			return &sdk.ResourcePool{Meta: sdk.Meta{Name: "Built by " + strings.ToLower(rand.Text()[:8]), Tenant: "north"}}, nil
		},
	})
}
