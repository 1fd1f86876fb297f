package inventory

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
)

// History tells what has changed lately, as far as this process remembers.
type History interface {
	// Recent returns the remembered changes of a pool and of its resources as the
	// caller sees them, in their order. It needs the permission to read pools; changes
	// of resources are told to those who may list resources. A pool that the caller
	// does not see is ErrNotFound.
	Recent(ctx context.Context, sc scope.Scope, pool o2.ID) (Recent, error)
}

// Recent is what is remembered of a pool.
type Recent struct {
	// Since is when this process began to remember.
	Since   time.Time
	Changes []Change
}

// Change is a change of one object, as one caller sees it.
type Change struct {
	ID     o2.ID
	Type   o2.EventType
	Object o2.ObjectKey
	// At is when this process saw it.
	At time.Time
	// Prior is nil for what was created, Post for what was deleted.
	Prior, Post o2.Object
}
