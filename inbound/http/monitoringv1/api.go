package monitoringv1

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
)

// Version is the version of the document; Base is the path under which the API is
// served, Prefix that under which all its versions are.
const (
	Version = "1.0.0"
	Prefix  = "/o2ims-infrastructureMonitoring"
	Base    = Prefix + "/v1"
)

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
	config   oran.Config
	services Services

	reading       *reading.Reading
	alarm         reading.Type
	subscriptions *oran.Subscriptions

	modifications, replacement, patching *body.Reader
}

var _ ServerInterface = (*API)(nil)

// format is how this family's lists look.
var format = reading.Format{Version: "mon1", Open: `[`, Close: `]`}

// bodySchemas are those of the document, which is read once.
var bodySchemas = sync.OnceValues(func() (*body.Schemas, error) { return body.LoadSchemas(document) })

// New makes the handlers. It fails on a Config that cannot be served.
func New(config oran.Config, services Services, logger *slog.Logger) (*API, error) {
	reader, err := reading.New(config.Config, format, services.Reader, logger)
	if err != nil {
		return nil, err
	}
	a := &API{config: config, services: services, reading: reader, alarm: reading.Type{
		Kind: o2.KindAlarm, Noun: nounAlarm, Schema: alarmSchema, Shape: services.Shape, Default: services.Shape,
	}}
	bodies, err := bodySchemas()
	if err != nil {
		return nil, err
	}
	var create *body.Reader
	for _, one := range []struct {
		name   string
		make   func(*body.Schema, int64) *body.Reader
		reader **body.Reader
	}{
		{"AlarmEventRecordModifications", body.NewPatchReader, &a.modifications},
		{"AlarmServiceConfigurationReplacement", body.NewReader, &a.replacement},
		{"AlarmServiceConfigurationPatch", body.NewPatchReader, &a.patching},
		{"AlarmSubscriptionCreate", body.NewReader, &create},
	} {
		schema, err := bodies.Get(one.name)
		if err != nil {
			return nil, err
		}
		*one.reader = one.make(schema, config.BodyBytes)
	}
	a.subscriptions = oran.NewSubscriptions(oran.SubscriptionsConfig{
		Surface: Surface, Path: Base + "/alarmSubscriptions", Noun: "AlarmSubscriptionInfo", ID: "alarmSubscriptionId",
		Duplicate: http.StatusBadRequest, Deleted: http.StatusOK,
		Deadline: config.WriteDeadline, Reading: reader, Service: services.Subscriptions, Body: create, Once: services.Once,
	})
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

// ListVersions answers with all versions of the API.
func (a *API) ListVersions(w http.ResponseWriter, r *http.Request) {
	oran.AnswerVersions(a.reading, w, r, Prefix, Version)
}

// ListMinorVersions answers with the minor versions of this major one.
func (a *API) ListMinorVersions(w http.ResponseWriter, r *http.Request) {
	oran.AnswerVersions(a.reading, w, r, Base, Version)
}

// ListAlarmSubscriptions answers with one page of the caller's subscriptions.
func (a *API) ListAlarmSubscriptions(w http.ResponseWriter, r *http.Request) {
	a.subscriptions.List(w, r)
}

// GetAlarmSubscription answers with one subscription.
func (a *API) GetAlarmSubscription(w http.ResponseWriter, r *http.Request, id string) {
	a.subscriptions.Get(w, r, id)
}

// CreateAlarmSubscription subscribes.
func (a *API) CreateAlarmSubscription(w http.ResponseWriter, r *http.Request) {
	a.subscriptions.Create(w, r)
}

// DeleteAlarmSubscription ends a subscription: 200 and no body.
func (a *API) DeleteAlarmSubscription(w http.ResponseWriter, r *http.Request, id string) {
	a.subscriptions.Delete(w, r, id)
}
