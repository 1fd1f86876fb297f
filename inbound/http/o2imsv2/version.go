package o2imsv2

import (
	"log/slog"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/o2ims"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
)

const (
	// Base is the path under which the API is served.
	Base = "/o2ims/v2"
	// Surface is the family's name in o2.Subscription.Surface.
	Surface = "o2ims/v2"
)

var version = o2ims.NewVersion(o2ims.Definition{
	Base: Base, Surface: Surface, Document: document,
	Format:     reading.Format{Version: "v2", Open: `{"items":[`, Close: `]`, PageSize: "pageSize", Enhanced: true},
	Pools:      poolSchema(),
	Passing:    []string{"health", "metrics", "createdAt", "updatedAt"},
	AppendPool: appendPool,
})

// Services are the driving ports that the handlers call.
type Services struct {
	o2ims.Services
	History inventory.History
}

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct {
	*o2ims.API
	reader  inventory.Reader
	history inventory.History
	events  events
	batches batches
}

var _ ServerInterface = (*API)(nil)

// New makes the handlers. It fails on a Config that cannot be served.
func New(config o2ims.Config, services Services, logger *slog.Logger) (*API, error) {
	api, err := o2ims.New(version, config, services.Services, logger)
	if err != nil {
		return nil, err
	}
	a := &API{API: api, reader: services.Reader, history: services.History}
	if a.events, err = newEvents(api.Ref); err != nil {
		return nil, err
	}
	a.batches, err = newBatches(config, services.Once)
	return a, err
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) {
	a.batches.router = r
	Register(r, a, g)
}

// Project is the family's inventory.Projection.
func Project(o o2.Object) []byte { return version.Project(o) }

// Schema returns the data type of that kind as this family's filters name its
// attributes.
func Schema(kind o2.Kind) *query.Schema { return version.Schema(kind) }

// Family returns what the core needs for the subscriptions made under this API.
// externalURL is as in o2ims.Config; "" makes objectRef a path.
func Family(externalURL string) subscription.Family { return version.Family(externalURL) }
