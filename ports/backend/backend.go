// Package backend is the driven port to one infrastructure backend: what the
// core needs of Kubernetes, AWS or a vendor's cloud, whoever speaks to it.
//
// Implementations translate ids both ways (o2.DeriveID), seal every object
// (o2.Seal), refuse malformed ones with a log line and a metric, and put their
// own breaker and deadlines around calls; the core retries nothing that writes.
// All methods are safe for concurrent use.
package backend

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// Backend is one configured adapter.
type Backend interface {
	// Name is the adapter's name in the configuration. It never changes.
	Name() string

	// Info tells what runs behind the name now. It never blocks.
	Info() Info

	// Watch feeds sink with one full snapshot (Begin, Put..., Synced) and then
	// with every change (Put, Delete), until ctx ends or the feed breaks. It may
	// send further snapshots at any time. It returns ErrUnsupported at once if
	// the backend cannot watch; otherwise it always returns an error, ctx.Err()
	// included, wrapped in *Error. The core calls Watch again after a pause, at once
	// if it is ErrReplaced.
	Watch(ctx context.Context, sink Sink) error

	// Snapshot feeds sink with one full snapshot and returns nil after Synced.
	// The core polls with it where Watch is unsupported.
	Snapshot(ctx context.Context, sink Sink) error

	// Health asks the backend itself whether it can serve. nil means that what
	// an established watch has sent is current as of the call.
	Health(ctx context.Context) error

	// CreateResourcePool creates the pool in p.Head().Tenant and returns it as
	// the backend now has it. The caller's p has no ids; p is not changed.
	CreateResourcePool(ctx context.Context, p *o2.ResourcePool) (*o2.ResourcePool, error)
	// UpdateResourcePool makes the pool with p's NativeID look like p.
	UpdateResourcePool(ctx context.Context, p *o2.ResourcePool) (*o2.ResourcePool, error)
	// DeleteResourcePool deletes the pool. ErrNotFound means that it is gone.
	DeleteResourcePool(ctx context.Context, nativeID string) error
	// CreateResource creates a resource. Parent references come by native id in
	// ref, since the backend knows no others.
	CreateResource(ctx context.Context, r *o2.Resource, ref ResourceRefs) (*o2.Resource, error)
	// DeleteResource deletes the resource. ErrNotFound means that it is gone.
	DeleteResource(ctx context.Context, nativeID string) error
}

// ResourceRefs are the native ids of what a new resource refers to.
type ResourceRefs struct {
	PoolID, TypeID, ParentID string
}

// Sink receives a backend's objects. One goroutine calls it; a slow sink slows
// the feed. An error from any method ends the feed with that error.
type Sink interface {
	// Begin starts a snapshot that covers the kinds given. A second Begin
	// before Synced abandons the first snapshot.
	Begin(kinds o2.KindSet) error
	// Put adds or replaces objects: the snapshot's items between Begin and
	// Synced, changes outside. The sink keeps the objects, not the slice.
	Put(objects []o2.Object) error
	// Delete removes objects by id; unknown ids are ignored.
	Delete(kind o2.Kind, ids []o2.ID) error
	// Synced ends a snapshot that ran to its end without error: what it covered
	// and did not contain is gone.
	Synced() error
}

// State is where a backend's supervisor has brought it.
type State string

// The states of a backend.
const (
	StateStarting    State = "starting"
	StateRunning     State = "running"
	StateRestarting  State = "restarting"
	StateQuarantined State = "quarantined"
	StateStopped     State = "stopped"
)

// Info is what is known of a backend at one moment.
type Info struct {
	Name string
	// Type is the plugin's name, Version its own version.
	Type, Version string
	// Capabilities are by the architecture's names, sorted; see the Cap constants.
	Capabilities []string
	State        State
	// Since is when State was entered.
	Since time.Time
	// Restarts counts the plugin's restarts since the gateway started.
	Restarts int
	// Checksum is the SHA-256 of the running executable in hexadecimal, "" if none
	// runs or it is not known.
	Checksum string
	// Replacements counts the processes that another took the place of while they
	// ran. ReplaceError is why the last replacement was not taken, "" if it was; it
	// holds no secret.
	Replacements int
	ReplaceError string
	// LastError is the last failure of the plugin or its start, "" if none. It
	// holds no secret.
	LastError string
	// Breaker is "closed", "half-open" or "open".
	Breaker string
}

// The capabilities, by the architecture's names.
const (
	CapResourcePoolCreate = "resource-pool-create"
	CapResourcePoolUpdate = "resource-pool-update"
	CapResourcePoolDelete = "resource-pool-delete"
	CapResourceCreate     = "resource-create"
	CapResourceDelete     = "resource-delete"
	CapRealTimeEvents     = "real-time-events"
	CapSubscriptions      = "subscriptions"
	CapAlarms             = "alarms"
	CapMetrics            = "metrics"
	CapLocations          = "locations"
)
