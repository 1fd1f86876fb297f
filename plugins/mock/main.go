// Command mock is a plugin that makes up an O-Cloud: sites in several cities, resource
// pools in them, and in each pool servers, accelerator cards, switches and
// storage arrays that refer to one another as real ones do. It is there to try
// netweave without any infrastructure, to develop against and to measure with.
// It keeps everything in memory: what is created lives until the plugin ends.
//
// # Configuration
//
// All keys are optional; unknown ones are refused.
//
//	seed: 1               # decides ids, names, serials: equal seeds give equal clouds
//	ocloudId: mock-ocloud # reported as the oCloudId of everything that has one
//	pools: 6              # resource pools, spread over the sites (at most 10000)
//	resourcesPerPool: 40  # resources in each pool, or ...
//	resources: 0          # ... resources in all, spread over the pools (at most 1000000)
//	tenants: []           # pools belong to these in turn, their resources with them
//	churn: 0              # real changes a second, such as a server into maintenance,
//	                      # a firmware update, one server more or one less (at most 10000)
//	locations: []         # global location ids that pools are at in turn, each with two
//	                      # sites; empty for six cities. Any name will do
//	alarms:
//	  active: 0           # alarms that are raised at a time, on resources of every type
//	                      # (at most 10000, and at most a few a resource)
//	  clearing: mixed     # automatic or manual: only alarms that are cleared in that way
//	faults:
//	  latency: 0s         # how long every call waits before it does its work
//	  failRate: 0         # the share of calls, 0 to 1, that fail as unavailable
//
// # What can be written
//
// Pools are created with a name that their tenant has not used, changed and
// deleted; with a pool go its resources. Location and globalLocationId may be
// any; extensions may be any too and are kept, but for keys that start with
// "mock.", which the cloud itself reports. The extension "replicas" (a whole
// number up to 10000) sets how many compute servers the pool has when the pool
// is created and whenever the number changes. Resources are created in an
// existing pool with an existing type, and with them go the cards they carry
// when they are deleted. Changes are reported as they happen.
//
// # Alarms
//
// Alarms that are acknowledged are remembered. When all of them are, they are over
// and as many are raised anew, with other ids. With churn, one in twenty changes is
// besides a change of an alarm: another severity, or its end and another in its
// place. An alarm ends with its resource.
package main

import (
	"context"

	"github.com/netweave/netweave/sdk"
)

// version is set by the linker.
var version = "dev"

func main() { sdk.Serve(sdk.Info{Name: "mock", Version: version}, open) }

func open(_ context.Context, host sdk.Host, cfg Config) (sdk.Backend, error) {
	b := newBackend(cfg)
	host.Logger().Info("made up an O-Cloud", "seed", b.cfg.Seed, "pools", len(b.cloud.pools), "resources", len(b.cloud.resources))
	return b, nil
}
