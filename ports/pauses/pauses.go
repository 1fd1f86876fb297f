// Package pauses is the driven port to what is kept of adapters that operators have
// paused: shared by all processes of a gateway, and still there after a restart.
//
// Errors are those of package store. All methods are safe for concurrent use.
package pauses

import (
	"context"
	"time"
)

// Pause is one adapter's.
type Pause struct {
	Adapter string `json:"adapter"`
	// By is who paused it, as user.tenant; "" if that is not known.
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// Store keeps pauses.
type Store interface {
	// Put keeps p in place of what was kept of its adapter.
	Put(ctx context.Context, p Pause) error
	// Delete forgets an adapter's pause; one that there is not is no error.
	Delete(ctx context.Context, adapter string) error
	// All returns every pause, by adapter.
	All(ctx context.Context) ([]Pause, error)
}
