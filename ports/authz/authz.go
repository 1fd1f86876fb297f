// Package authz is the driven port that decides what a caller may do.
//
// An implementation must be safe for concurrent use and must not block on the
// network in the common case: it is asked once for every request.
package authz

import (
	"context"
	"errors"

	"github.com/netweave/netweave/core/scope"
)

// ErrDenied is returned, wrapped or bare, when the caller may not do it. The
// text around it tells the caller which permission is missing, and nothing of
// other tenants.
var ErrDenied = errors.New("denied")

// Action is what a caller wants to do with a resource.
type Action string

// The actions of the permission model.
const (
	ActionList   Action = "list"
	ActionRead   Action = "read"
	ActionCreate Action = "create"
	ActionUpdate Action = "update"
	ActionDelete Action = "delete"
)

// Request is one question to the Authorizer.
type Request struct {
	// Resource is the noun, for example "ResourcePool".
	Resource string
	Action   Action
}

// Authorizer answers whether a caller may do something.
type Authorizer interface {
	// Authorize returns nil if sc may do r, an error that wraps ErrDenied if
	// not, and any other error if it cannot tell (the request is then refused
	// with 503). An invalid scope is always denied.
	Authorize(ctx context.Context, sc scope.Scope, r Request) error
}
