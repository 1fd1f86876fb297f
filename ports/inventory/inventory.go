// Package inventory is the driving port of the inventory: what the core offers
// to whoever serves deployment managers, resource pools, resources and resource
// types.
//
// Reads are answered from the views and never wait for a backend. Writes go to
// one backend and are in the view before they return. Every method needs a
// valid scope and returns ErrNotFound for what the scope does not see. All
// methods are safe for concurrent use.
//
// Errors: the sentinels here, *o2.FieldError for a caller's bad attribute,
// authz.ErrDenied, and *backend.Error for what a backend said.
package inventory

import (
	"context"
	"errors"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/backend"
)

var (
	// ErrNotFound means that there is no such object, or none that the caller may see.
	ErrNotFound = errors.New("not found")
	// ErrNotSynced means that no backend that the request covers has been read yet.
	ErrNotSynced = errors.New("no backend has been read yet")
	// ErrNoBackend means that no enabled adapter is there to take the write.
	ErrNoBackend = errors.New("no enabled adapter takes this request")
)

// Projection encodes an object as one API family shows it. It must be pure: its
// result is kept and shared. The composition root registers one per Shape.
type Projection func(o2.Object) []byte

// Shape is the place of a family's Projection in the list given to the core.
type Shape int

// Item is one object together with its encodings.
type Item interface {
	Object() o2.Object
	// Encoded returns the object's bytes in that shape, encoded at most once in
	// the object's life; not to be changed.
	Encoded(shape Shape) []byte
}

// Freshness says how far an answer can be trusted to be current and whole.
type Freshness struct {
	// Age is how long ago the oldest of the views was known to be current.
	Age time.Duration
	// Stale names the backends whose view is older than its allowance, Partial
	// those never read yet; both sorted.
	Stale, Partial []string
}

// Query asks a view for one page of one kind.
type Query struct {
	Kind o2.Kind
	// Filter selects objects; nil selects all.
	Filter *query.Filter
	// Limit is the greatest number of objects in the page, at least 1.
	Limit int
	// Order sorts the list, and equals by id; nil orders it by id alone.
	Order *query.Order
	// After starts the page behind that id; "" starts at the beginning. In a sorted
	// list Key is what the object of that id was sorted by (query.Order.AppendKey): a
	// page never skips or repeats an object that did not change.
	After o2.ID
	Key   string
	// Offset skips that many matching objects behind After: how an older
	// client's page number is served.
	Offset int
	// Count asks for the Total.
	Count bool
}

// Page is one page of a list, in its order.
type Page struct {
	// Items are not to be changed: others may hold the same page.
	Items []Item
	// More says that objects follow the last item; the next page starts After it.
	More bool
	// Total counts all that the list has on all its pages, if the Query asks for it.
	Total int
	// Digest is a function of the items' content and More alone, equal in every
	// process.
	Digest o2.Digest
	Freshness
}

// Reader answers reads.
type Reader interface {
	// List returns one page. ErrNotSynced if nothing it covers has been read.
	List(ctx context.Context, sc scope.Scope, q Query) (Page, error)
	// Get returns one object. An id that no view holds is ErrNotFound, or
	// ErrNotSynced while a backend that might hold it has never been read.
	Get(ctx context.Context, sc scope.Scope, kind o2.Kind, id o2.ID) (Item, Freshness, error)
}

// ResourcePoolSpec is what a caller may say of a pool.
type ResourcePoolSpec struct {
	// Name is mandatory.
	Name, Description, Location, OCloudID, GlobalLocationID string
	Extensions                                              o2.JSON
}

// ResourcePools changes pools.
type ResourcePools interface {
	// Create makes a pool in the backend that routing chooses.
	Create(ctx context.Context, sc scope.Scope, spec ResourcePoolSpec) (Item, error)
	// Update replaces what may change of a pool.
	Update(ctx context.Context, sc scope.Scope, id o2.ID, spec ResourcePoolSpec) (Item, error)
	// Delete removes a pool.
	Delete(ctx context.Context, sc scope.Scope, id o2.ID) error
}

// ResourceSpec is what a caller may say of a resource.
type ResourceSpec struct {
	// ResourcePoolID and ResourceTypeID are mandatory and must be visible.
	ResourcePoolID, ResourceTypeID, ParentID o2.ID
	GlobalAssetID, Name, Description         string
	Tags                                     []string
	Extensions                               o2.JSON
}

// Resources changes resources.
type Resources interface {
	// Create makes a resource in its pool's backend.
	Create(ctx context.Context, sc scope.Scope, spec ResourceSpec) (Item, error)
	// Delete removes a resource.
	Delete(ctx context.Context, sc scope.Scope, id o2.ID) error
}

// BackendStatus is one backend's standing, for operators and readiness.
type BackendStatus struct {
	backend.Info
	// Synced says that a full snapshot has been applied since the start.
	Synced bool
	// Degraded says that the backend was given up on for readiness, or that its
	// view is older than its allowance.
	Degraded bool
	// Age is how long ago the view was known to be current.
	Age time.Duration
	// FeedError is why the feed last broke, "" while it runs.
	FeedError string
	// Objects counts the view's objects by kind.
	Objects [o2.KindCount]int
	// Refused counts objects that the view would not take: foreign ids and
	// duplicates within one snapshot.
	Refused uint64
	// Snapshots counts the snapshots that ran to their end.
	Snapshots uint64
	// Paused says that an operator keeps the view from being fed, and the backend
	// from being written to.
	Paused bool
	// Polled says that the backend cannot watch and is listed again and again.
	Polled bool
	// StaleAfter is how old the view may be before it is marked stale.
	StaleAfter time.Duration
}

// Statuses tells the standing of every backend.
type Statuses interface {
	// Ready reports whether every backend has synced or been given up on for now.
	Ready() bool
	// Statuses returns the standing of every backend, by name.
	Statuses() []BackendStatus
}
