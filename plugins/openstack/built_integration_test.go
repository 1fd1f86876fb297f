//go:build integration

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/openstacktest"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

// TestBuilt holds the executable to the contract, as netweave starts it, on a real
// Keystone, Placement and Nova.
func TestBuilt(t *testing.T) {
	executable := filepath.Join(t.TempDir(), "openstack")
	build := exec.Command("go", "build", "-o", executable, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		t.Fatalf("building the plugin: %v", err)
	}
	stack, err := openstacktest.Start(t.Context(), openstacktest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stack.Stop(); err != nil {
			t.Error(err)
		}
	})
	seeded, err := stack.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]any{
		"authURL": stack.AuthURL, "username": "admin", "password": openstacktest.Password, "projectName": "admin",
		"ocloudId": "ocloud-openstack-1", "image": openstacktest.Image,
	}
	sdktest.RunPlugin(t, executable, settings, sdktest.Options{
		NewResource: func(context.Context, sdk.Backend) (*sdk.Resource, error) {
			return &sdk.Resource{Meta: sdk.Meta{Tenant: "north"}, ResourcePoolID: seeded.EdgePool, ResourceTypeID: openstacktest.SmallFlavor}, nil
		},
		Settle: 30 * time.Second,
	})
}
