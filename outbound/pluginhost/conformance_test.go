package pluginhost

import (
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/backend/backendtest"
)

func TestConformance(t *testing.T) {
	for name, cfg := range map[string]memoryConfig{
		"full":      {Resources: 5},
		"read-only": {Resources: 5, ReadOnly: true},
		"polled":    {Resources: 5, ReadOnly: true, Polled: true},
	} {
		t.Run(name, func(t *testing.T) {
			back := open(t, quick("good")).running(t, cfg)
			backendtest.Run(t, func(*testing.T) backendtest.Fixture {
				return backendtest.Fixture{
					Backend: back,
					NewPool: func() *o2.ResourcePool {
						return &o2.ResourcePool{Header: o2.Header{Name: "New", Tenant: "green", Extensions: `{"z":{"b":2}}`}}
					},
					NewResource: func() (*o2.Resource, backend.ResourceRefs) {
						return &o2.Resource{Header: o2.Header{Name: "new"}}, backend.ResourceRefs{PoolID: "rack/1", TypeID: "c1"}
					},
				}
			})
		})
	}
}
