package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/sdk"
)

// reserved is the prefix of the extensions that the cloud itself reports.
const reserved = "mock."

// adminStateKey is the extension that reports whether a pool is locked.
const adminStateKey = reserved + "adminState"

// replicasKey is the extension that sets how many compute servers a pool has.
const replicasKey = "replicas"

// CreateResourcePool adds a pool, with servers if replicas are asked for.
func (b *backend) CreateResourcePool(ctx context.Context, want *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	if err := b.faults.hit(ctx); err != nil {
		return nil, err
	}
	replicas, err := replicasOf(want.Extensions)
	if err != nil {
		return nil, err
	}
	if err := ownExtensions(want.Extensions, nil); err != nil {
		return nil, err
	}
	c := b.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.acceptPoolLocked(want, ""); err != nil {
		return nil, err
	}
	if err := c.roomLocked(max(replicas, 0)); err != nil {
		return nil, err
	}
	p := &pool{
		id:     fmt.Sprintf("pool-%08x", uint32(hash(c.seed, "created", fmt.Sprint(c.order)))),
		tenant: want.Tenant, name: want.Name, description: want.Description,
		location: want.Location, globalLocation: want.GlobalLocationID,
		tags: slices.Clone(want.Tags), extensions: maps.Clone(want.Extensions), created: time.Now(),
	}
	p.updated, p.place = p.created, c.placeOf(want.GlobalLocationID)
	for c.pools[p.id] != nil {
		p.id += "x"
	}
	c.putPoolLocked(p)
	c.scaleLocked(p, replicas)
	return c.standingLocked(p).object(c.oCloudID, time.Now()), nil
}

// UpdateResourcePool changes a pool, and its servers if replicas changed.
func (b *backend) UpdateResourcePool(ctx context.Context, want *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	if err := b.faults.hit(ctx); err != nil {
		return nil, err
	}
	replicas, err := replicasOf(want.Extensions)
	if err != nil {
		return nil, err
	}
	c := b.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pools[want.ID]
	if p == nil {
		return nil, noPool(want.ID)
	}
	if err := c.acceptPoolLocked(want, p.id); err != nil {
		return nil, err
	}
	if want.Tenant != "" && want.Tenant != p.tenant {
		return nil, sdk.Errorf(sdk.Invalid, "the tenant of a pool cannot be changed")
	}
	if err := ownExtensions(want.Extensions, p.reported()); err != nil {
		return nil, err
	}
	if before, _ := replicasOf(p.extensions); before == replicas {
		replicas = unscaled
	}
	if err := c.roomLocked(replicas - c.servers[p.id]); err != nil {
		return nil, err
	}
	next := *p
	next.name, next.description = want.Name, want.Description
	next.location, next.globalLocation, next.tags, next.updated = want.Location, want.GlobalLocationID, slices.Clone(want.Tags), time.Now()
	if want.GlobalLocationID != p.globalLocation {
		next.place, next.hall = c.placeOf(want.GlobalLocationID), 0
	}
	next.extensions = maps.Clone(want.Extensions)
	maps.DeleteFunc(next.extensions, func(key string, _ any) bool { return strings.HasPrefix(key, reserved) })
	c.putPoolLocked(&next)
	c.scaleLocked(&next, replicas)
	return c.standingLocked(&next).object(c.oCloudID, time.Now()), nil
}

// DeleteResourcePool removes a pool and its resources.
func (b *backend) DeleteResourcePool(ctx context.Context, id string) error {
	if err := b.faults.hit(ctx); err != nil {
		return err
	}
	b.cloud.mu.Lock()
	defer b.cloud.mu.Unlock()
	p := b.cloud.pools[id]
	if p == nil {
		return noPool(id)
	}
	b.cloud.removePoolLocked(p)
	return nil
}

// CreateResource adds a resource to a pool.
func (b *backend) CreateResource(ctx context.Context, want *sdk.Resource) (*sdk.Resource, error) {
	if err := b.faults.hit(ctx); err != nil {
		return nil, err
	}
	if err := ownExtensions(want.Extensions, nil); err != nil {
		return nil, err
	}
	m, ok := modelByID(want.ResourceTypeID)
	if !ok {
		return nil, sdk.Errorf(sdk.Invalid, "there is no resource type %q: %q is one", want.ResourceTypeID, models[modelServer].id)
	}
	c := b.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pools[want.ResourcePoolID]
	if p == nil {
		return nil, sdk.Errorf(sdk.Invalid, "there is no resource pool %q to create the resource in", want.ResourcePoolID)
	}
	if want.Tenant != "" && p.tenant != "" && want.Tenant != p.tenant {
		return nil, sdk.Errorf(sdk.Invalid, "a resource belongs to the tenant of its pool")
	}
	if want.ParentID != "" {
		parent := c.resources[want.ParentID]
		if parent == nil || parent.pool != p.id || parent.model != modelServer || !carried(m) {
			return nil, sdk.Errorf(sdk.Invalid, "%q cannot be the parent: only a %s carries others, of types %s and %s, in its own pool",
				want.ParentID, models[modelServer].id, models[modelCard].id, models[modelNIC].id)
		}
	}
	if err := c.roomLocked(1); err != nil {
		return nil, err
	}
	r := c.makeUpLocked(p, m)
	if r.tenant == "" { // a pool that is nobody's takes anyone's resources
		r.tenant = want.Tenant
	}
	r.parent = want.ParentID
	r.given = &given{
		name: want.Name, description: want.Description, asset: want.GlobalAssetID,
		tags: slices.Clone(want.Tags), extensions: maps.Clone(want.Extensions),
	}
	if r.given.name == "" {
		r.given.name = r.id
	}
	c.putResourceLocked(r)
	return r.object(), nil
}

// DeleteResource removes a resource and the cards in it.
func (b *backend) DeleteResource(ctx context.Context, id string) error {
	if err := b.faults.hit(ctx); err != nil {
		return err
	}
	b.cloud.mu.Lock()
	defer b.cloud.mu.Unlock()
	r := b.cloud.resources[id]
	if r == nil {
		return noResource(id)
	}
	b.cloud.removeResourceLocked(r)
	return nil
}

// placeOf is the place with that code, nil where there is none.
func (c *cloud) placeOf(code string) *place {
	for i := range c.places {
		if c.places[i].code == code {
			return &c.places[i]
		}
	}
	return nil
}

// acceptPoolLocked checks what a pool's creation and update have in common; id
// is that of the pool itself.
func (c *cloud) acceptPoolLocked(want *sdk.ResourcePool, id string) error {
	if want.Name == "" {
		return sdk.Errorf(sdk.Invalid, "a resource pool needs a name")
	}
	if want.OCloudID != "" && want.OCloudID != c.oCloudID {
		return sdk.Errorf(sdk.Invalid, "oCloudId is %q: leave it out or set it to %q", want.OCloudID, c.oCloudID)
	}
	tenant := want.Tenant
	if p := c.pools[id]; p != nil {
		tenant = p.tenant
	}
	for _, other := range c.pools {
		if other.id != id && other.name == want.Name && other.tenant == tenant {
			return sdk.Errorf(sdk.Conflict, "there is a resource pool named %q already", want.Name)
		}
	}
	return nil
}

// roomLocked tells whether n more resources can be had.
func (c *cloud) roomLocked(n int) error {
	if len(c.resources)+n > maxResources {
		return sdk.Errorf(sdk.Exhausted, "the made-up O-Cloud has room for %d resources", maxResources)
	}
	return nil
}

// unscaled stands for a pool that nobody asked to scale.
const unscaled = -1

// scaleLocked adds or removes compute servers, the youngest first.
func (c *cloud) scaleLocked(p *pool, replicas int) {
	if replicas == unscaled {
		return
	}
	for c.servers[p.id] < replicas {
		c.putResourceLocked(c.makeUpLocked(p, modelServer))
	}
	if c.servers[p.id] == replicas {
		return
	}
	var servers []*resource
	for _, id := range c.members[p.id].ids {
		if r := c.resources[id]; r.model == modelServer {
			servers = append(servers, r)
		}
	}
	slices.SortFunc(servers, func(a, b *resource) int { return int(b.order) - int(a.order) })
	for _, r := range servers[:len(servers)-replicas] {
		c.removeResourceLocked(r)
	}
}

// replicasOf reads the extension; unscaled if there is none.
func replicasOf(extensions map[string]any) (int, error) {
	v, ok := extensions[replicasKey]
	if !ok {
		return unscaled, nil
	}
	n, ok := sdk.Integer(v)
	if !ok || n < 0 || n > maxReplicas {
		return 0, sdk.Errorf(sdk.Invalid, "extensions.%s is %v: it must be a whole number from 0 to %d", replicasKey, v, maxReplicas)
	}
	return int(n), nil
}

// ownExtensions refuses a reserved key that is not among those reported, or
// whose value differs. The admin state may differ: it changes by itself, and who
// sends back what was read may have read it before.
func ownExtensions(extensions, reported map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(extensions)) {
		if !strings.HasPrefix(key, reserved) {
			continue
		}
		if value, ok := reported[key]; !ok || key != adminStateKey && !same(value, extensions[key]) {
			return sdk.Errorf(sdk.Invalid, "extensions.%s cannot be set: keys that start with %q are what the cloud reports", key, reserved)
		}
	}
	return nil
}

// same compares as JSON: what comes back over the wire has other Go types.
func same(a, b any) bool {
	return reflect.DeepEqual(plain(a), plain(b))
}

func plain(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var decoded any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		return err
	}
	return decoded
}
