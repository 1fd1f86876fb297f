package monitoringv1

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
)

const (
	// Prefix is the path under which all versions of the API are served.
	Prefix = "/o2ims-infrastructureMonitoring"
	// Base is the path under which this one is.
	Base = Prefix + "/v1"
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
	// WriteDeadline bounds a change, and a read of what the store keeps.
	WriteDeadline time.Duration
	// Query bounds filters and selectors; zero fields mean core/query's defaults.
	Query query.Limits
}

// Services are the driving ports that the handlers call.
type Services struct {
	// Reader reads alarms.
	Reader        inventory.Reader
	Alarms        alarms.Alarms
	Configuration alarms.Configuration
	Causes        alarms.Causes
	// Subscriptions are those made under this API, by its Surface.
	Subscriptions subscription.Subscriptions
	// Once answers a create that is sent again under its Idempotency-Key.
	Once *idempotency.Once
	// Shape is the place that Project has in the core's list of projections.
	Shape inventory.Shape
}

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct {
	config   Config
	services Services
	logger   *slog.Logger

	reading *reading.Reading
	alarm   reading.Type

	modifications, subscriptionCreate               *body.Reader
	configurationReplacement, configurationPatching *body.Reader
}

var _ ServerInterface = (*API)(nil)

// format is how this family's lists look.
var format = reading.Format{Version: "monitoring-v1", Open: `[`, Close: `]`, PageSize: "limit"}

// bodySchemas are those of the document, which is read once.
var bodySchemas = sync.OnceValues(func() (*body.Schemas, error) { return body.LoadSchemas(document) })

// New makes the handlers. It fails on a Config that cannot be served.
func New(config Config, services Services, logger *slog.Logger) (*API, error) {
	reader, err := reading.New(reading.Config{
		ExternalURL: config.ExternalURL, DefaultPageSize: config.DefaultPageSize, MaxPageSize: config.MaxPageSize, Query: config.Query,
	}, format, services.Reader, logger)
	if err != nil {
		return nil, err
	}
	config.ExternalURL = reader.ExternalURL()
	a := &API{config: config, services: services, logger: logger, reading: reader, alarm: reading.Type{
		Kind: o2.KindAlarm, Noun: nounAlarm, Schema: alarmSchema, Shape: services.Shape, Default: services.Shape,
	}}
	bodies, err := bodySchemas()
	if err != nil {
		return nil, err
	}
	for _, one := range []struct {
		name   string
		make   func(*body.Schema, int64) *body.Reader
		reader **body.Reader
	}{
		{"AlarmEventRecordModifications", body.NewPatchReader, &a.modifications},
		{"AlarmServiceConfigurationReplacement", body.NewReader, &a.configurationReplacement},
		{"AlarmServiceConfigurationPatch", body.NewPatchReader, &a.configurationPatching},
		{"AlarmSubscriptionCreate", body.NewReader, &a.subscriptionCreate},
	} {
		schema, err := bodies.Get(one.name)
		if err != nil {
			return nil, err
		}
		*one.reader = one.make(schema, config.BodyBytes)
	}
	return a, nil
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) { Register(r, a, g) }

// withDeadline bounds what may take long.
func (a *API) withDeadline(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), a.config.WriteDeadline)
}

// begin judges a change before its body is read.
func (a *API) begin(w http.ResponseWriter, r *http.Request) bool {
	if err := reading.CheckWrite(r); err != nil {
		a.reading.Fail(w, r, err)
		return false
	}
	return true
}
