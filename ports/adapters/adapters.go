// Package adapters is the driving port through which operators see the adapters of
// the configuration and steer them.
//
// Errors: ErrNotFound, authz.ErrDenied and those of ports/store. All methods are safe
// for concurrent use.
package adapters

import (
	"context"
	"errors"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/pauses"
)

// ErrNotFound means that no enabled adapter has that name.
var ErrNotFound = errors.New("no enabled adapter has that name")

// Adapter is one enabled adapter, as this process sees it.
type Adapter struct {
	inventory.BackendStatus
	// Pause is why it rests; nil if it does not.
	Pause *pauses.Pause
}

// Adapters shows and steers adapters. What steers is in force in every process of the
// gateway within a moment, and lasts: a pause outlives restarts and other
// configurations, and waits for an adapter of that name.
type Adapters interface {
	// List returns all adapters, by name.
	List(ctx context.Context, sc scope.Scope) ([]Adapter, error)
	// Get returns one.
	Get(ctx context.Context, sc scope.Scope, name string) (Adapter, error)
	// Pause lets an adapter rest: reads are answered from its view, which grows
	// stale, writes are refused, and its backend is not called. reason is for
	// whoever wonders. Again, it changes who, when and why.
	Pause(ctx context.Context, sc scope.Scope, name, reason string) (Adapter, error)
	// Resume ends a pause; one that there is not is no error.
	Resume(ctx context.Context, sc scope.Scope, name string) (Adapter, error)
	// Resync has every process read an adapter's backend anew. It does not wait for
	// it.
	Resync(ctx context.Context, sc scope.Scope, name string) (Adapter, error)
}
