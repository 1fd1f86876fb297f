package backend

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/sdk"
)

// CreateResourcePool creates a pool.
func (b *Backend) CreateResourcePool(ctx context.Context, want *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	spec, err := b.mapper.newPool(want, b.cfg.Datacenter)
	if err != nil {
		return nil, err
	}
	if err := b.inOurSites(ctx, spec.Datacenter); err != nil {
		return nil, err
	}
	made, err := b.client.CreatePool(ctx, spec)
	b.outdate()
	if err != nil {
		return nil, err
	}
	if made.Metadata.Text(tenantKey) != want.Tenant {
		return nil, sdk.Errorf(sdk.Unavailable, "DTIAS created the resource pool %q but did not note whose it is: delete it there, or note %s in its metadata", made.ID, tenantKey)
	}
	// Which site its datacenter is in, a list tells.
	if len(b.cfg.SiteIDs) > 0 {
		found, err := b.pool(ctx, made.ID)
		if e, ok := errors.AsType[*sdk.Error](err); ok && e.Code == sdk.NotFound {
			return nil, sdk.Errorf(sdk.Invalid, "the resource pool %q was created in %q, which is in none of this adapter's sites: it is not shown", made.ID, spec.Datacenter)
		}
		if err == nil {
			return b.mapper.pool(found), nil
		}
	}
	return b.mapper.pool(placed{Pool: *made}), nil
}

// inOurSites refuses a datacenter that no pool of the configured sites is in: a
// pool there would not be shown. Pools alone tell which datacenters a site has, so
// the first of a site is accepted anywhere.
func (b *Backend) inOurSites(ctx context.Context, datacenter string) error {
	if len(b.cfg.SiteIDs) == 0 {
		return nil
	}
	e, err := b.estate.Get(ctx)
	if err != nil {
		return err
	}
	ours := map[string]bool{}
	occupied := map[string]bool{}
	for _, p := range e.pools {
		ours[cmp.Or(p.Datacenter, p.Location.Datacenter)] = true
		occupied[p.site.ID] = true
	}
	if ours[datacenter] || len(occupied) < len(e.sites) {
		return nil
	}
	return sdk.Errorf(sdk.Invalid, "location %q is in none of this adapter's sites: choose one of %s", datacenter, strings.Join(slices.Sorted(maps.Keys(ours)), ", "))
}

// UpdateResourcePool changes name, description, global location and a caller's
// extensions of a pool.
func (b *Backend) UpdateResourcePool(ctx context.Context, want *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	current, err := b.pool(ctx, want.ID)
	if err != nil {
		return nil, err
	}
	change, err := b.mapper.poolChange(want, current)
	if err != nil {
		return nil, err
	}
	changed, err := b.client.UpdatePool(ctx, want.ID, change)
	b.outdate()
	if err != nil {
		return nil, err
	}
	return b.mapper.pool(placed{Pool: *changed, site: current.site}), nil
}

// DeleteResourcePool deletes a pool; DTIAS refuses to if it has servers.
func (b *Backend) DeleteResourcePool(ctx context.Context, id string) error {
	if len(b.cfg.SiteIDs) > 0 { // another site's pools are not this adapter's to delete
		if _, err := b.pool(ctx, id); err != nil {
			return err
		}
	}
	err := b.client.DeletePool(ctx, id)
	b.outdate()
	if err == nil {
		b.poolIDs.Drop(id)
	}
	return err
}

// CreateResource allocates a server. It is returned while it is provisioned.
func (b *Backend) CreateResource(ctx context.Context, want *sdk.Resource) (*sdk.Resource, error) {
	pool, err := b.pool(ctx, want.ResourcePoolID)
	if isNotFound(err) {
		return nil, sdk.Errorf(sdk.Invalid, "there is no resource pool %q to allocate a server in", want.ResourcePoolID)
	}
	if err != nil {
		return nil, err
	}
	types, err := b.types.Get(ctx)
	if err != nil {
		return nil, err
	}
	named := b.mapper.typeIndex(types)
	if named[want.ResourceTypeID] != want.ResourceTypeID || want.ResourceTypeID == "" {
		return nil, sdk.Errorf(sdk.Invalid, "there is no server type %q to allocate: choose one that DTIAS lists", want.ResourceTypeID)
	}
	owner := pool.Metadata.Text(tenantKey)
	if owner != "" && want.Tenant != "" && want.Tenant != owner {
		return nil, sdk.Errorf(sdk.Invalid, "a resource belongs to the tenant of its pool")
	}
	spec := *want
	spec.Tenant = cmp.Or(want.Tenant, owner)
	order, err := b.mapper.allocation(&spec)
	if err != nil {
		return nil, err
	}
	made, err := b.client.Allocate(ctx, order)
	b.outdate()
	if isNotFound(err) { // gone since it was looked for
		return nil, sdk.Errorf(sdk.Invalid, "%w", err)
	}
	if err != nil {
		return nil, err
	}
	if made, err = b.owned(ctx, made, order.Metadata); err != nil {
		return nil, err
	}
	// An answer may be about what was asked for only.
	made.ServerPoolID = cmp.Or(made.ServerPoolID, order.ServerPoolID)
	made.Type = cmp.Or(made.Type, order.ServerTypeID)
	return b.mapper.server(*made, named), nil
}

// owned sees to it that a new server has what was to be noted on it, whose it is
// above all: what is nobody's would be shown to nobody, or to everyone.
func (b *Backend) owned(ctx context.Context, made *api.Server, metadata api.Metadata) (*api.Server, error) {
	if made.Metadata.Text(tenantKey) == metadata.Text(tenantKey) {
		return made, nil
	}
	noted := api.Metadata{}
	maps.Copy(noted, made.Metadata)
	maps.Copy(noted, metadata)
	changed, err := b.client.SetMetadata(ctx, made.ID, noted)
	b.outdate()
	if err == nil && changed.Metadata.Text(tenantKey) != metadata.Text(tenantKey) {
		err = sdk.Errorf(sdk.Unavailable, "DTIAS does not keep it")
	}
	if err != nil {
		return nil, sdk.Errorf(sdk.Unavailable, "the server %q was allocated, but whose it is could not be noted: release it in DTIAS, or note %s in its metadata: %w", made.ID, tenantKey, err)
	}
	return changed, nil
}

// DeleteResource releases a server.
func (b *Backend) DeleteResource(ctx context.Context, id string) error {
	if len(b.cfg.SiteIDs) > 0 { // another site's servers are not this adapter's to release
		servers, err := b.ownServers(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(servers, func(s api.Server) bool { return s.ID == id }) {
			return sdk.Errorf(sdk.NotFound, "DTIAS has no server %q", id)
		}
	}
	err := b.client.Release(ctx, id)
	b.outdate()
	if err == nil {
		b.serverIDs.Drop(id)
	}
	return err
}

// outdate has whoever reads from now on see what was written.
func (b *Backend) outdate() {
	b.estate.Outdate()
	b.servers.Outdate()
}

func isNotFound(err error) bool {
	e, ok := errors.AsType[*sdk.Error](err)
	return ok && e.Code == sdk.NotFound
}
