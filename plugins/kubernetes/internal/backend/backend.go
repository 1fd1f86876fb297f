// Package backend answers netweave from a Kubernetes cluster: it implements
// sdk.Backend and every optional interface of the sdk.
//
// Reads come from an inventory that informers keep up to date, writes go to the
// API and are entered into the inventory before they return, so that no watch
// event that is under way can undo them. Errors are in the sdk's terms: what the
// API refused, or what the caller got wrong and what would be right.
package backend

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kube"
	"github.com/netweave/netweave/sdk"
)

// Backend is one cluster. It is safe for concurrent use.
type Backend struct {
	cfg    config.Config
	log    *slog.Logger
	client *kube.Client
	mapper inventory.Mapper
	model  *inventory.Model
	feeds  *kube.Feeds
	claims claims
}

var (
	_ sdk.Backend             = (*Backend)(nil)
	_ sdk.Watcher             = (*Backend)(nil)
	_ sdk.ResourcePoolCreator = (*Backend)(nil)
	_ sdk.ResourcePoolUpdater = (*Backend)(nil)
	_ sdk.ResourcePoolDeleter = (*Backend)(nil)
	_ sdk.ResourceCreator     = (*Backend)(nil)
	_ sdk.ResourceDeleter     = (*Backend)(nil)
	_ sdk.AlarmLister         = (*Backend)(nil)
	_ sdk.PoolMetricsReporter = (*Backend)(nil)
	_ sdk.SiteReporter        = (*Backend)(nil)
)

// capacityDelay is how long changes of the cluster's capacity gather.
const capacityDelay = 2 * time.Second

// Open starts to read the cluster that cfg names and returns at once; until the
// cluster was read, reads wait. An error with code Invalid means that cfg is
// wrong.
func Open(cfg config.Config, log *slog.Logger) (*Backend, error) {
	restConfig, clusterName, err := kube.Load(cfg)
	if err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "%w", err)
	}
	return New(restConfig, clusterName, cfg, log)
}

// New is Open with a client configuration of one's own.
func New(restConfig *rest.Config, clusterName string, cfg config.Config, log *slog.Logger) (*Backend, error) {
	cfg = cfg.WithDefaults()
	client, err := kube.NewClient(restConfig, clusterName, cfg)
	if err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "kubeconfig: %w", err)
	}
	mapper := inventory.Mapper{GroupLabel: cfg.PoolLabel, ShowLabels: cfg.ShowLabels}
	model := inventory.NewModel(inventory.Settings{
		OCloudID: cfg.OCloudID, GlobalLocationID: cfg.GlobalLocationID,
		GroupLabel: cfg.PoolLabel, CapacityDelay: capacityDelay,
	})
	fallbackID := "cluster:" + client.Endpoint
	if cfg.OCloudID != "" {
		fallbackID = "cluster:" + cfg.OCloudID
	}
	return &Backend{
		cfg: cfg, log: log, client: client, mapper: mapper, model: model,
		feeds: kube.Start(client, model, mapper, cfg.WatchNamespaces, fallbackID, cfg.Recheck.Std(), cfg.MetricsInterval.Std(), log),
	}, nil
}

// Health returns nil if the cluster answers and what was sent is current.
func (b *Backend) Health(ctx context.Context) error {
	if err := b.feeds.Health(ctx); err != nil {
		return err
	}
	return b.told(ctx)
}

// Close ends every list and watch.
func (b *Backend) Close() error {
	b.feeds.Stop()
	b.client.Close()
	return nil
}

// ListDeploymentManagers yields the cluster.
func (b *Backend) ListDeploymentManagers(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	return list[*sdk.DeploymentManager](ctx, b, sdk.KindDeploymentManager, opts)
}

// GetDeploymentManager returns the cluster.
func (b *Backend) GetDeploymentManager(ctx context.Context, id string) (*sdk.DeploymentManager, error) {
	return get[*sdk.DeploymentManager](ctx, b, sdk.KindDeploymentManager, id)
}

// ListResourcePools yields MachineSets, MachineDeployments and label groups.
func (b *Backend) ListResourcePools(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return list[*sdk.ResourcePool](ctx, b, sdk.KindResourcePool, opts)
}

// GetResourcePool returns one of them.
func (b *Backend) GetResourcePool(ctx context.Context, id string) (*sdk.ResourcePool, error) {
	return get[*sdk.ResourcePool](ctx, b, sdk.KindResourcePool, id)
}

// ListResources yields Nodes, Machines and PersistentVolumes.
func (b *Backend) ListResources(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return list[*sdk.Resource](ctx, b, sdk.KindResource, opts)
}

// GetResource returns one of them.
func (b *Backend) GetResource(ctx context.Context, id string) (*sdk.Resource, error) {
	return get[*sdk.Resource](ctx, b, sdk.KindResource, id)
}

// ListResourceTypes yields instance types in use and StorageClasses.
func (b *Backend) ListResourceTypes(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	return list[*sdk.ResourceType](ctx, b, sdk.KindResourceType, opts)
}

// GetResourceType returns one of them.
func (b *Backend) GetResourceType(ctx context.Context, id string) (*sdk.ResourceType, error) {
	return get[*sdk.ResourceType](ctx, b, sdk.KindResourceType, id)
}

func list[T sdk.Object](ctx context.Context, b *Backend, kind sdk.Kind, opts sdk.ListOptions) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err := b.readable(ctx, kind); err != nil {
			yield(none, err)
			return
		}
		for noun := range b.model.List(kind, opts.Tenant) {
			if err := ctx.Err(); err != nil {
				yield(none, err)
				return
			}
			if item, ok := noun.(T); ok && !yield(item, nil) {
				return
			}
		}
	}
}

func get[T sdk.Object](ctx context.Context, b *Backend, kind sdk.Kind, id string) (T, error) {
	var none T
	if err := b.readable(ctx, kind); err != nil {
		return none, err
	}
	item, ok := b.model.Get(inventory.Key{Kind: kind, ID: id}).(T)
	if !ok {
		return none, sdk.Errorf(sdk.NotFound, "the cluster has no %s %q", kind, id)
	}
	return item, nil
}

// readable waits until the kind was read from the cluster.
func (b *Backend) readable(ctx context.Context, kind sdk.Kind) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.feeds.Wait(ctx, kind)
}
