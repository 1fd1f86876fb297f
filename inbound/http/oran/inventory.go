package oran

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
	"github.com/netweave/netweave/ports/subscription"
)

// Prefix is the path under which all versions of the inventory are served.
const Prefix = "/o2ims-infrastructureInventory"

// Version is what tells a version of the inventory from another.
type Version struct {
	// Number is the document's version, Base the path under which it is served and
	// Surface its name in o2.Subscription.Surface.
	Number, Base, Surface string
	// Format is how its lists look.
	Format reading.Format
	// Clouds is its OCloudInfo, Model how it shows the inventory.
	Clouds reading.Collection[*Cloud]
	Model  *Model
	// SubscriptionCreate is the schema of a subscription that is to be made.
	SubscriptionCreate *body.Schema
	// Duplicate is the status of a subscription that is there already, Deleted that
	// of one that was deleted.
	Duplicate, Deleted int
}

// Config is what an operator chooses.
type Config struct {
	reading.Config
	// BodyBytes bounds a request's body.
	BodyBytes int64
	// WriteDeadline bounds what the store may take.
	WriteDeadline time.Duration
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

// Inventory is the handlers that all versions have. It is safe for concurrent use.
type Inventory struct {
	// Reading reads, Types are the data types that the inventory holds.
	Reading *reading.Reading
	Types   [o2.KindCount]reading.Type

	version       Version
	clouds        ocloud.Clouds
	subscriptions *Subscriptions
}

// New makes the handlers. It fails on a Config that cannot be served.
func New(config Config, services Services, v Version, logger *slog.Logger) (*Inventory, error) {
	reader, err := reading.New(config.Config, v.Format, services.Reader, logger)
	if err != nil {
		return nil, err
	}
	i := &Inventory{Reading: reader, version: v, clouds: services.Clouds}
	for _, kind := range o2.InventoryKinds() {
		i.Types[kind] = reading.Type{
			Kind: kind, Noun: kind.String(), Schema: v.Model.Schemas[kind], Shape: services.Shape, Default: services.Default,
		}
	}
	i.subscriptions = NewSubscriptions(SubscriptionsConfig{
		Surface: v.Surface, Path: v.Base + "/subscriptions", Duplicate: v.Duplicate, Deleted: v.Deleted,
		Deadline: config.WriteDeadline, Reading: reader, Service: services.Subscriptions,
		Body: body.NewReader(v.SubscriptionCreate, config.BodyBytes), Once: services.Once,
	})
	return i, nil
}

// GetMinorVersions answers with the minor versions of this major one.
func (i *Inventory) GetMinorVersions(w http.ResponseWriter, r *http.Request) {
	AnswerVersions(i.Reading, w, r, i.version.Base, i.version.Number)
}

// GetOCloudInfo answers with what the O-Cloud is.
func (i *Inventory) GetOCloudInfo(w http.ResponseWriter, r *http.Request) {
	selector, byDefault, err := i.Reading.ParseObject(r, i.version.Clouds.Schema)
	if err != nil {
		i.Reading.Fail(w, r, err)
		return
	}
	cloud := cloudOf(i.clouds.Info(), i.Reading.ExternalURL(), r)
	reading.AnswerOne(i.Reading, w, r, i.version.Clouds, cloud, selector, byDefault)
}
