package openaccess_test

import (
	"errors"
	"testing"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/outbound/openaccess"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/authz/authztest"
)

func TestLoopbackConforms(t *testing.T) {
	a, err := openaccess.Loopback("127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	authztest.Run(t, authztest.Case{
		Authorizer: a,
		Admitted:   scope.Identity{Tenant: scope.DefaultTenant},
	})
}

func TestAuthenticatedConforms(t *testing.T) {
	authztest.Run(t, authztest.Case{
		Authorizer: openaccess.Authenticated(),
		Admitted:   scope.Identity{Tenant: scope.DefaultTenant, User: "smo-1"},
		Refused: []scope.Identity{
			{Tenant: scope.DefaultTenant},
			{Platform: true},
			{User: "smo-1"},
		},
	})
}

func TestLoopbackAdmitsNoOtherAddress(t *testing.T) {
	for _, tc := range []struct {
		address string
		want    bool
	}{
		{"127.0.0.1:8080", true},
		{"127.8.9.10:1", true},
		{"[::1]:8080", true},
		{"[::ffff:127.0.0.1]:8080", true},
		{"localhost:8080", true},
		{"LOCALHOST:8080", true},
		{":8080", false},
		{"0.0.0.0:8080", false},
		{"[::]:8080", false},
		{"10.0.0.1:8080", false},
		{"[::ffff:10.0.0.1]:8080", false},
		{"localhost.example.org:8080", false},
		{"127.0.0.1.example.org:8080", false},
		{"127.1:8080", false},
		{"127.0.0.1", false},
		{"", false},
	} {
		t.Run(tc.address, func(t *testing.T) {
			a, err := openaccess.Loopback(tc.address)
			if tc.want {
				if err != nil {
					t.Fatalf("got %v, want an authorizer", err)
				}
				return
			}
			if !errors.Is(err, openaccess.ErrNotLoopback) || a != nil {
				t.Fatalf("got %v, %v, want ErrNotLoopback and no authorizer", a, err)
			}
		})
	}
}

func TestAuthorizersThatNoConstructorMadeDeny(t *testing.T) {
	caller := scope.New(scope.Identity{Tenant: scope.DefaultTenant, User: "smo-1"})
	request := authz.Request{Resource: "ResourcePool", Action: authz.ActionDelete}
	var none *openaccess.LoopbackAuthorizer
	for name, a := range map[string]authz.Authorizer{"nil": none, "zero": &openaccess.LoopbackAuthorizer{}} {
		if _, err := a.Authorize(t.Context(), caller, request); !errors.Is(err, authz.ErrDenied) {
			t.Errorf("%s authorizer: got %v, want ErrDenied", name, err)
		}
	}
}
