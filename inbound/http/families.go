package httpserver

import (
	"fmt"
	"strings"

	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
)

// addFamilies routes to every API family.
func (s *Server) addFamilies(deps Dependencies) error {
	c := s.config
	once := idempotency.New(idempotency.Config{
		BodyBytes: c.BodyBytes, WriteDeadline: c.WriteDeadline,
	}, deps.Idempotency, deps.Logger)
	v1, err := o2imsv1.New(o2imsv1.Config{
		ExternalURL: c.ExternalURL, DefaultPageSize: c.DefaultPageSize, MaxPageSize: c.MaxPageSize,
		BodyBytes: c.BodyBytes, WriteDeadline: c.WriteDeadline, Query: c.Query,
	}, o2imsv1.Services{
		Reader: deps.Reader, Pools: deps.Pools, Resources: deps.Resources, Subscriptions: deps.Subscriptions,
		Once: once, Authorizer: deps.Authorizer, Shape: deps.Shape,
	}, deps.Logger)
	if err != nil {
		return fmt.Errorf("serving %s: %w", o2imsv1.Base, err)
	}
	admin, err := adminv1.New(adminv1.Config{
		ExternalURL:     strings.TrimSuffix(c.ExternalURL, "/"),
		DefaultPageSize: c.DefaultPageSize, MaxPageSize: c.MaxPageSize,
		BodyBytes: c.BodyBytes, Deadline: c.WriteDeadline,
	}, adminv1.Services{
		DeadLetters: deps.DeadLetters, Tenants: deps.Tenants, Users: deps.Users, Roles: deps.Roles, Audit: deps.Audit,
		Once: once, Authorizer: deps.Authorizer,
	}, deps.Logger)
	if err != nil {
		return fmt.Errorf("serving %s: %w", adminv1.Base, err)
	}
	v1.Routes(s.router)
	admin.Routes(s.router)
	return nil
}
