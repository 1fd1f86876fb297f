package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// Backend is an opened plugin in the shape that its author wrote it in: tools
// use it where they want objects and not messages. It has the method of every
// optional interface; Capabilities tells which of them the plugin has, and the
// others return Unsupported. Every error is an *sdk.Error, or ctx.Err() where
// the caller's context ended first. It is safe for concurrent use.
type Backend struct {
	client pluginv1.PluginClient
	opened *pluginv1.OpenResponse
}

var (
	_ sdk.Backend             = (*Backend)(nil)
	_ sdk.ResourcePoolCreator = (*Backend)(nil)
	_ sdk.ResourcePoolUpdater = (*Backend)(nil)
	_ sdk.ResourcePoolDeleter = (*Backend)(nil)
	_ sdk.ResourceCreator     = (*Backend)(nil)
	_ sdk.ResourceDeleter     = (*Backend)(nil)
	_ sdk.Watcher             = (*Backend)(nil)
	_ sdk.AlarmLister         = (*Backend)(nil)
	_ sdk.AlarmAcknowledger   = (*Backend)(nil)
)

// Open opens the plugin behind client with an adapter's name and configuration,
// a JSON object.
func Open(ctx context.Context, client pluginv1.PluginClient, adapter string, config []byte) (*Backend, error) {
	opened, err := client.Open(ctx, &pluginv1.OpenRequest{Adapter: adapter, ConfigJson: config})
	if err != nil {
		return nil, failed(ctx, err)
	}
	return &Backend{client: client, opened: opened}, nil
}

// Opened is the backend of a plugin that was opened already, with what it
// answered.
func Opened(client pluginv1.PluginClient, answer *pluginv1.OpenResponse) *Backend {
	return &Backend{client: client, opened: answer}
}

// Info is what the plugin calls itself.
func (b *Backend) Info() sdk.Info {
	return sdk.Info{Name: b.opened.GetName(), Version: b.opened.GetVersion()}
}

// Capabilities is what the plugin can do beyond reading; see the Cap constants.
func (b *Backend) Capabilities() []string { return slices.Clone(b.opened.GetCapabilities()) }

// ListDeploymentManagers lists the plugin's deployment managers.
func (b *Backend) ListDeploymentManagers(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	return list[*sdk.DeploymentManager](ctx, b.client, sdk.KindDeploymentManager, o)
}

// GetDeploymentManager gets one deployment manager.
func (b *Backend) GetDeploymentManager(ctx context.Context, id string) (*sdk.DeploymentManager, error) {
	return get[*sdk.DeploymentManager](ctx, b.client, sdk.KindDeploymentManager, id)
}

// ListResourcePools lists the plugin's resource pools.
func (b *Backend) ListResourcePools(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return list[*sdk.ResourcePool](ctx, b.client, sdk.KindResourcePool, o)
}

// GetResourcePool gets one resource pool.
func (b *Backend) GetResourcePool(ctx context.Context, id string) (*sdk.ResourcePool, error) {
	return get[*sdk.ResourcePool](ctx, b.client, sdk.KindResourcePool, id)
}

// ListResources lists the plugin's resources.
func (b *Backend) ListResources(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return list[*sdk.Resource](ctx, b.client, sdk.KindResource, o)
}

// GetResource gets one resource.
func (b *Backend) GetResource(ctx context.Context, id string) (*sdk.Resource, error) {
	return get[*sdk.Resource](ctx, b.client, sdk.KindResource, id)
}

// ListResourceTypes lists the plugin's resource types.
func (b *Backend) ListResourceTypes(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	return list[*sdk.ResourceType](ctx, b.client, sdk.KindResourceType, o)
}

// GetResourceType gets one resource type.
func (b *Backend) GetResourceType(ctx context.Context, id string) (*sdk.ResourceType, error) {
	return get[*sdk.ResourceType](ctx, b.client, sdk.KindResourceType, id)
}

// Health asks whether the infrastructure answers.
func (b *Backend) Health(ctx context.Context) error {
	_, err := b.client.Health(ctx, &pluginv1.HealthRequest{})
	return failed(ctx, err)
}

// Close closes the backend within the plugin; the process goes on until it is
// killed. It waits for as long as the plugin takes.
func (b *Backend) Close() error { return b.CloseContext(context.Background()) }

// CloseContext is Close with a deadline.
func (b *Backend) CloseContext(ctx context.Context) error {
	_, err := b.client.Close(ctx, &pluginv1.CloseRequest{})
	return failed(ctx, err)
}

// CreateResourcePool creates a pool.
func (b *Backend) CreateResourcePool(ctx context.Context, pool *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	return create(ctx, b.client, pool)
}

// UpdateResourcePool changes a pool.
func (b *Backend) UpdateResourcePool(ctx context.Context, pool *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	p, err := bridge.Encode(pool)
	if err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "%w", err)
	}
	res, err := b.client.Update(ctx, &pluginv1.UpdateRequest{Object: p})
	if err != nil {
		return nil, failed(ctx, err)
	}
	return object[*sdk.ResourcePool](res.GetObject())
}

// DeleteResourcePool deletes a pool.
func (b *Backend) DeleteResourcePool(ctx context.Context, id string) error {
	return remove(ctx, b.client, sdk.KindResourcePool, id)
}

// CreateResource creates a resource.
func (b *Backend) CreateResource(ctx context.Context, resource *sdk.Resource) (*sdk.Resource, error) {
	return create(ctx, b.client, resource)
}

// DeleteResource deletes a resource.
func (b *Backend) DeleteResource(ctx context.Context, id string) error {
	return remove(ctx, b.client, sdk.KindResource, id)
}

func list[T sdk.Object](ctx context.Context, c pluginv1.PluginClient, kind sdk.Kind, o sdk.ListOptions) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		// The stream ends with the iteration, however that ends.
		stopped, stop := context.WithCancel(ctx)
		defer stop()
		stream, err := c.List(stopped, &pluginv1.ListRequest{Kind: protocol.WireKind(kind), Tenant: o.Tenant})
		if err != nil {
			yield(none, failed(ctx, err))
			return
		}
		for {
			res, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(none, failed(ctx, err))
				return
			}
			for _, p := range res.GetObjects() {
				item, err := object[T](p)
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}

func get[T sdk.Object](ctx context.Context, c pluginv1.PluginClient, kind sdk.Kind, id string) (T, error) {
	res, err := c.Get(ctx, &pluginv1.GetRequest{Kind: protocol.WireKind(kind), Id: id})
	if err != nil {
		var none T
		return none, failed(ctx, err)
	}
	return object[T](res.GetObject())
}

func create[T sdk.Object](ctx context.Context, c pluginv1.PluginClient, o T) (T, error) {
	var none T
	p, err := bridge.Encode(o)
	if err != nil {
		return none, sdk.Errorf(sdk.Invalid, "%w", err)
	}
	res, err := c.Create(ctx, &pluginv1.CreateRequest{Object: p})
	if err != nil {
		return none, failed(ctx, err)
	}
	return object[T](res.GetObject())
}

func remove(ctx context.Context, c pluginv1.PluginClient, kind sdk.Kind, id string) error {
	_, err := c.Delete(ctx, &pluginv1.DeleteRequest{Kind: protocol.WireKind(kind), Id: id})
	return failed(ctx, err)
}

// object decodes a message into the noun that was asked for.
func object[T sdk.Object](p *pluginv1.Object) (T, error) {
	var none T
	o, err := bridge.Decode(p)
	if err != nil {
		return none, broken("%w", err)
	}
	typed, ok := o.(T)
	if !ok {
		return none, broken("the plugin sent a %T where a %T was asked for", o, none)
	}
	return typed, nil
}

func broken(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &sdk.Error{Code: sdk.Internal, Source: sdk.SourcePlugin, Message: err.Error(), Err: errors.Unwrap(err)}
}

// failed is nil for nil: FromStatus with an interface's idea of nil.
func failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return FromStatus(err)
	}
}
