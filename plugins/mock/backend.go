package main

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/netweave/netweave/sdk"
)

// backend answers from a cloud.
type backend struct {
	cfg    settings
	cloud  *cloud
	faults *faults

	stop    context.CancelFunc
	running sync.WaitGroup
}

var (
	_ sdk.Backend             = (*backend)(nil)
	_ sdk.ResourcePoolCreator = (*backend)(nil)
	_ sdk.ResourcePoolUpdater = (*backend)(nil)
	_ sdk.ResourcePoolDeleter = (*backend)(nil)
	_ sdk.ResourceCreator     = (*backend)(nil)
	_ sdk.ResourceDeleter     = (*backend)(nil)
	_ sdk.Watcher             = (*backend)(nil)
	_ sdk.AlarmLister         = (*backend)(nil)
	_ sdk.AlarmAcknowledger   = (*backend)(nil)
	_ sdk.PoolMetricsReporter = (*backend)(nil)
	_ sdk.SiteReporter        = (*backend)(nil)
)

// newBackend makes up a cloud and starts to churn it.
func newBackend(cfg Config) *backend {
	s := cfg.settings()
	b := &backend{cfg: s, cloud: newCloud(s.Seed, s.OCloudID, revisionBase(time.Now())), faults: newFaults(cfg.Faults, s.Seed)}
	b.cloud.places, b.cloud.alarms = places(s.Seed, cfg.Locations), newAlarmBook(cfg.Alarms, s.Seed)
	b.cloud.build(cfg.size(), cfg.Tenants)
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	if cfg.Churn > 0 {
		b.running.Go(func() { b.cloud.churn(ctx, cfg.Churn) })
	}
	return b
}

// revisionBase keeps the promise that later versions have greater revisions when
// the plugin is started anew and makes up the same objects again: there are
// fewer changes in a second than revisions.
func revisionBase(start time.Time) uint64 { return uint64(start.Unix()) << 24 }

// ReportsPoolMetrics says that pools have health and metrics.
func (b *backend) ReportsPoolMetrics() {}

// ReportsSites says that pools have sites.
func (b *backend) ReportsSites() {}

// Health is bad only when it is told to be.
func (b *backend) Health(ctx context.Context) error { return b.faults.hit(ctx) }

// Close ends the churning.
func (b *backend) Close() error {
	b.stop()
	b.running.Wait()
	return nil
}

func (b *backend) ListDeploymentManagers(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	return listed(ctx, b, o, func(c *cloud) []*sdk.DeploymentManager { return []*sdk.DeploymentManager{c.managerLocked()} },
		func(*sdk.DeploymentManager) string { return "" },
		func(dm *sdk.DeploymentManager) *sdk.DeploymentManager { return dm })
}

func (b *backend) GetDeploymentManager(ctx context.Context, id string) (*sdk.DeploymentManager, error) {
	if err := b.faults.hit(ctx); err != nil {
		return nil, err
	}
	b.cloud.mu.RLock()
	defer b.cloud.mu.RUnlock()
	if id != b.cloud.managerID() {
		return nil, sdk.Errorf(sdk.NotFound, "there is no deployment manager %q", id)
	}
	return b.cloud.managerLocked(), nil
}

func (b *backend) ListResourcePools(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return listed(ctx, b, o, (*cloud).poolsLocked,
		func(p standing) string { return p.tenant },
		func(p standing) *sdk.ResourcePool { return p.object(b.cfg.OCloudID, time.Now()) })
}

func (b *backend) GetResourcePool(ctx context.Context, id string) (*sdk.ResourcePool, error) {
	if err := b.faults.hit(ctx); err != nil {
		return nil, err
	}
	b.cloud.mu.RLock()
	defer b.cloud.mu.RUnlock()
	p := b.cloud.pools[id]
	if p == nil {
		return nil, noPool(id)
	}
	return b.cloud.standingLocked(p).object(b.cfg.OCloudID, time.Now()), nil
}

func (b *backend) ListResources(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return listed(ctx, b, o, (*cloud).resourcesLocked, func(r *resource) string { return r.tenant }, (*resource).object)
}

func (b *backend) GetResource(ctx context.Context, id string) (*sdk.Resource, error) {
	if err := b.faults.hit(ctx); err != nil {
		return nil, err
	}
	b.cloud.mu.RLock()
	r := b.cloud.resources[id]
	b.cloud.mu.RUnlock()
	if r == nil {
		return nil, noResource(id)
	}
	return r.object(), nil
}

func (b *backend) ListResourceTypes(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	return listed(ctx, b, o, func(*cloud) []int { return []int{modelServer, modelCard, modelNIC, modelSwitch, modelStorage} },
		func(int) string { return "" }, modelObject)
}

func (b *backend) GetResourceType(ctx context.Context, id string) (*sdk.ResourceType, error) {
	if err := b.faults.hit(ctx); err != nil {
		return nil, err
	}
	m, ok := modelByID(id)
	if !ok {
		return nil, sdk.Errorf(sdk.NotFound, "there is no resource type %q", id)
	}
	return modelObject(m), nil
}

// listed yields one moment's objects of the tenant asked for. They are made as
// they are yielded: a reader that stops early has cost little.
func listed[V, T any](ctx context.Context, b *backend, o sdk.ListOptions,
	all func(*cloud) []V, tenant func(V) string, object func(V) T,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err := b.faults.hit(ctx); err != nil {
			yield(none, err)
			return
		}
		b.cloud.mu.RLock()
		versions := all(b.cloud)
		b.cloud.mu.RUnlock()
		for _, v := range versions {
			if err := ctx.Err(); err != nil {
				yield(none, err)
				return
			}
			if o.Tenant != "" && tenant(v) != o.Tenant {
				continue
			}
			if !yield(object(v), nil) {
				return
			}
		}
	}
}

// poolsLocked gives every pool in the order of creation.
func (c *cloud) poolsLocked() []standing {
	all := make([]standing, 0, len(c.pools))
	for _, p := range c.pools {
		all = append(all, c.standingLocked(p))
	}
	slices.SortFunc(all, func(a, b standing) int { return cmp.Compare(a.order, b.order) })
	return all
}

// resourcesLocked gives every resource in the order of creation.
func (c *cloud) resourcesLocked() []*resource {
	all := make([]*resource, 0, len(c.resources))
	for _, r := range c.resources {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *resource) int { return cmp.Compare(a.order, b.order) })
	return all
}

func (c *cloud) managerID() string { return "manager-" + c.oCloudID }

// managerLocked gives the one deployment manager, with its sums.
func (c *cloud) managerLocked() *sdk.DeploymentManager {
	servers := 0
	for _, n := range c.servers {
		servers += n
	}
	codes := make([]string, 0, len(c.places))
	for i := range c.places {
		codes = append(codes, c.places[i].code)
	}
	facts := models[modelServer].facts
	return &sdk.DeploymentManager{
		Meta: sdk.Meta{
			ID: c.managerID(), Revision: c.dmAt, Name: c.oCloudID,
			Description: "Cluster manager of the made-up O-Cloud " + c.oCloudID,
			Extensions:  map[string]any{"mock.version": "1.34", "mock.seed": c.seed},
		},
		OCloudID: c.oCloudID, ServiceURI: "https://" + c.oCloudID + ".example.net:6443", SupportedLocations: codes,
		Capabilities: map[string]any{"containers": true, "virtualMachines": true, "realTimeKernel": true, "ptp": true},
		Capacity: map[string]any{
			"servers":   servers,
			"cores":     servers * facts["mock.cpu.cores"].(int),
			"memoryGiB": servers * facts["mock.memory.gib"].(int),
			"resources": len(c.resources),
			"pools":     len(c.pools),
		},
	}
}

func noPool(id string) error     { return sdk.Errorf(sdk.NotFound, "there is no resource pool %q", id) }
func noResource(id string) error { return sdk.Errorf(sdk.NotFound, "there is no resource %q", id) }
