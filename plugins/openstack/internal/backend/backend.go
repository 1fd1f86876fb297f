// Package backend answers netweave from an OpenStack region: it implements
// sdk.Backend and all optional interfaces of the sdk but Watcher, since Nova tells
// nobody of changes.
//
// Reads ask OpenStack each time, in as few calls as the lists take; only
// Placement, which must be asked about one hypervisor at a time, is asked about
// those alone of which something changed. Errors are in the sdk's terms.
package backend

import (
	"context"
	"log/slog"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

// Backend is one region. It is safe for concurrent use.
type Backend struct {
	cfg      config.Config
	client   *api.Client
	mapper   mapper
	capacity *capacity
	servers  witness
	log      *slog.Logger
}

var (
	_ sdk.Backend             = (*Backend)(nil)
	_ sdk.SiteReporter        = (*Backend)(nil)
	_ sdk.ResourcePoolCreator = (*Backend)(nil)
	_ sdk.ResourcePoolUpdater = (*Backend)(nil)
	_ sdk.ResourcePoolDeleter = (*Backend)(nil)
	_ sdk.ResourceCreator     = (*Backend)(nil)
	_ sdk.ResourceDeleter     = (*Backend)(nil)
)

// Open makes a backend; nothing is sent before it is asked something. An error
// with code Invalid means that cfg is wrong.
func Open(cfg config.Config, s api.Settings) (*Backend, error) {
	cfg = cfg.WithDefaults()
	client, err := api.New(cfg, s)
	if err != nil {
		return nil, err
	}
	return &Backend{
		cfg: cfg, client: client, mapper: mapper{oCloudID: cfg.OCloudID},
		capacity: newCapacity(client, cfg), log: s.Log,
	}, nil
}

// Health returns nil if Nova answers and takes the token.
func (b *Backend) Health(ctx context.Context) error { return b.client.Ping(ctx) }

// Close lets go of the connections.
func (b *Backend) Close() error {
	b.client.Close()
	return nil
}
