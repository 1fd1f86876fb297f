package httpserver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/inbound/http/alertmanagerv1"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/inventoryv1"
	"github.com/netweave/netweave/inbound/http/inventoryv2"
	"github.com/netweave/netweave/inbound/http/monitoringv1"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/inbound/http/versions"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
)

// family is one version of one API. To add one takes its package and an entry in
// families. All else follows: its routes, its name in metrics, how the core shows
// its objects and tells its subscribers, its documents, its pages under /docs, its
// row in /o2ims and what the configuration may announce of it.
type family struct {
	versions.Version
	// open makes its handlers.
	open func(*surroundings) (handlers, error)
	// shapes are the ways in which it shows objects of the inventory.
	shapes []shape
	// notify is how its subscriptions are read and told; nil where it has none.
	notify func(Told) subscription.Family
	// administers: its routes are the administration's, each call of which is
	// recorded.
	administers bool
}

// handlers are a family's.
type handlers interface {
	Routes(r chi.Router, g *guard.Guard)
}

// families are all that is served, in the order in which people read of it.
var families = []family{
	{
		versions.Version{Base: o2imsv1.Base, Label: "o2ims-v1", Title: "netweave O2-IMS v1", Released: "2026-01-01", Document: o2imsv1.Document()},
		own(o2imsv1.New), []shape{fixed(o2imsv1.Project)}, toOwn(o2imsv1.Family), false,
	},
	{
		versions.Version{Base: o2imsv2.Base, Label: "o2ims-v2", Title: "netweave O2-IMS v2", Released: "2026-11-28", Document: o2imsv2.Document()},
		openO2IMSv2, []shape{fixed(o2imsv2.Project)}, toOwn(o2imsv2.Family), false,
	},
	{
		versions.Version{Base: inventoryv1.Base, Label: "o-ran-inventory-v1", Title: "O-RAN inventory v1", Released: "2026-11-28", Document: inventoryv1.Document()},
		openInventoryV1, []shape{whole(inventoryv1.Model), byDefault(inventoryv1.Model)}, toStandard(inventoryv1.Family), false,
	},
	{
		versions.Version{Base: inventoryv2.Base, Label: "o-ran-inventory-v2", Title: "O-RAN inventory v2", Released: "2026-11-28", Document: inventoryv2.Document()},
		openInventoryV2, []shape{whole(inventoryv2.Model), byDefault(inventoryv2.Model), fixed(inventoryv2.Dictionary)}, toStandard(inventoryv2.Family), false,
	},
	{
		versions.Version{Base: monitoringv1.Base, Label: "o-ran-monitoring-v1", Title: "O-RAN monitoring v1", Released: "2026-11-28", Document: monitoringv1.Document()},
		openMonitoringV1, []shape{fixed(monitoringv1.Project)}, toMonitoring, false,
	},
	{
		versions.Version{Base: alertmanagerv1.Base, Label: "alertmanager-v1", Title: "netweave Alertmanager receiver v1", Released: "2026-11-28", Document: alertmanagerv1.Document()},
		openAlertmanagerV1, nil, nil, false,
	},
	{
		versions.Version{Base: adminv1.Base, Label: "admin-v1", Title: "netweave administration v1", Released: "2026-01-01", Document: adminv1.Document()},
		openAdminV1, nil, nil, true,
	},
}

// planned are versions that there is nothing of yet.
var planned = []versions.Version{
	{Base: "/o2ims/v3", Label: "o2ims-v3", Title: "netweave O2-IMS v3"},
}

// Versions lists every version of every API that this gateway can serve; not to be
// changed.
func Versions() []versions.Version {
	list := make([]versions.Version, len(families))
	for i, f := range families {
		list[i] = f.Version
	}
	return list
}

// addFamilies routes to every API family.
func (s *Server) addFamilies(deps Dependencies) error {
	given := &surroundings{Config: s.config, Dependencies: deps, once: idempotency.New(idempotency.Config{
		BodyBytes: s.config.BodyBytes, WriteDeadline: s.config.WriteDeadline,
	}, deps.Idempotency, deps.Logger)}
	open := make([]handlers, len(families))
	var err error
	for i, f := range families {
		if open[i], err = f.open(given); err != nil {
			return fmt.Errorf("serving %s: %w", f.Base, err)
		}
		given.shape += inventory.Shape(len(f.shapes))
	}
	s.alerts = given.alerts
	if s.limiter, err = ratelimit.New(ratelimit.Config{Rates: s.config.RateLimits, Store: deps.Tokens, Logger: deps.Logger}, deps.Registerer); err != nil {
		return err
	}
	g := guard.New(guard.Config{
		Gate: deps.Gate, Authorizer: deps.Authorizer, Limiter: s.limiter, Recorder: deps.Audit, Address: s.authn.Address,
		AuditReads: s.config.AuditReads, Logger: deps.Logger,
	})
	for i, f := range families {
		of := g
		if f.administers {
			of = g.ForAdministration()
		}
		open[i].Routes(s.router, of)
	}
	return nil
}

// familyOf names a pattern's API family, for metrics. What is a family's without
// being below its base, such as the list of an API's versions, is its first
// version's.
func familyOf(pattern string) string {
	at := func(f family) bool { return pattern == f.Base || strings.HasPrefix(pattern, f.Base+"/") }
	api := func(f family) bool { return strings.HasPrefix(pattern, f.Base[:strings.LastIndexByte(f.Base, '/')+1]) }
	for _, of := range []func(family) bool{at, api} {
		if i := slices.IndexFunc(families, of); i >= 0 {
			return families[i].Label
		}
	}
	return "operations"
}
