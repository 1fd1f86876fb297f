package backend

import (
	"context"
	"iter"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/sdk"
)

// ListDeploymentManagers yields the region.
func (b *Backend) ListDeploymentManagers(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	managers, err := b.managers(ctx)
	return listed(ctx, opts, managers, err)
}

// GetDeploymentManager returns it.
func (b *Backend) GetDeploymentManager(ctx context.Context, id string) (*sdk.DeploymentManager, error) {
	managers, err := b.managers(ctx)
	return find(managers, err, id, "region")
}

func (b *Backend) managers(ctx context.Context) ([]*sdk.DeploymentManager, error) {
	region, endpoint, err := b.client.Region(ctx)
	if err != nil {
		return nil, err
	}
	f, err := b.readFabric(ctx)
	if err != nil {
		return nil, err
	}
	hypervisors, err := b.client.Hypervisors(ctx)
	if err != nil {
		return nil, err
	}
	stocks, err := b.capacity.of(ctx, hypervisors, nil)
	if err != nil {
		return nil, err
	}
	return []*sdk.DeploymentManager{b.mapper.manager(region, endpoint, f, hypervisors, stocks)}, nil
}

// ListResourcePools yields the host aggregates, and a pool of the hosts of each
// zone that are in none.
func (b *Backend) ListResourcePools(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	pools, err := b.pools(ctx)
	return listed(ctx, opts, pools, err)
}

// GetResourcePool returns one of them.
func (b *Backend) GetResourcePool(ctx context.Context, id string) (*sdk.ResourcePool, error) {
	pools, err := b.pools(ctx)
	return find(pools, err, id, "resource pool")
}

func (b *Backend) pools(ctx context.Context) ([]*sdk.ResourcePool, error) {
	f, err := b.readFabric(ctx)
	if err != nil {
		return nil, err
	}
	return b.mapper.pools(f), nil
}

// ListResources yields the hypervisors and the servers.
func (b *Backend) ListResources(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	resources, err := b.resources(ctx)
	return listed(ctx, opts, resources, err)
}

func (b *Backend) resources(ctx context.Context) ([]*sdk.Resource, error) {
	s, err := b.surroundings(ctx)
	if err != nil {
		return nil, err
	}
	servers, err := b.client.Servers(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.servers.hear(ctx, b.client, servers); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for i := range servers {
		counts[servers[i].Hypervisor.Value]++
	}
	stocks, err := b.capacity.of(ctx, s.hypervisors, counts)
	if err != nil {
		return nil, err
	}
	var resources []*sdk.Resource
	for i := range s.hypervisors {
		resources = append(resources, b.mapper.hypervisor(&s.hypervisors[i], s.fabric, stocks))
	}
	for i := range servers {
		if !servers[i].Going() {
			resources = append(resources, b.mapper.server(&servers[i], s))
		}
	}
	return resources, nil
}

// surroundings is what a server is shown with.
type surroundings struct {
	fabric      *fabric
	hypervisors []api.Hypervisor
	flavors     []api.Flavor
}

func (b *Backend) surroundings(ctx context.Context) (s surroundings, err error) {
	if s.fabric, err = b.readFabric(ctx); err != nil {
		return s, err
	}
	if s.hypervisors, err = b.client.Hypervisors(ctx); err != nil {
		return s, err
	}
	s.flavors, err = b.client.Flavors(ctx)
	return s, err
}

// GetResource returns a server or a hypervisor.
func (b *Backend) GetResource(ctx context.Context, id string) (*sdk.Resource, error) {
	server, err := b.client.Server(ctx, id)
	if isNotFound(err) {
		return b.hypervisor(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	if server.Going() {
		return nil, sdk.Errorf(sdk.NotFound, "OpenStack has no server %q: it is being deleted", id)
	}
	s, err := b.surroundings(ctx)
	if err != nil {
		return nil, err
	}
	return b.mapper.server(server, s), nil
}

func (b *Backend) hypervisor(ctx context.Context, id string) (*sdk.Resource, error) {
	h, err := b.client.Hypervisor(ctx, id)
	if isNotFound(err) {
		return nil, sdk.Errorf(sdk.NotFound, "OpenStack has no server or hypervisor %q", id)
	}
	if err != nil {
		return nil, err
	}
	f, err := b.readFabric(ctx)
	if err != nil {
		return nil, err
	}
	stocks, err := b.capacity.of(ctx, []api.Hypervisor{*h}, nil)
	if err != nil {
		return nil, err
	}
	return b.mapper.hypervisor(h, f, stocks), nil
}

// ListResourceTypes yields the flavors, and what hypervisors and servers without
// a flavor are.
func (b *Backend) ListResourceTypes(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	types, err := b.types(ctx)
	return listed(ctx, opts, types, err)
}

// GetResourceType returns one of them.
func (b *Backend) GetResourceType(ctx context.Context, id string) (*sdk.ResourceType, error) {
	types, err := b.types(ctx)
	return find(types, err, id, "flavor")
}

func (b *Backend) types(ctx context.Context) ([]*sdk.ResourceType, error) {
	flavors, err := b.client.Flavors(ctx)
	if err != nil {
		return nil, err
	}
	types := b.mapper.ownTypes()
	for i := range flavors {
		types = append(types, b.mapper.flavor(&flavors[i]))
	}
	return types, nil
}

func find[T sdk.Object](items []T, err error, id, what string) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	for _, item := range items {
		if item.Common().ID == id {
			return item, nil
		}
	}
	return none, sdk.Errorf(sdk.NotFound, "OpenStack has no %s %q", what, id)
}

// listed yields what was read for as long as ctx lasts.
func listed[T sdk.Object](ctx context.Context, opts sdk.ListOptions, items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item, err := range sdk.ListSelected(opts, items, err) {
			if err == nil && ctx.Err() != nil {
				var none T
				item, err = none, ctx.Err()
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}
