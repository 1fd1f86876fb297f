package sdk

import (
	"context"
	"iter"
)

// Backend is what every plugin must implement: reading its infrastructure.
//
// Methods are called from many goroutines at once. Ids are the backend's own
// ("native") ids; netweave turns them into UUIDs. Lists may be produced page by
// page: netweave stops reading when it has seen enough or something failed, and
// whatever an iteration yields an error for is taken as a failed list, which
// never deletes anything. Errors should be made with Errorf, so that netweave
// can tell a caller's mistake from a backend's fault; a plain error counts as
// the plugin's own.
//
// Whatever else a backend can do, it says by implementing the optional
// interfaces below. Nothing needs to be declared.
type Backend interface {
	// ListDeploymentManagers, and the lists below, yield every object that the
	// options select. List turns a slice into what they return.
	ListDeploymentManagers(ctx context.Context, opts ListOptions) iter.Seq2[*DeploymentManager, error]
	// GetDeploymentManager, and the other Get methods, return one object by
	// native id, or an error with code NotFound.
	GetDeploymentManager(ctx context.Context, id string) (*DeploymentManager, error)

	ListResourcePools(ctx context.Context, opts ListOptions) iter.Seq2[*ResourcePool, error]
	GetResourcePool(ctx context.Context, id string) (*ResourcePool, error)

	ListResources(ctx context.Context, opts ListOptions) iter.Seq2[*Resource, error]
	GetResource(ctx context.Context, id string) (*Resource, error)

	ListResourceTypes(ctx context.Context, opts ListOptions) iter.Seq2[*ResourceType, error]
	GetResourceType(ctx context.Context, id string) (*ResourceType, error)

	// Health returns nil if the infrastructure behind the plugin answers, and
	// if what an established Watch has sent is current. It is called every few
	// seconds with a short deadline.
	Health(ctx context.Context) error

	// Close releases everything. It is called once, last, with no other call in
	// flight.
	Close() error
}

// ListOptions narrows a list.
type ListOptions struct {
	// Tenant selects the objects of one tenant; "" selects all.
	Tenant string
}

// ResourcePoolCreator is implemented by backends that can create pools
// (capability resource-pool-create).
type ResourcePoolCreator interface {
	// CreateResourcePool creates the pool and returns it as it now is. pool has
	// no ID. An error with code Invalid tells the caller what would be right. It
	// is never called again for the same request. The pool must come back as
	// pool.Tenant's, if that is not "": else the gateway does not show it.
	CreateResourcePool(ctx context.Context, pool *ResourcePool) (*ResourcePool, error)
}

// ResourcePoolUpdater is implemented by backends that can change pools
// (capability resource-pool-update).
type ResourcePoolUpdater interface {
	// UpdateResourcePool makes the pool with pool.ID look like pool and returns
	// it as it now is. Extensions that the plugin itself reports and that come
	// back unchanged are to be accepted; what cannot be changed and differs is
	// an error with code Invalid. A pool keeps its tenant: pool.Tenant is that of
	// whom netweave changes it for, and if the pool is another's it is an error too.
	UpdateResourcePool(ctx context.Context, pool *ResourcePool) (*ResourcePool, error)
}

// ResourcePoolDeleter is implemented by backends that can delete pools
// (capability resource-pool-delete).
type ResourcePoolDeleter interface {
	// DeleteResourcePool deletes the pool, or returns an error with code NotFound.
	DeleteResourcePool(ctx context.Context, id string) error
}

// ResourceCreator is implemented by backends that can create resources
// (capability resource-create).
type ResourceCreator interface {
	// CreateResource creates the resource and returns it as it now is. resource
	// has no ID; its ResourcePoolID and ResourceTypeID are native ids. It must come
	// back as resource.Tenant's, as a pool must.
	CreateResource(ctx context.Context, resource *Resource) (*Resource, error)
}

// ResourceDeleter is implemented by backends that can delete resources
// (capability resource-delete).
type ResourceDeleter interface {
	// DeleteResource deletes the resource, or returns an error with code NotFound.
	DeleteResource(ctx context.Context, id string) error
}

// Watcher is implemented by backends that can tell of changes as they happen
// (capabilities real-time-events and subscriptions). Others are polled.
type Watcher interface {
	// Watch sends one full snapshot (Begin, the objects, Synced) and then every
	// change, until ctx ends, when it returns ctx.Err(). It may send another
	// snapshot whenever it has lost track. It returns an error when it can go on
	// no longer; netweave then calls it again. At most one Watch runs at a time.
	//
	// A snapshot must be whole: what it covers and does not contain is deleted.
	// If a list fails half-way, return the error instead of calling Synced.
	Watch(ctx context.Context, events Events) error
}

// Events receives a Watch. Its methods are for one goroutine at a time and
// block while netweave is busy; an error means that the watch is over.
type Events interface {
	// Begin starts a snapshot of the kinds given, of all if none is. A kind that
	// cannot be read at present (no permission, say) is left out, and its
	// objects stay as they were.
	Begin(kinds ...Kind) error
	// Put adds or replaces objects: *DeploymentManager, *ResourcePool,
	// *Resource or *ResourceType.
	Put(objects ...Object) error
	// Delete removes objects by native id. Unknown ids are ignored.
	Delete(kind Kind, ids ...string) error
	// Synced ends the snapshot.
	Synced() error
}

// List makes an iteration of what a client call returned: every item, or the
// error alone.
//
//	return sdk.List(b.pools(ctx))
func List[T any](items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// ListSelected is List for the objects that opts select: for backends whose
// client cannot narrow a list itself.
//
//	pools, err := b.pools(ctx)
//	return sdk.ListSelected(opts, pools, err)
func ListSelected[T Object](opts ListOptions, items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item, err := range List(items, err) {
			if err == nil && opts.Tenant != "" && item.Common().Tenant != opts.Tenant {
				continue
			}
			if !yield(item, err) {
				return
			}
		}
	}
}
