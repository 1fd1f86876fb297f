package inventoryv1

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
	"github.com/netweave/netweave/ports/subscription"
)

// Version is the version of the document; Base is the path under which the API is
// served, Prefix that under which all its versions are.
const (
	Version = "1.0.0"
	Prefix  = "/o2ims-infrastructureInventory"
	Base    = Prefix + "/v1"
)

// Config is what an operator chooses.
type Config struct {
	reading.Config
	// BodyBytes bounds a request's body.
	BodyBytes int64
	// WriteDeadline bounds what the store may take.
	WriteDeadline time.Duration
	// Versions are those of this API that the gateway serves, this one included.
	Versions []string
}

// Services are the driving ports that the handlers call.
type Services struct {
	Reader inventory.Reader
	Clouds ocloud.Clouds
	// Subscriptions are those made under this API, by its Surface.
	Subscriptions subscription.Subscriptions
	// Once answers a create that is sent again under its Idempotency-Key.
	Once *idempotency.Once
	// Shape and Default are the places that the Model's projections Whole and Default
	// have in the core's list.
	Shape, Default inventory.Shape
}

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct {
	reading       *reading.Reading
	types         [o2.KindCount]reading.Type
	subscriptions *oran.Subscriptions
	clouds        ocloud.Clouds
	versions      []string
}

var _ ServerInterface = (*API)(nil)

// format is how this family's lists look.
var format = reading.Format{Version: "inv1", Open: `[`, Close: `]`}

// clouds is the data type of the O-Cloud's description. "globalcloudId" is what R003
// calls it.
var clouds = oran.Clouds("globalcloudId", false)

// bodySchemas are those of the document, which is read once.
var bodySchemas = sync.OnceValues(func() (*body.Schemas, error) { return body.LoadSchemas(document) })

// New makes the handlers. It fails on a Config that cannot be served.
func New(config Config, services Services, logger *slog.Logger) (*API, error) {
	reader, err := reading.New(config.Config, format, services.Reader, logger)
	if err != nil {
		return nil, err
	}
	bodies, err := bodySchemas()
	if err != nil {
		return nil, err
	}
	create, err := bodies.Get("SubscriptionCreate")
	if err != nil {
		return nil, err
	}
	a := &API{reading: reader, clouds: services.Clouds, versions: config.Versions}
	model := Model(services.Clouds)
	for _, kind := range o2.InventoryKinds() {
		a.types[kind] = reading.Type{
			Kind: kind, Noun: kind.String(), Schema: model.Schemas[kind], Shape: services.Shape, Default: services.Default,
		}
	}
	a.subscriptions = oran.NewSubscriptions(oran.SubscriptionsConfig{
		Surface: Surface, Path: Base + "/subscriptions", Duplicate: http.StatusBadRequest, Deleted: http.StatusOK,
		Deadline: config.WriteDeadline, Reading: reader, Service: services.Subscriptions,
		Body: body.NewReader(create, config.BodyBytes), Once: services.Once,
	})
	return a, nil
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) { Register(r, a, g) }
