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
	// ActionManage stands for all of them. Roles have it; nobody asks for it.
	ActionManage Action = "manage"
)

// The resources of the permission model, beside the names of the o2.Kinds.
const (
	Subscription = "Subscription"
	Tenant       = "Tenant"
	User         = "User"
	Role         = "Role"
	Quota        = "Quota"
	AuditLog     = "AuditLog"
	// Adapter is a backend as its operator sees it, Configuration what the gateway
	// runs by, Route what routing decides.
	Adapter       = "Adapter"
	Configuration = "Configuration"
	Route         = "Route"
	// AlarmService is the alarm service's configuration.
	AlarmService = "AlarmService"
	// Everything stands for all of them. Roles have it; nobody asks for it.
	Everything = "*"
)

// Request is one question to the Authorizer.
type Request struct {
	// Resource is the noun, for example "ResourcePool".
	Resource string
	Action   Action
}

// Authorizer answers whether a caller may do something, and to whose objects.
type Authorizer interface {
	// Authorize returns sc with the reach of its permission to do r, never 0. An
	// error wraps ErrDenied if there is no such permission; any other error means
	// that it cannot tell (the request is then refused with 503). An invalid scope
	// is always denied. The reach that sc has is ignored.
	Authorize(ctx context.Context, sc scope.Scope, r Request) (scope.Scope, error)
}
