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

	"github.com/netweave/netweave/plugins/aws/internal/mototest"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

// TestBuilt holds the executable to the contract, as netweave starts it, with the
// architecture's configuration.
func TestBuilt(t *testing.T) {
	executable := filepath.Join(t.TempDir(), "aws")
	build := exec.Command("go", "build", "-o", executable, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		t.Fatalf("building the plugin: %v", err)
	}
	moto, err := mototest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := moto.Stop(); err != nil {
			t.Error(err)
		}
	})
	if _, err := moto.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "credentials")
	if err := mototest.WriteCredentials(file); err != nil {
		t.Fatal(err)
	}
	options := sdktest.Options{
		NewResourcePool: func(context.Context, sdk.Backend) (*sdk.ResourcePool, error) {
			return &sdk.ResourcePool{Meta: sdk.Meta{
				Name: "built-" + strings.ToLower(rand.Text()[:8]), Tenant: "north", Extensions: map[string]any{"type": "cloud"},
			}}, nil
		},
	}
	configuration := func() map[string]any {
		return map[string]any{
			"region": mototest.Region, "ocloudId": "ocloud-aws-1", "endpoint": moto.URL,
			"launchTemplate": mototest.Template, "availabilityZones": []string{"us-east-1a", "us-east-1b"},
		}
	}
	t.Run("credentials in a file", func(t *testing.T) {
		settings := configuration()
		settings["credentials"] = file
		sdktest.RunPlugin(t, executable, settings, options)
	})
	t.Run("credentials in the configuration", func(t *testing.T) {
		settings := configuration()
		settings["accessKeyId"], settings["secretAccessKey"] = mototest.AccessKeyID, mototest.SecretAccessKey
		options.ReadOnly = true
		sdktest.RunPlugin(t, executable, settings, options)
	})
}
