package o2ims

import (
	"strings"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/eventfilter"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/subscription"
)

// Definition is what makes a version of the API.
type Definition struct {
	// Base is the path under which the API is served.
	Base string
	// Surface is its name in o2.Subscription.Surface. It never changes.
	Surface string
	// Format is how its lists look.
	Format reading.Format
	// Pools is the data type of resource pools; nothing in it is omitted by default.
	Pools *query.Schema
	// Passing are the attributes of a pool whose change is no event.
	Passing []string
	// AppendPool encodes a pool: with all attributes, or, for a notification, without
	// those that are Passing.
	AppendPool func(b []byte, p *o2.ResourcePool, state bool) []byte
	// Document is its OpenAPI document.
	Document []byte
}

// Version is a version of the API. It is immutable.
type Version struct {
	Definition
	schemas [o2.KindCount]*query.Schema
	events  *eventfilter.Compiler
	// bodies are the document's schemas, which is read once.
	bodies func() (*body.Schemas, error)
}

// NewVersion makes a version.
func NewVersion(d Definition) *Version {
	v := &Version{Definition: d, schemas: [o2.KindCount]*query.Schema{
		o2.KindDeploymentManager: deploymentManagerSchema(),
		o2.KindResourcePool:      d.Pools,
		o2.KindResource:          resourceSchema(),
		o2.KindResourceType:      resourceTypeSchema(),
	}}
	v.events = eventfilter.New(v.schemas, append([]string{"capacity"}, d.Passing...)...)
	v.bodies = sync.OnceValues(func() (*body.Schemas, error) { return body.LoadSchemas(d.Document) })
	return v
}

// Schema returns the data type of that kind as filters name its attributes.
func (v *Version) Schema(kind o2.Kind) *query.Schema { return v.schemas[kind] }

// Events compiles the filters of the version's subscriptions.
func (v *Version) Events() *eventfilter.Compiler { return v.events }

// Family returns what the core needs for the subscriptions made under this API.
// externalURL is as in Config; "" makes objectRef a path.
func (v *Version) Family(externalURL string) subscription.Family {
	n := notifier{version: v, base: strings.TrimSuffix(externalURL, "/") + v.Base}
	return subscription.Family{
		Surface:     v.Surface,
		Compile:     v.events.Compile,
		ContentType: "application/json",
		Encode:      n.encode,
	}
}

// Bodies are the schemas of the version's document, which is read once.
func (v *Version) Bodies() (*body.Schemas, error) { return v.bodies() }
