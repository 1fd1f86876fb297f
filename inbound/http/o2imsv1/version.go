package o2imsv1

import (
	"log/slog"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/o2ims"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/subscription"
)

const (
	// Base is the path under which the API is served.
	Base = "/o2ims/v1"
	// Surface is the family's name in o2.Subscription.Surface.
	Surface = "o2ims/v1"
)

var version = o2ims.NewVersion(o2ims.Definition{
	Base: Base, Surface: Surface, Document: document,
	Format: reading.Format{Version: "v1", Open: `{"items":[`, Close: `]}`, PageSize: "limit"},
	Pools:  o2ims.PoolSchema(),
	AppendPool: func(b []byte, p *o2.ResourcePool, _ bool) []byte {
		return nouns.AppendExtensions(o2ims.AppendPool(b, p), &p.Header)
	},
})

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct{ *o2ims.API }

var _ ServerInterface = (*API)(nil)

// New makes the handlers. It fails on a Config that cannot be served.
func New(config o2ims.Config, services o2ims.Services, logger *slog.Logger) (*API, error) {
	api, err := o2ims.New(version, config, services, logger)
	return &API{api}, err
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) { Register(r, a, g) }

// Project is the family's inventory.Projection.
func Project(o o2.Object) []byte { return version.Project(o) }

// Schema returns the data type of that kind as this family's filters name its
// attributes.
func Schema(kind o2.Kind) *query.Schema { return version.Schema(kind) }

// Family returns what the core needs for the subscriptions made under this API.
// externalURL is as in o2ims.Config; "" makes objectRef a path.
func Family(externalURL string) subscription.Family { return version.Family(externalURL) }
