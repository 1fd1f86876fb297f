package configuration

import (
	"context"
	"errors"
	"testing"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/configuration"
)

// keeper admits root alone, to read the configuration.
type keeper struct{}

func (keeper) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	if sc.User() != "root" || r != (authz.Request{Resource: authz.Configuration, Action: authz.ActionRead}) {
		return scope.Scope{}, authz.ErrDenied
	}
	return sc, nil
}

func TestWhoIsTold(t *testing.T) {
	first := &configuration.State{Version: "1"}
	s, err := New(keeper{}, first)
	if err != nil {
		t.Fatal(err)
	}
	root := scope.New(scope.Identity{Tenant: "platform", User: "root"})
	if got, err := s.Configuration(t.Context(), root); err != nil || got != first {
		t.Errorf("got %v, %v", got, err)
	}
	second := &configuration.State{Version: "2"}
	s.Set(second)
	if got, err := s.Configuration(t.Context(), root); err != nil || got != second {
		t.Errorf("got %v, %v", got, err)
	}
	for name, sc := range map[string]scope.Scope{
		"somebody else": scope.New(scope.Identity{Tenant: "platform", User: "joe"}), "nobody": {},
	} {
		if got, err := s.Configuration(t.Context(), sc); got != nil || !errors.Is(err, authz.ErrDenied) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestWhatAServiceNeeds(t *testing.T) {
	for want, build := range map[string]func() (*Service, error){
		"configuration: no authorizer is configured": func() (*Service, error) { return New(nil, &configuration.State{}) },
		"configuration: nothing is in force":         func() (*Service, error) { return New(keeper{}, nil) },
	} {
		if _, err := build(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
