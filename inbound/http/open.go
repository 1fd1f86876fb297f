package httpserver

import (
	"log/slog"
	"strings"

	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/inbound/http/alertmanagerv1"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/inventoryv1"
	"github.com/netweave/netweave/inbound/http/inventoryv2"
	"github.com/netweave/netweave/inbound/http/monitoringv1"
	"github.com/netweave/netweave/inbound/http/o2ims"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
)

// surroundings are what families are made from.
type surroundings struct {
	Config
	Dependencies
	once *idempotency.Once
	// shape is the first of those that the family has; the others follow it.
	shape inventory.Shape
	// alerts is set once it is made.
	alerts *alertmanagerv1.API
}

// own opens a version of netweave's own API that is served from what all are.
func own[H handlers](open func(o2ims.Config, o2ims.Services, *slog.Logger) (H, error)) func(*surroundings) (handlers, error) {
	return func(s *surroundings) (handlers, error) { return open(s.own(), s.ownServices(), s.Logger) }
}

func openO2IMSv2(s *surroundings) (handlers, error) {
	return o2imsv2.New(s.own(), o2imsv2.Services{Services: s.ownServices(), History: s.History}, s.Logger)
}

// own is what all versions of netweave's own API are configured by.
func (s *surroundings) own() o2ims.Config {
	return o2ims.Config{
		ExternalURL: s.ExternalURL, DefaultPageSize: s.DefaultPageSize, MaxPageSize: s.MaxPageSize,
		BodyBytes: s.BodyBytes, WriteDeadline: s.WriteDeadline, Query: s.Query,
	}
}

// ownServices is what a version of netweave's own API is served from.
func (s *surroundings) ownServices() o2ims.Services {
	return o2ims.Services{
		Reader: s.Reader, Pools: s.Pools, Resources: s.Resources, Subscriptions: s.Subscriptions, Once: s.once, Shape: s.shape,
	}
}

func openInventoryV1(s *surroundings) (handlers, error) {
	return inventoryv1.New(s.oran(), s.oranServices(),
		[]string{inventoryv1.Version, inventoryv2.Version}, s.Logger)
}

func openInventoryV2(s *surroundings) (handlers, error) {
	return inventoryv2.New(s.oran(), s.oranServices(), s.shape+2, s.Logger)
}

func openMonitoringV1(s *surroundings) (handlers, error) {
	return monitoringv1.New(s.oran(), monitoringv1.Services{
		Reader: s.AlarmReader, Alarms: s.Alarms, Configuration: s.AlarmConfiguration, Causes: s.AlarmCauses,
		Subscriptions: s.Subscriptions, Once: s.once, Shape: s.shape,
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
func (s *surroundings) oranServices() oran.Services {
	return oran.Services{
		Reader: s.Reader, Clouds: s.Clouds, Subscriptions: s.Subscriptions, Once: s.once, Shape: s.shape, Default: s.shape + 1,
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
