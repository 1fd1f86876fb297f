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
	"github.com/netweave/netweave/inbound/http/o2ims"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/inbound/http/versions"
	"github.com/netweave/netweave/ports/inventory"
)

// family is one version of one API. To add one takes its package and an entry in
// families: its routes, its name in metrics, its documents, its pages under /docs
// and its row in /o2ims follow from that.
type family struct {
	versions.Version
	// open makes its handlers.
	open func(*surroundings) (handlers, error)
	// administers: its routes are the administration's, each call of which is
	// recorded.
	administers bool
}

// handlers are a family's.
type handlers interface {
	Routes(r chi.Router, g *guard.Guard)
}

// surroundings are what families are made from.
type surroundings struct {
	Config
	Dependencies
	once *idempotency.Once
	// alerts is set once it is made.
	alerts *alertmanagerv1.API
}

// families are all that is served, in the order in which people read of it.
var families = []family{
	{Version: versions.Version{
		Base: o2imsv1.Base, Label: "o2ims-v1", Title: "netweave O2-IMS v1", Released: "2026-01-01", Document: o2imsv1.Document(),
	}, open: openO2IMSv1},
	{Version: versions.Version{
		Base: o2imsv2.Base, Label: "o2ims-v2", Title: "netweave O2-IMS v2", Released: "2026-11-28", Document: o2imsv2.Document(),
	}, open: openO2IMSv2},
	{Version: versions.Version{
		Base: inventoryv1.Base, Label: "o-ran-inventory-v1", Title: "O-RAN inventory v1", Released: "2026-11-28", Document: inventoryv1.Document(),
	}, open: openInventoryV1},
	{Version: versions.Version{
		Base: inventoryv2.Base, Label: "o-ran-inventory-v2", Title: "O-RAN inventory v2", Released: "2026-11-28", Document: inventoryv2.Document(),
	}, open: openInventoryV2},
	{Version: versions.Version{
		Base: monitoringv1.Base, Label: "o-ran-monitoring-v1", Title: "O-RAN monitoring v1", Released: "2026-11-28", Document: monitoringv1.Document(),
	}, open: openMonitoringV1},
	{Version: versions.Version{
		Base: alertmanagerv1.Base, Label: "alertmanager-v1", Title: "netweave Alertmanager receiver v1", Released: "2026-11-28", Document: alertmanagerv1.Document(),
	}, open: openAlertmanagerV1},
	{Version: versions.Version{
		Base: adminv1.Base, Label: "admin-v1", Title: "netweave administration v1", Released: "2026-01-01", Document: adminv1.Document(),
	}, open: openAdminV1, administers: true},
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

func openO2IMSv1(s *surroundings) (handlers, error) {
	return o2imsv1.New(s.own(), s.ownServices(shapeO2IMSv1), s.Logger)
}

func openO2IMSv2(s *surroundings) (handlers, error) {
	return o2imsv2.New(s.own(), o2imsv2.Services{Services: s.ownServices(shapeO2IMSv2), History: s.History}, s.Logger)
}

// own is what all versions of netweave's own API are configured by.
func (s *surroundings) own() o2ims.Config {
	return o2ims.Config{
		ExternalURL: s.ExternalURL, DefaultPageSize: s.DefaultPageSize, MaxPageSize: s.MaxPageSize,
		BodyBytes: s.BodyBytes, WriteDeadline: s.WriteDeadline, Query: s.Query,
	}
}

// ownServices is what a version of netweave's own API is served from.
func (s *surroundings) ownServices(shape inventory.Shape) o2ims.Services {
	return o2ims.Services{
		Reader: s.Reader, Pools: s.Pools, Resources: s.Resources, Subscriptions: s.Subscriptions, Once: s.once, Shape: shape,
	}
}

func openInventoryV1(s *surroundings) (handlers, error) {
	return inventoryv1.New(s.oran(), s.oranServices(shapeInventoryV1, shapeInventoryV1Default),
		[]string{inventoryv1.Version, inventoryv2.Version}, s.Logger)
}

func openMonitoringV1(s *surroundings) (handlers, error) {
	return monitoringv1.New(s.oran(), monitoringv1.Services{
		Reader: s.AlarmReader, Alarms: s.Alarms, Configuration: s.AlarmConfiguration, Causes: s.AlarmCauses,
		Subscriptions: s.Subscriptions, Once: s.once, Shape: shapeMonitoringV1,
	}, s.Logger)
}

func openAlertmanagerV1(s *surroundings) (handlers, error) {
	api, err := alertmanagerv1.New(alertmanagerv1.Config{BodyBytes: s.BodyBytes, Deadline: s.WriteDeadline}, s.AlarmReceiver, s.Registerer, s.Logger)
	if err == nil {
		api.Set(s.AlertReceivers)
		s.alerts = api
	}
	return api, err
}

func openInventoryV2(s *surroundings) (handlers, error) {
	return inventoryv2.New(s.oran(), s.oranServices(shapeInventoryV2, shapeInventoryV2Default), shapeAlarmDictionary, s.Logger)
}

// oran is what the O-RAN families are configured by.
func (s *surroundings) oran() oran.Config {
	return oran.Config{
		Config: reading.Config{
			ExternalURL: s.ExternalURL, DefaultPageSize: s.DefaultPageSize, MaxPageSize: s.MaxPageSize, Query: s.Query,
		},
		BodyBytes: s.BodyBytes, WriteDeadline: s.WriteDeadline,
	}
}

// oranServices is what a version of the O-RAN inventory is served from.
func (s *surroundings) oranServices(shape, byDefault inventory.Shape) oran.Services {
	return oran.Services{
		Reader: s.Reader, Clouds: s.Clouds, Subscriptions: s.Subscriptions, Once: s.once, Shape: shape, Default: byDefault,
	}
}

func openAdminV1(s *surroundings) (handlers, error) {
	return adminv1.New(adminv1.Config{
		ExternalURL:     strings.TrimSuffix(s.ExternalURL, "/"),
		DefaultPageSize: s.DefaultPageSize, MaxPageSize: s.MaxPageSize,
		BodyBytes: s.BodyBytes, Deadline: s.WriteDeadline, Schema: o2imsv1.Schema, Query: s.Query,
	}, adminv1.Services{
		DeadLetters: s.DeadLetters, Tenants: s.Tenants, Users: s.Users, Roles: s.Roles, Audit: s.AuditLog,
		Routes: s.Routes, Adapters: s.Adapters, Configuration: s.Configuration, Once: s.once,
	}, s.Logger)
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
