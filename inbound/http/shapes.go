package httpserver

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/monitoringv1"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
	"github.com/netweave/netweave/ports/subscription"
)

// shape is one way to show objects, where the atlas tells where pools stand.
type shape func(ocloud.Atlas) inventory.Projection

// Projections returns the list of projections that the core is to be given: those of
// all families, one after the other.
func Projections(atlas ocloud.Atlas) []inventory.Projection {
	var list []inventory.Projection
	for _, f := range families {
		for _, in := range f.shapes {
			list = append(list, in(atlas))
		}
	}
	return list
}

// fixed is the shape of what does not depend on where pools stand.
func fixed(p inventory.Projection) shape {
	return func(ocloud.Atlas) inventory.Projection { return p }
}

// whole is the shape of the O-RAN inventory's objects with all their attributes.
func whole(model func(ocloud.Atlas) *oran.Model) shape {
	return func(atlas ocloud.Atlas) inventory.Projection { return model(atlas).Whole }
}

// byDefault is their shape without what is left out unless a caller asks for it.
func byDefault(model func(ocloud.Atlas) *oran.Model) shape {
	return func(atlas ocloud.Atlas) inventory.Projection { return model(atlas).Default }
}

// Told is what notifications are made with.
type Told struct {
	// ExternalURL is what references of netweave's own APIs start with, StandardURL
	// what those of the O-RAN APIs do.
	ExternalURL, StandardURL string
	Atlas                    ocloud.Atlas
	GlobalCloudID            o2.ID
}

// Subscribed returns the families that subscriptions are made under, for the core.
func Subscribed(t Told) []subscription.Family {
	var list []subscription.Family
	for _, f := range families {
		if f.notify != nil {
			list = append(list, f.notify(t))
		}
	}
	return list
}

func toOwn(family func(externalURL string) subscription.Family) func(Told) subscription.Family {
	return func(t Told) subscription.Family { return family(t.ExternalURL) }
}

func toStandard(family func(string, ocloud.Atlas) subscription.Family) func(Told) subscription.Family {
	return func(t Told) subscription.Family { return family(t.StandardURL, t.Atlas) }
}

func toMonitoring(t Told) subscription.Family {
	return monitoringv1.Family(t.StandardURL, t.GlobalCloudID)
}
