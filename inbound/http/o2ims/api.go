package o2ims

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
)

// Config is what an operator chooses.
type Config struct {
	// ExternalURL is what callers reach the gateway by, such as
	// "https://o2.example.com"; absolute URIs start with it. "" leaves URIs
	// relative to the host.
	ExternalURL string
	// DefaultPageSize and MaxPageSize bound a list's page, in objects.
	DefaultPageSize, MaxPageSize int
	// BodyBytes bounds a request's body.
	BodyBytes int64
	// WriteDeadline bounds a create, update or delete.
	WriteDeadline time.Duration
	// Query bounds filters and selectors; zero fields mean core/query's defaults.
	Query query.Limits
}

// Services are the driving ports that the handlers call.
type Services struct {
	Reader    inventory.Reader
	Pools     inventory.ResourcePools
	Resources inventory.Resources
	// Subscriptions are those made under this API, by its Surface.
	Subscriptions subscription.Subscriptions
	// Once answers a create that is sent again under its Idempotency-Key.
	Once *idempotency.Once
	// Shape is the place that the version's Project has in the core's list of
	// projections.
	Shape inventory.Shape
}

// API is a version's handlers. It is safe for concurrent use.
type API struct {
	version  *Version
	config   Config
	services Services
	logger   *slog.Logger

	reading *reading.Reading
	types   [o2.KindCount]reading.Type

	poolCreate, poolUpdate, resourceCreate *body.Reader
	subscriptionCreate, subscriptionUpdate *body.Reader
}

// New makes the handlers of a version. It fails on a Config that cannot be served.
func New(v *Version, config Config, services Services, logger *slog.Logger) (*API, error) {
	reader, err := reading.New(reading.Config{
		ExternalURL: config.ExternalURL, DefaultPageSize: config.DefaultPageSize, MaxPageSize: config.MaxPageSize, Query: config.Query,
	}, v.Format, services.Reader, logger)
	if err != nil {
		return nil, err
	}
	config.ExternalURL = reader.ExternalURL()
	a := &API{version: v, config: config, services: services, logger: logger, reading: reader}
	for _, kind := range o2.InventoryKinds() {
		a.types[kind] = reading.Type{
			Kind: kind, Noun: kind.String(), Schema: v.schemas[kind], Shape: services.Shape, Default: services.Shape,
		}
	}
	bodies, err := v.bodies()
	if err != nil {
		return nil, err
	}
	for name, reader := range map[string]**body.Reader{
		"ResourcePoolCreate": &a.poolCreate,
		"ResourcePoolUpdate": &a.poolUpdate,
		"ResourceCreate":     &a.resourceCreate,
		"SubscriptionCreate": &a.subscriptionCreate,
		"SubscriptionUpdate": &a.subscriptionUpdate,
	} {
		schema, err := bodies.Get(name)
		if err != nil {
			return nil, err
		}
		*reader = body.NewReader(schema, config.BodyBytes)
	}
	return a, nil
}

// fail answers with the problem that err is.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem.Fail(w, r, a.logger, err)
}

// withDeadline bounds a change.
func (a *API) withDeadline(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), a.config.WriteDeadline)
}

// Reading is what reads are answered by, for what a version has of its own.
func (a *API) Reading() *reading.Reading { return a.reading }

// Type is the data type of a kind of object.
func (a *API) Type(kind o2.Kind) reading.Type { return a.types[kind] }

// Ref is where an object is served.
func (a *API) Ref(key o2.ObjectKey) string {
	return a.config.ExternalURL + a.version.Base + collections[key.Kind] + string(key.ID)
}
