package pluginhost

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// Backend is one adapter, as the core sees it. It is there before its plugin
// runs, while it does, and after.
type Backend struct {
	in *instance

	health, watch, snapshot, createPool, updatePool, deletePool, create, remove, listAlarms, acknowledge invoke
}

var _ backend.Backend = (*Backend)(nil)

func newBackend(in *instance) *Backend {
	write := func(t Timeouts) time.Duration { return t.Write }
	health := func(t Timeouts) time.Duration { return t.Health }
	read := func(t Timeouts) time.Duration { return t.Read }
	return &Backend{
		in:          in,
		health:      in.asking(request{method: methodHealth, timeout: health}),
		watch:       in.feeding(request{method: methodWatch}),
		snapshot:    in.feeding(request{method: methodSnapshot}),
		createPool:  in.changing(request{method: methodCreatePool, capability: backend.CapResourcePoolCreate, timeout: write}),
		updatePool:  in.changing(request{method: methodUpdatePool, capability: backend.CapResourcePoolUpdate, timeout: write}),
		deletePool:  in.changing(request{method: methodDeletePool, capability: backend.CapResourcePoolDelete, timeout: write}),
		create:      in.changing(request{method: methodCreate, capability: backend.CapResourceCreate, timeout: write}),
		remove:      in.changing(request{method: methodDelete, capability: backend.CapResourceDelete, timeout: write}),
		listAlarms:  in.reading(request{method: methodAlarms, capability: backend.CapAlarms, timeout: read}),
		acknowledge: in.changing(request{method: methodAcknowledge, capability: backend.CapAlarms, timeout: write}),
	}
}

// Name is the adapter's name.
func (b *Backend) Name() string { return b.in.name }

// Info tells what runs behind the name now. It never blocks.
func (b *Backend) Info() backend.Info {
	info, _ := b.in.snapshot()
	info.Breaker = b.in.breaker.state()
	return info
}

// Reset ends a quarantine, or any other wait for the next start, now. It does
// nothing while the plugin runs.
func (b *Backend) Reset() {
	select {
	case b.in.reset <- struct{}{}:
	default: // one is pending already
	}
}

// Health asks the backend itself, through its plugin, whether it can serve.
func (b *Backend) Health(ctx context.Context) error {
	return b.health(ctx, func(ctx context.Context, p *process) error {
		_, err := p.conn.Client.Health(ctx, &pluginv1.HealthRequest{})
		return err
	})
}

// CreateResourcePool creates a pool.
func (b *Backend) CreateResourcePool(ctx context.Context, pool *o2.ResourcePool) (*o2.ResourcePool, error) {
	return written[*o2.ResourcePool](ctx, b, b.createPool, "", func(ctx context.Context, p *process) (*pluginv1.Object, error) {
		res, err := p.conn.Client.Create(ctx, &pluginv1.CreateRequest{Object: poolToWire(pool)})
		return res.GetObject(), err
	})
}

// UpdateResourcePool makes the pool with p's native id look like p.
func (b *Backend) UpdateResourcePool(ctx context.Context, pool *o2.ResourcePool) (*o2.ResourcePool, error) {
	return written[*o2.ResourcePool](ctx, b, b.updatePool, pool.NativeID, func(ctx context.Context, p *process) (*pluginv1.Object, error) {
		res, err := p.conn.Client.Update(ctx, &pluginv1.UpdateRequest{Object: poolToWire(pool)})
		return res.GetObject(), err
	})
}

// CreateResource creates a resource.
func (b *Backend) CreateResource(ctx context.Context, r *o2.Resource, ref backend.ResourceRefs) (*o2.Resource, error) {
	return written[*o2.Resource](ctx, b, b.create, "", func(ctx context.Context, p *process) (*pluginv1.Object, error) {
		res, err := p.conn.Client.Create(ctx, &pluginv1.CreateRequest{Object: resourceToWire(r, ref)})
		return res.GetObject(), err
	})
}

// DeleteResourcePool deletes a pool.
func (b *Backend) DeleteResourcePool(ctx context.Context, nativeID string) error {
	return b.deletePool(ctx, func(ctx context.Context, p *process) error {
		_, err := p.conn.Client.Delete(ctx, &pluginv1.DeleteRequest{Kind: pluginv1.Kind_KIND_RESOURCE_POOL, Id: nativeID})
		return err
	})
}

// DeleteResource deletes a resource.
func (b *Backend) DeleteResource(ctx context.Context, nativeID string) error {
	return b.remove(ctx, func(ctx context.Context, p *process) error {
		_, err := p.conn.Client.Delete(ctx, &pluginv1.DeleteRequest{Kind: pluginv1.Kind_KIND_RESOURCE, Id: nativeID})
		return err
	})
}

// written makes a changing call and checks the object that it returned: of the
// noun asked for and, where nativeID is given, that very one.
func written[T o2.Object](ctx context.Context, b *Backend, do invoke, nativeID string,
	send func(context.Context, *process) (*pluginv1.Object, error),
) (T, error) {
	var result T
	err := do(ctx, func(ctx context.Context, p *process) error {
		sent, err := send(ctx, p)
		if err != nil {
			return err
		}
		obj, refused := newMapper(b.Name(), b.in.cfg.Limits.ObjectBytes).object(sent)
		if refused != nil {
			return b.in.errs.broken("the plugin did it, but returned a malformed object: " + refused.Error())
		}
		own, ok := obj.(T)
		if !ok || nativeID != "" && obj.Head().NativeID != nativeID {
			return b.in.errs.broken("the plugin did it, but returned another object: " + obj.Kind().String() + " " + obj.Head().NativeID)
		}
		result = own
		return nil
	})
	return result, err
}
