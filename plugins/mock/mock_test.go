package main

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func number[T any](n T) *T { return &n }

func TestConformance(t *testing.T) {
	for name, cfg := range map[string]Config{
		"as it comes":   {},
		"with tenants":  {Tenants: []string{"north", "south"}, Pools: number(5), ResourcesPerPool: number(21)},
		"with churn":    {Churn: 200, Pools: number(3), ResourcesPerPool: number(25)},
		"one of each":   {Pools: number(1), ResourcesPerPool: number(1)},
		"with alarms":   {Churn: 100, Pools: number(3), ResourcesPerPool: number(25), Alarms: Alarms{Active: 15}, Locations: []string{"testlocation_1", "ams-1"}},
		"slow":          {Faults: Faults{Latency: sdk.Duration(1e6)}, Pools: number(2), ResourcesPerPool: number(3)},
		"uneven in all": {Pools: number(7), Resources: number(100)},
	} {
		t.Run(name, func(t *testing.T) {
			sdktest.Run(t, func(testing.TB) sdk.Backend { return newBackend(cfg) }, sdktest.Options{})
		})
	}
}
