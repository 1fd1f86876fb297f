// Package backend answers netweave from DTIAS: it implements sdk.Backend and all
// optional interfaces of the sdk but Watcher, since DTIAS tells nobody of changes.
//
// Reads ask DTIAS each time; those that come while the same one is under way share
// its answer. What they list is whole, and believed only when ids that have gone
// were seen to be gone twice. Errors are in the sdk's terms.
package backend

import (
	"context"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/polled"
)

// Backend is one DTIAS. It is safe for concurrent use.
type Backend struct {
	cfg    config.Config
	client *api.Client
	mapper mapper

	stop    context.CancelFunc
	estate  *polled.Shared[estate]
	servers *polled.Shared[[]api.Server]
	types   *polled.Shared[[]api.ServerType]

	poolIDs, serverIDs, typeIDs *polled.Census
}

var (
	_ sdk.Backend             = (*Backend)(nil)
	_ sdk.ResourcePoolCreator = (*Backend)(nil)
	_ sdk.ResourcePoolUpdater = (*Backend)(nil)
	_ sdk.ResourcePoolDeleter = (*Backend)(nil)
	_ sdk.ResourceCreator     = (*Backend)(nil)
	_ sdk.ResourceDeleter     = (*Backend)(nil)
	_ sdk.AlarmLister         = (*Backend)(nil)
	_ sdk.PoolMetricsReporter = (*Backend)(nil)
	_ sdk.SiteReporter        = (*Backend)(nil)
)

// Open makes a backend; nothing is sent before it is asked something. An error
// with code Invalid means that cfg is wrong.
func Open(cfg config.Config, s api.Settings) (*Backend, error) {
	cfg = cfg.WithDefaults()
	client, err := api.New(cfg, s)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &Backend{
		cfg: cfg, client: client, mapper: newMapper(cfg), stop: stop,
		poolIDs:   polled.NewCensus("resource pools", doubt, s.Log),
		serverIDs: polled.NewCensus("servers", doubt, s.Log),
		typeIDs:   polled.NewCensus("server types", doubt, s.Log),
	}
	b.estate = polled.NewShared(ctx, b.readEstate)
	b.servers = polled.NewShared(ctx, b.readServers)
	b.types = polled.NewShared(ctx, b.readTypes)
	return b, nil
}

// Health returns nil if DTIAS answers and takes the key.
func (b *Backend) Health(ctx context.Context) error { return b.client.Version(ctx) }

// Close ends what is under way.
func (b *Backend) Close() error {
	b.stop()
	b.estate.Wait()
	b.servers.Wait()
	b.types.Wait()
	b.client.Close()
	return nil
}

// doubt is what an operator should ask who finds most of a list gone.
const doubt = "was it set up anew, or does it give other ids?"
