// Package configuration tells operators what their gateway runs by. What that is, is
// for others to say: a Service keeps what it was told last.
package configuration

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/configuration"
)

// Service implements ports/configuration.Configuration. It is safe for concurrent
// use.
type Service struct {
	authorizer authz.Authorizer
	state      atomic.Pointer[configuration.State]
}

var _ configuration.Configuration = (*Service)(nil)

// New makes a Service that tells first, until it is told otherwise.
func New(a authz.Authorizer, first *configuration.State) (*Service, error) {
	switch {
	case a == nil:
		return nil, errors.New("configuration: no authorizer is configured")
	case first == nil:
		return nil, errors.New("configuration: nothing is in force")
	}
	s := &Service{authorizer: a}
	s.state.Store(first)
	return s, nil
}

// Set replaces what is told. The state is not to be changed any more.
func (s *Service) Set(state *configuration.State) { s.state.Store(state) }

// Configuration returns what is in force.
func (s *Service) Configuration(ctx context.Context, sc scope.Scope) (*configuration.State, error) {
	if !sc.Valid() {
		return nil, authz.ErrDenied
	}
	if _, err := s.authorizer.Authorize(ctx, sc, authz.Request{Resource: authz.Configuration, Action: authz.ActionRead}); err != nil {
		return nil, err
	}
	return s.state.Load(), nil
}
