//go:build integration

package backend

import (
	"context"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/plugins/openstack/internal/openstacktest"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	off := false
	for name, change := range map[string]func(*config.Config){
		"as it comes":                      func(*config.Config) {},
		"in many pages, without Placement": func(c *config.Config) { c.PageSize, c.Placement = 1, &off },
	} {
		t.Run(name, func(t *testing.T) {
			sdktest.Run(t, func(t testing.TB) sdk.Backend {
				cfg := realConfig()
				change(&cfg)
				return open(t, cfg)
			}, sdktest.Options{
				// The suite's guess would be a hypervisor.
				NewResource: func(context.Context, sdk.Backend) (*sdk.Resource, error) {
					return &sdk.Resource{Meta: sdk.Meta{Tenant: "north"}, ResourcePoolID: seeded.EdgePool, ResourceTypeID: openstacktest.SmallFlavor}, nil
				},
				Settle: 30 * time.Second,
			})
		})
	}
}
