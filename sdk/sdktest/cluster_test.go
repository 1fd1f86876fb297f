package sdktest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/netweave/netweave/sdk"
)

// cluster is a small backend that keeps the contract; the tests break it.
type cluster struct {
	mu    sync.Mutex
	n     int
	pools map[string]*sdk.ResourcePool
	items map[string]*sdk.Resource
	// definitions are the alarms of the one type.
	definitions []sdk.AlarmDefinition
	watchers    map[chan func(sdk.Events) error]struct{}
}

func newCluster() *cluster {
	c := &cluster{
		pools: map[string]*sdk.ResourcePool{}, items: map[string]*sdk.Resource{},
		watchers: map[chan func(sdk.Events) error]struct{}{},
	}
	for i, tenant := range []string{"north", "south"} {
		id := fmt.Sprintf("p%d", i)
		c.pools[id] = &sdk.ResourcePool{Meta: sdk.Meta{ID: id, Name: id, Tenant: tenant}}
		for j := range 3 {
			id := fmt.Sprintf("p%d-r%d", i, j)
			c.items[id] = &sdk.Resource{Meta: sdk.Meta{ID: id, Name: id, Tenant: tenant}, ResourceTypeID: "t", ResourcePoolID: fmt.Sprintf("p%d", i)}
		}
	}
	return c
}

func (c *cluster) manager() *sdk.DeploymentManager {
	return &sdk.DeploymentManager{Meta: sdk.Meta{ID: "dm", Name: "dm"}}
}

func (c *cluster) kind() *sdk.ResourceType {
	t := &sdk.ResourceType{Meta: sdk.Meta{ID: "t", Name: "t"}, Alarms: c.definitions}
	if len(c.definitions) > 0 {
		t.AlarmDictionaryVersion = "1"
	}
	return t
}

func pick[T sdk.Object](ctx context.Context, c *cluster, all func() map[string]T, o sdk.ListOptions) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		c.mu.Lock()
		m := maps.Clone(all())
		c.mu.Unlock()
		for _, id := range slices.Sorted(maps.Keys(m)) {
			if o.Tenant != "" && m[id].Common().Tenant != o.Tenant {
				continue
			}
			if err := ctx.Err(); err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yield(m[id], nil) {
				return
			}
		}
	}
}

func look[T any](c *cluster, all func() map[string]T, id string) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := all()[id]
	if !ok {
		return o, sdk.Errorf(sdk.NotFound, "there is no %q", id)
	}
	return o, nil
}

func (c *cluster) managers() map[string]*sdk.DeploymentManager {
	return map[string]*sdk.DeploymentManager{"dm": c.manager()}
}
func (c *cluster) types() map[string]*sdk.ResourceType {
	return map[string]*sdk.ResourceType{"t": c.kind()}
}
func (c *cluster) allPools() map[string]*sdk.ResourcePool { return c.pools }
func (c *cluster) allItems() map[string]*sdk.Resource     { return c.items }

func (c *cluster) ListDeploymentManagers(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	return pick(ctx, c, c.managers, o)
}

func (c *cluster) GetDeploymentManager(_ context.Context, id string) (*sdk.DeploymentManager, error) {
	return look(c, c.managers, id)
}

func (c *cluster) ListResourcePools(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return pick(ctx, c, c.allPools, o)
}

func (c *cluster) GetResourcePool(_ context.Context, id string) (*sdk.ResourcePool, error) {
	return look(c, c.allPools, id)
}

func (c *cluster) ListResources(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return pick(ctx, c, c.allItems, o)
}

func (c *cluster) GetResource(_ context.Context, id string) (*sdk.Resource, error) {
	return look(c, c.allItems, id)
}

func (c *cluster) ListResourceTypes(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	return pick(ctx, c, c.types, o)
}

func (c *cluster) GetResourceType(_ context.Context, id string) (*sdk.ResourceType, error) {
	return look(c, c.types, id)
}

func (c *cluster) Health(context.Context) error { return nil }
func (c *cluster) Close() error                 { return nil }

func (c *cluster) CreateResourcePool(_ context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	if p.Name == "" {
		return nil, sdk.Errorf(sdk.Invalid, "a pool needs a name")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	made := *p
	made.ID = fmt.Sprintf("new%d", c.n)
	c.pools[made.ID] = &made
	c.tellLocked(func(e sdk.Events) error { return e.Put(&made) })
	return &made, nil
}

func (c *cluster) UpdateResourcePool(_ context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pools[p.ID] == nil {
		return nil, sdk.Errorf(sdk.NotFound, "there is no %q", p.ID)
	}
	if p.Tenant != "" && p.Tenant != c.pools[p.ID].Tenant {
		return nil, sdk.Errorf(sdk.Invalid, "a pool cannot be given to another tenant")
	}
	made := *p
	c.pools[p.ID] = &made
	c.tellLocked(func(e sdk.Events) error { return e.Put(&made) })
	return &made, nil
}

func (c *cluster) DeleteResourcePool(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pools[id] == nil {
		return sdk.Errorf(sdk.NotFound, "there is no %q", id)
	}
	delete(c.pools, id)
	c.tellLocked(func(e sdk.Events) error { return e.Delete(sdk.KindResourcePool, id) })
	return nil
}

func (c *cluster) CreateResource(_ context.Context, r *sdk.Resource) (*sdk.Resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pools[r.ResourcePoolID] == nil || r.ResourceTypeID != "t" {
		return nil, sdk.Errorf(sdk.Invalid, "no such pool or type")
	}
	c.n++
	made := *r
	made.ID = fmt.Sprintf("new%d", c.n)
	made.Name = made.ID
	c.items[made.ID] = &made
	c.tellLocked(func(e sdk.Events) error { return e.Put(&made) })
	return &made, nil
}

func (c *cluster) DeleteResource(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items[id] == nil {
		return sdk.Errorf(sdk.NotFound, "there is no %q", id)
	}
	delete(c.items, id)
	c.tellLocked(func(e sdk.Events) error { return e.Delete(sdk.KindResource, id) })
	return nil
}

func (c *cluster) tellLocked(what func(sdk.Events) error) {
	for w := range c.watchers {
		w <- what
	}
}

func (c *cluster) Watch(ctx context.Context, e sdk.Events) error {
	changes := make(chan func(sdk.Events) error, 100)
	c.mu.Lock()
	c.watchers[changes] = struct{}{}
	objects := []sdk.Object{c.manager(), c.kind()}
	for _, p := range c.pools {
		objects = append(objects, p)
	}
	for _, r := range c.items {
		objects = append(objects, r)
	}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, changes)
	}()
	if err := e.Begin(); err != nil {
		return err
	}
	if err := e.Put(objects...); err != nil {
		return err
	}
	if err := e.Synced(); err != nil {
		return err
	}
	for {
		select {
		case change := <-changes:
			if err := change(e); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
