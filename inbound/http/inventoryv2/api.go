package inventoryv2

import (
	"log/slog"
	"net/http"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
)

// Version is the version of the document; Base is the path under which the API is
// served.
const (
	Version = "2.0.0"
	Base    = oran.Prefix + "/v2"
)

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct {
	*oran.Inventory
	reader       inventory.Reader
	clouds       ocloud.Clouds
	dictionaries reading.Type
}

var _ ServerInterface = (*API)(nil)

// format is how this family's lists look.
var format = reading.Format{Version: "inv2", Open: `[`, Close: `]`}

// clouds is what the O-Cloud's description has; R005 makes its extensions mandatory.
var clouds = oran.Clouds("globalCloudId", true)

// bodySchemas are those of the document, which is read once.
var bodySchemas = sync.OnceValues(func() (*body.Schemas, error) { return body.LoadSchemas(document) })

// New makes the handlers. dictionary is the place that the projection Dictionary has in
// the core's list. It fails on a Config that cannot be served.
func New(config oran.Config, services oran.Services, dictionary inventory.Shape, logger *slog.Logger) (*API, error) {
	bodies, err := bodySchemas()
	if err != nil {
		return nil, err
	}
	create, err := bodies.Get("SubscriptionCreate")
	if err != nil {
		return nil, err
	}
	shared, err := oran.New(config, services, oran.Version{
		Number: Version, Base: Base, Surface: Surface, Format: format, Clouds: clouds, Model: Model(services.Clouds),
		SubscriptionCreate: create, Duplicate: http.StatusConflict, Deleted: http.StatusNoContent,
	}, logger)
	if err != nil {
		return nil, err
	}
	return &API{
		Inventory: shared, reader: services.Reader, clouds: services.Clouds,
		dictionaries: reading.Type{
			Kind: o2.KindResourceType, Noun: dictionaries.Schema.Name(), Schema: dictionaries.Schema,
			Shape: dictionary, Default: dictionary,
		},
	}, nil
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) { Register(r, a, g) }
