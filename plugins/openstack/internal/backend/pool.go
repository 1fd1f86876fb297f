package backend

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

// undoTime bounds what puts a half-made pool away.
const undoTime = 15 * time.Second

// CreateResourcePool creates a host aggregate, notes on it whose it is and puts its
// hosts in. If one of these fails there is none afterwards.
func (b *Backend) CreateResourcePool(ctx context.Context, want *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	spec, err := b.mapper.poolSpec(want, nil)
	if err != nil {
		return nil, err
	}
	f, err := b.readFabric(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.knows(spec.hosts); err != nil {
		return nil, err
	}
	if err := f.rename(&spec, nil, want.Tenant); err != nil {
		return nil, err
	}
	made, err := b.client.CreateAggregate(ctx, spec.name, spec.zone)
	if err != nil {
		return nil, err
	}
	if err := b.furnish(ctx, made, spec); err != nil {
		if undone := b.undo(ctx, made, spec.hosts); undone != nil {
			return nil, sdk.Errorf(codeOf(err), "%w; and the host aggregate %q, half made, could not be deleted: %s", err, made.Name, undone)
		}
		return nil, err
	}
	return b.GetResourcePool(ctx, made.UUID)
}

func (b *Backend) furnish(ctx context.Context, a *api.Aggregate, spec poolSpec) error {
	if change := metadataChange(a.Metadata, spec.metadata); len(change) > 0 {
		if err := b.client.SetAggregateMetadata(ctx, a, change); err != nil {
			return err
		}
	}
	for _, host := range spec.hosts {
		if err := b.client.AddHost(ctx, a, host); err != nil {
			return noSuchHost(err, host)
		}
	}
	return nil
}

// undo deletes what was made, even if the caller has left.
func (b *Backend) undo(ctx context.Context, a *api.Aggregate, hosts []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	for _, host := range hosts {
		if err := b.client.RemoveHost(ctx, a, host); err != nil && !isNotFound(err) {
			return err
		}
	}
	return b.client.DeleteAggregate(ctx, a)
}

// UpdateResourcePool changes name, description, availability zone, hosts and
// metadata of a host aggregate.
func (b *Backend) UpdateResourcePool(ctx context.Context, want *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	f, a, err := b.aggregate(ctx, want.ID, "changed")
	if err != nil {
		return nil, err
	}
	spec, err := b.mapper.poolSpec(want, a)
	if err != nil {
		return nil, err
	}
	if err := f.knows(spec.hosts); err != nil {
		return nil, err
	}
	if spec.name == b.mapper.pool(a).Name {
		spec.name = a.Name
	} else if err := f.rename(&spec, a, a.Metadata[tenantKey]); err != nil {
		return nil, err
	}
	if done, err := b.apply(ctx, a, spec); err != nil {
		if done > 0 {
			return nil, sdk.Errorf(codeOf(err), "%w; the pool was changed in part, so read it again", err)
		}
		return nil, err
	}
	return b.GetResourcePool(ctx, a.UUID)
}

// apply makes an aggregate what it is to be, and tells how many steps were done.
// Hosts leave before the zone changes and come after.
func (b *Backend) apply(ctx context.Context, a *api.Aggregate, spec poolSpec) (done int, err error) {
	var steps []func() error
	for _, host := range a.Hosts {
		if spec.hosts != nil && !slices.Contains(spec.hosts, host) {
			steps = append(steps, func() error { return b.client.RemoveHost(ctx, a, host) })
		}
	}
	name, zone := spec.name, spec.zone
	if name == a.Name {
		name = ""
	}
	if zone == a.AvailabilityZone() {
		zone = ""
	}
	if name != "" || zone != "" {
		steps = append(steps, func() error { return b.client.UpdateAggregate(ctx, a, name, zone) })
	}
	if change := metadataChange(a.Metadata, spec.metadata); len(change) > 0 {
		steps = append(steps, func() error { return b.client.SetAggregateMetadata(ctx, a, change) })
	}
	for _, host := range spec.hosts {
		if !slices.Contains(a.Hosts, host) {
			steps = append(steps, func() error { return noSuchHost(b.client.AddHost(ctx, a, host), host) })
		}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// DeleteResourcePool deletes a host aggregate. With hosts it stays, unless the
// configuration has them removed first.
func (b *Backend) DeleteResourcePool(ctx context.Context, id string) error {
	_, a, err := b.aggregate(ctx, id, "deleted")
	if err != nil {
		return err
	}
	if len(a.Hosts) > 0 && b.cfg.DeletePool != config.DeleteRemoveHosts {
		return sdk.Errorf(sdk.Conflict, "the host aggregate %q has the hosts %s: remove them first (extensions.%s: []), or configure deletePool: %s",
			a.Name, strings.Join(a.Hosts, ", "), hostsExt, config.DeleteRemoveHosts)
	}
	for i, host := range a.Hosts {
		if err := b.client.RemoveHost(ctx, a, host); err != nil && !isNotFound(err) {
			return b.putBack(ctx, a, a.Hosts[:i], err)
		}
	}
	err = b.client.DeleteAggregate(ctx, a)
	if e, ok := errors.AsType[*sdk.Error](err); ok && e.Code == sdk.Invalid {
		return sdk.Errorf(sdk.Conflict, "%w", err) // someone put a host in meanwhile
	}
	return err
}

// putBack has an aggregate that cannot be deleted have its hosts again.
func (b *Backend) putBack(ctx context.Context, a *api.Aggregate, hosts []string, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	for _, host := range hosts {
		if err := b.client.AddHost(ctx, a, host); err != nil {
			return sdk.Errorf(codeOf(why), "%w; and its host %q, removed already, could not be put back: %s", why, host, err)
		}
	}
	return why
}

// aggregate finds a pool that can be written to.
func (b *Backend) aggregate(ctx context.Context, id, participle string) (*fabric, *api.Aggregate, error) {
	f, err := b.readFabric(ctx)
	if err != nil {
		return nil, nil, err
	}
	if a := f.aggregate(id); a != nil {
		return f, a, nil
	}
	if zone, ok := strings.CutPrefix(id, zonePrefix); ok && len(f.loose[zone]) > 0 {
		return nil, nil, sdk.Errorf(sdk.Unsupported, "the pool %q stands for the hosts that are in no host aggregate and cannot be %s: create a pool and put them into it", id, participle)
	}
	return nil, nil, sdk.Errorf(sdk.NotFound, "OpenStack has no resource pool %q", id)
}

// knows refuses hosts that Nova does not have.
func (f *fabric) knows(hosts []string) error {
	for _, host := range hosts {
		if _, ok := f.services[host]; !ok {
			return sdk.Errorf(sdk.Invalid, "extensions.%s: there is no compute host %q", hostsExt, host)
		}
	}
	return nil
}

// rename sees to a name that another aggregate has. Another tenant's is not to be
// told of: then the pool goes by its name among its own, and by another in Nova.
func (f *fabric) rename(spec *poolSpec, self *api.Aggregate, tenant string) error {
	delete(spec.metadata, nameKey)
	for i := range f.aggregates {
		a := &f.aggregates[i]
		if a.Name != spec.name || self != nil && a.UUID == self.UUID {
			continue
		}
		if owner := a.Metadata[tenantKey]; owner == tenant || tenant == "" {
			return sdk.Errorf(sdk.Conflict, "there is a host aggregate %q already: choose another name", spec.name)
		}
		spec.metadata[nameKey] = spec.name
		spec.name = namedFor(spec.name, tenant)
	}
	return fits(spec.metadata)
}

// noSuchHost tells a host that is not there from an aggregate that is not there.
func noSuchHost(err error, host string) error {
	if isNotFound(err) {
		return sdk.Errorf(sdk.Invalid, "extensions.%s: Nova has no compute host %q, or the pool is gone", hostsExt, host)
	}
	return err
}

func codeOf(err error) sdk.Code {
	if e, ok := errors.AsType[*sdk.Error](err); ok {
		return e.Code
	}
	return sdk.Internal
}

func hash(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum32()
}
