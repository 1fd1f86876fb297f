package httpserver

import (
	"fmt"
	"strings"

	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/o2ims"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/inbound/http/ratelimit"
)

// addFamilies routes to every API family.
func (s *Server) addFamilies(deps Dependencies) error {
	c := s.config
	once := idempotency.New(idempotency.Config{
		BodyBytes: c.BodyBytes, WriteDeadline: c.WriteDeadline,
	}, deps.Idempotency, deps.Logger)
	own := o2ims.Config{
		ExternalURL: c.ExternalURL, DefaultPageSize: c.DefaultPageSize, MaxPageSize: c.MaxPageSize,
		BodyBytes: c.BodyBytes, WriteDeadline: c.WriteDeadline, Query: c.Query,
	}
	services := o2ims.Services{
		Reader: deps.Reader, Pools: deps.Pools, Resources: deps.Resources, Subscriptions: deps.Subscriptions,
		Once: once, Shape: shapeO2IMSv1,
	}
	v1, err := o2imsv1.New(own, services, deps.Logger)
	if err != nil {
		return fmt.Errorf("serving %s: %w", o2imsv1.Base, err)
	}
	services.Shape = shapeO2IMSv2
	v2, err := o2imsv2.New(own, o2imsv2.Services{Services: services, History: deps.History}, deps.Logger)
	if err != nil {
		return fmt.Errorf("serving %s: %w", o2imsv2.Base, err)
	}
	admin, err := adminv1.New(adminv1.Config{
		ExternalURL:     strings.TrimSuffix(c.ExternalURL, "/"),
		DefaultPageSize: c.DefaultPageSize, MaxPageSize: c.MaxPageSize,
		BodyBytes: c.BodyBytes, Deadline: c.WriteDeadline, Schema: o2imsv1.Schema, Query: c.Query,
	}, adminv1.Services{
		DeadLetters: deps.DeadLetters, Tenants: deps.Tenants, Users: deps.Users, Roles: deps.Roles, Audit: deps.AuditLog,
		Routes: deps.Routes, Adapters: deps.Adapters, Configuration: deps.Configuration, Once: once,
	}, deps.Logger)
	if err != nil {
		return fmt.Errorf("serving %s: %w", adminv1.Base, err)
	}
	if s.limiter, err = ratelimit.New(ratelimit.Config{Rates: c.RateLimits, Store: deps.Tokens, Logger: deps.Logger}, deps.Registerer); err != nil {
		return err
	}
	g := guard.New(guard.Config{
		Gate: deps.Gate, Authorizer: deps.Authorizer, Limiter: s.limiter, Recorder: deps.Audit, Address: s.authn.Address,
		AuditReads: c.AuditReads, Logger: deps.Logger,
	})
	v1.Routes(s.router, g)
	v2.Routes(s.router, g)
	admin.Routes(s.router, g.ForAdministration())
	return nil
}
