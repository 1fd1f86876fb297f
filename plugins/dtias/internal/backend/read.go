package backend

import (
	"context"
	"errors"
	"iter"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/polled"
)

// estate is the sites and the pools in them.
type estate struct {
	sites []api.Site // those that are configured
	pools []placed
}

// placed is a pool and its site; nil where no sites are configured.
type placed struct {
	api.Pool
	site *api.Site
}

// readEstate reads the configured sites and their pools, or all pools.
func (b *Backend) readEstate(ctx context.Context) (estate, error) {
	var sites []api.Site
	for _, id := range b.cfg.SiteIDs {
		site, err := b.client.Site(ctx, id)
		if e, ok := errors.AsType[*sdk.Error](err); ok && e.Code == sdk.NotFound {
			return estate{}, sdk.Errorf(sdk.Unavailable, "siteIds: DTIAS has no site %q: correct the adapter's configuration", id)
		}
		if err != nil {
			return estate{}, err
		}
		sites = append(sites, *site)
	}
	pools, err := polled.Believed(ctx, b.poolIDs, func(p *placed) string { return p.ID }, func(ctx context.Context) ([]placed, int, error) {
		pools, err := b.readPools(ctx, sites)
		return pools, 1, err
	})
	return estate{sites: sites, pools: pools}, err
}

func (b *Backend) readPools(ctx context.Context, sites []api.Site) ([]placed, error) {
	var all []placed
	seen := map[string]bool{}
	add := func(site *api.Site, siteID string) error {
		pools, err := b.client.Pools(ctx, siteID)
		for _, p := range pools {
			if !seen[p.ID] { // it may be listed for two sites
				seen[p.ID] = true
				all = append(all, placed{Pool: p, site: site})
			}
		}
		return err
	}
	if len(sites) == 0 {
		return all, add(nil, "")
	}
	for i := range sites {
		if err := add(&sites[i], sites[i].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (b *Backend) readServers(ctx context.Context) ([]api.Server, error) {
	return polled.Believed(ctx, b.serverIDs, func(s *api.Server) string { return s.ID }, b.client.Servers)
}

func (b *Backend) readTypes(ctx context.Context) ([]api.ServerType, error) {
	return polled.Believed(ctx, b.typeIDs, func(t *api.ServerType) string { return t.ID }, b.client.ServerTypes)
}

// ListDeploymentManagers yields the configured sites, or DTIAS as a whole.
func (b *Backend) ListDeploymentManagers(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	managers, err := b.managers(ctx)
	return listed(ctx, opts, managers, err)
}

// GetDeploymentManager returns one of them.
func (b *Backend) GetDeploymentManager(ctx context.Context, id string) (*sdk.DeploymentManager, error) {
	managers, err := b.managers(ctx)
	return find(managers, err, id, "site")
}

func (b *Backend) managers(ctx context.Context) ([]*sdk.DeploymentManager, error) {
	e, err := b.estate.Get(ctx)
	if err != nil {
		return nil, err
	}
	return b.mapper.managers(e), nil
}

// ListResourcePools yields the pools of the configured sites.
func (b *Backend) ListResourcePools(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	pools, err := b.pools(ctx)
	return listed(ctx, opts, pools, err)
}

// GetResourcePool returns one of them.
func (b *Backend) GetResourcePool(ctx context.Context, id string) (*sdk.ResourcePool, error) {
	p, err := b.pool(ctx, id)
	if err != nil {
		return nil, err
	}
	return b.mapper.pool(p), nil
}

func (b *Backend) pools(ctx context.Context) ([]*sdk.ResourcePool, error) {
	e, err := b.estate.Get(ctx)
	if err != nil {
		return nil, err
	}
	return each(e.pools, b.mapper.pool), nil
}

// pool finds a pool of the configured sites. Only a list tells which site's it is.
func (b *Backend) pool(ctx context.Context, id string) (placed, error) {
	if len(b.cfg.SiteIDs) == 0 {
		p, err := b.client.Pool(ctx, id)
		if err != nil {
			return placed{}, err
		}
		return placed{Pool: *p}, nil
	}
	e, err := b.estate.Get(ctx)
	if err != nil {
		return placed{}, err
	}
	for _, p := range e.pools {
		if p.ID == id {
			return p, nil
		}
	}
	return placed{}, sdk.Errorf(sdk.NotFound, "DTIAS has no resource pool %q", id)
}

// ListResources yields the allocated servers of the configured sites' pools.
func (b *Backend) ListResources(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	resources, err := b.resources(ctx)
	return listed(ctx, opts, resources, err)
}

// GetResource returns one of them. DTIAS has no call for a single server.
func (b *Backend) GetResource(ctx context.Context, id string) (*sdk.Resource, error) {
	resources, err := b.resources(ctx)
	return find(resources, err, id, "server")
}

func (b *Backend) resources(ctx context.Context) ([]*sdk.Resource, error) {
	types, err := b.types.Get(ctx)
	if err != nil {
		return nil, err
	}
	servers, err := b.ownServers(ctx)
	if err != nil {
		return nil, err
	}
	named := b.mapper.typeIndex(types)
	return each(servers, func(s api.Server) *sdk.Resource { return b.mapper.server(s, named) }), nil
}

// ownServers are those in the pools of the configured sites.
func (b *Backend) ownServers(ctx context.Context) ([]api.Server, error) {
	servers, err := b.servers.Get(ctx)
	if err != nil || len(b.cfg.SiteIDs) == 0 {
		return servers, err
	}
	e, err := b.estate.Get(ctx)
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	for _, p := range e.pools {
		ours[p.ID] = true
	}
	var own []api.Server
	for _, s := range servers {
		if ours[s.ServerPoolID] {
			own = append(own, s)
		}
	}
	return own, nil
}

// ListResourceTypes yields the server types, and one for servers of no known type.
func (b *Backend) ListResourceTypes(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	types, err := b.resourceTypes(ctx)
	return listed(ctx, opts, types, err)
}

// GetResourceType returns one of them.
func (b *Backend) GetResourceType(ctx context.Context, id string) (*sdk.ResourceType, error) {
	types, err := b.resourceTypes(ctx)
	return find(types, err, id, "server type")
}

func (b *Backend) resourceTypes(ctx context.Context) ([]*sdk.ResourceType, error) {
	types, err := b.types.Get(ctx)
	if err != nil {
		return nil, err
	}
	return append(each(types, b.mapper.serverType), b.mapper.anyServer()), nil
}

func each[S any, T any](items []S, f func(S) T) []T {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
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
	return none, sdk.Errorf(sdk.NotFound, "DTIAS has no %s %q", what, id)
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
