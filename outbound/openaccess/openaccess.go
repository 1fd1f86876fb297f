// Package openaccess answers the authorisation port for gateways without roles
// and policies: every caller that may reach the gateway may do everything.
//
// It promises that "everyone" is never a stranger. [Loopback] admits anonymous
// callers and can only be made for an address that nobody else can reach;
// [Authenticated] admits any caller whose identity was verified. Both refuse the
// zero scope. Refusals wrap authz.ErrDenied.
package openaccess

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
)

// ErrNotLoopback is returned where an address is reachable from other machines.
var ErrNotLoopback = errors.New("not a loopback address")

// LoopbackAuthorizer lets every caller do everything. It is made by [Loopback].
type LoopbackAuthorizer struct{ open bool }

// AuthenticatedAuthorizer lets every caller with a verified identity do
// everything. It is made by [Authenticated].
type AuthenticatedAuthorizer struct{}

// Loopback returns the authorizer of a gateway that listens on address, in the
// form host:port. It fails with ErrNotLoopback unless the host is a loopback IP
// address or "localhost".
func Loopback(address string) (*LoopbackAuthorizer, error) {
	if !IsLoopback(address) {
		return nil, fmt.Errorf("open access on %q: %w", address, ErrNotLoopback)
	}
	return &LoopbackAuthorizer{open: true}, nil
}

// Authenticated returns the authorizer of a gateway that has verified each
// caller's identity before asking.
func Authenticated() AuthenticatedAuthorizer { return AuthenticatedAuthorizer{} }

// IsLoopback reports whether address, in the form host:port, can be reached from
// this machine alone. No name but "localhost" is: others are whatever DNS says.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Authorize lets every valid scope reach everything. The zero LoopbackAuthorizer,
// which no constructor made, denies.
func (a *LoopbackAuthorizer) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	if a == nil || !a.open || !sc.Valid() {
		return scope.Scope{}, denied(r, "the caller has no identity")
	}
	return sc.Within(reach), nil
}

// Authorize lets every valid scope that names a user reach everything.
func (AuthenticatedAuthorizer) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	if !sc.Valid() || sc.User() == "" {
		return scope.Scope{}, denied(r, "the caller has no verified identity")
	}
	return sc.Within(reach), nil
}

// reach is everything that the one tenant has.
const reach = scope.ReachTenant | scope.ReachShared

func denied(r authz.Request, why string) error {
	return fmt.Errorf("%w: %s of %s: %s", authz.ErrDenied, r.Action, r.Resource, why)
}
