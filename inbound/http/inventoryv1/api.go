package inventoryv1

import (
	"log/slog"
	"net/http"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/inbound/http/reading"
)

// Version is the version of the document; Base is the path under which the API is
// served.
const (
	Version = "1.0.0"
	Base    = oran.Prefix + "/v1"
)

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct {
	*oran.Inventory
	versions []string
}

var _ ServerInterface = (*API)(nil)

// format is how this family's lists look.
var format = reading.Format{Version: "inv1", Open: `[`, Close: `]`}

// clouds is what the O-Cloud's description has; R003 spells "globalcloudId" like that.
var clouds = oran.Clouds("globalcloudId", false)

// bodySchemas are those of the document, which is read once.
var bodySchemas = sync.OnceValues(func() (*body.Schemas, error) { return body.LoadSchemas(document) })

// New makes the handlers. versions are those of the API that the gateway serves, this
// one included. It fails on a Config that cannot be served.
func New(config oran.Config, services oran.Services, versions []string, logger *slog.Logger) (*API, error) {
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
		SubscriptionCreate: create, Duplicate: http.StatusBadRequest, Deleted: http.StatusOK,
	}, logger)
	if err != nil {
		return nil, err
	}
	return &API{shared, versions}, nil
}

// GetAPIVersions answers with all versions of the API.
func (a *API) GetAPIVersions(w http.ResponseWriter, r *http.Request) {
	oran.AnswerVersions(a.Reading, w, r, oran.Prefix, a.versions...)
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) { Register(r, a, g) }
