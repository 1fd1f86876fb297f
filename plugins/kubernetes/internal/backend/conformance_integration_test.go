//go:build integration

package backend

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

// TestConformance holds the backend to the sdk's contract on a real API server,
// with each of the machine APIs and with none.
func TestConformance(t *testing.T) {
	seed := func(t *testing.T) {
		lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
		lab.CreateNode(t, kubetest.Node("n2", "z1", "m5.large"))
		lab.CreateNode(t, kubetest.Node("n3", "z2", ""))
		lab.CreateStorageClass(t, "fast")
		lab.CreateVolume(t, "v1", "fast")
		lab.CreateVolume(t, "v2", "")
	}
	t.Run("MachineSets", func(t *testing.T) {
		t.Cleanup(func() { lab.Clear(t) })
		seed(t)
		lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers-z1", "z1", "m5.large", 2))
		lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers-z2", "z2", "m5.xlarge", 0))
		lab.Create(t, kubetest.Machines, kubetest.Machine("m1", "workers-z1", "z1", "m5.large", "n1"))
		lab.Create(t, kubetest.Machines, kubetest.Machine("m2", "workers-z1", "z1", "m5.large", "n2"))
		conform(t, "workers-z1")
	})
	t.Run("MachineDeployments", func(t *testing.T) {
		t.Cleanup(func() { lab.Clear(t) })
		seed(t)
		lab.Create(t, kubetest.MachineDeployments, kubetest.MachineDeployment("edge", "z1", 1))
		lab.Create(t, kubetest.ClusterMachines, kubetest.ClusterMachine("e1", "edge", "z1"))
		control(t, "edge")
		conform(t, "edge")
	})
	t.Run("label groups", func(t *testing.T) {
		t.Cleanup(func() { lab.Clear(t) })
		seed(t)
		sdktest.Run(t, func(t testing.TB) sdk.Backend { return openUnclosed(t, lab.REST, config.Config{}) }, sdktest.Options{ReadOnly: true})
	})
}

// conform runs the suite; pools and resources are made from the named pool.
func conform(t *testing.T, template string) {
	t.Helper()
	options := sdktest.Options{
		NewResourcePool: func(context.Context, sdk.Backend) (*sdk.ResourcePool, error) {
			return &sdk.ResourcePool{Meta: sdk.Meta{
				Name: "sdktest-" + strings.ToLower(rand.Text()[:8]), Tenant: "north", Description: "made by sdktest",
				Extensions: map[string]any{"template": template, "replicas": 2},
			}}, nil
		},
		ChangeResourcePool: func(pool *sdk.ResourcePool) {
			pool.Name, pool.Description = "Renamed pool", "changed"
			for key := range pool.Extensions {
				if strings.HasSuffix(key, ".replicas") {
					pool.Extensions[key] = 5
				}
			}
		},
		NewResource: func(ctx context.Context, b sdk.Backend) (*sdk.Resource, error) {
			for pool, err := range b.ListResourcePools(ctx, sdk.ListOptions{}) {
				if err != nil {
					return nil, err
				}
				if pool.Name == template {
					return &sdk.Resource{
						Meta:           sdk.Meta{Tenant: "north", Description: "made by sdktest"},
						ResourcePoolID: pool.ID, ResourceTypeID: typeOf(pool),
					}, nil
				}
			}
			return nil, fmt.Errorf("there is no pool %s", template)
		},
	}
	sdktest.Run(t, func(t testing.TB) sdk.Backend { return openUnclosed(t, lab.REST, config.Config{}) }, options)
}

func typeOf(pool *sdk.ResourcePool) string {
	var instanceType string
	if err := decode(pool.Extensions["k8s.instanceType"], &instanceType); err != nil {
		return ""
	}
	return instanceType
}
