//go:build integration

package backend

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/plugins/aws/internal/mototest"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

// TestConformance holds the backend to the sdk's contract on moto.
func TestConformance(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"in subnets":  func(*config.Config) {},
		"in zones":    func(c *config.Config) { c.Subnets, c.AvailabilityZones = nil, []string{"us-east-1a", "us-east-1b"} },
		"force, keep": func(c *config.Config) { c.ForceDelete, c.OnDelete = true, config.Keep },
		"other types": func(c *config.Config) { c.InstanceTypes = []string{"m5.4xlarge", "m5.large", "z99.unheard"} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings(seeded(t))
			change(&cfg)
			sdktest.Run(t, func(t testing.TB) sdk.Backend { return unclosed(t, cfg) }, conformance)
		})
	}
}

var conformance = sdktest.Options{
	NewResourcePool: func(context.Context, sdk.Backend) (*sdk.ResourcePool, error) {
		return &sdk.ResourcePool{Meta: sdk.Meta{
			Name: "sdktest-" + strings.ToLower(rand.Text()[:8]), Tenant: "north", Description: "made by sdktest",
			Extensions: map[string]any{"type": "cloud", "site": "lab", "aws.maxSize": 4},
		}}, nil
	},
	ChangeResourcePool: func(pool *sdk.ResourcePool) {
		pool.Description = "changed"
		pool.Extensions["aws.maxSize"] = 7
		pool.Extensions["site"] = "field"
	},
	NewResource: func(context.Context, sdk.Backend) (*sdk.Resource, error) {
		return &sdk.Resource{
			Meta:           sdk.Meta{Tenant: "north", Name: "made", Description: "made by sdktest"},
			ResourcePoolID: mototest.Workers, ResourceTypeID: "m5.large",
		}, nil
	},
}
