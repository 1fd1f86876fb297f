// Package subscription is the driving port of subscriptions: what the core
// offers to whoever serves them, and what an API family gives the core to read
// filters and write notifications.
//
// Every method needs a valid scope and returns inventory.ErrNotFound for what
// the scope does not see. All methods are safe for concurrent use.
//
// Errors: inventory.ErrNotFound, authz.ErrDenied, *o2.FieldError for a caller's
// bad attribute, *query.Error for a filter, and those of ports/store and
// ports/subscriptionstore.
package subscription

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/eventlog"
)

// Selection is a subscription's filter, compiled: for each kind that it can
// select, what an object must match.
type Selection struct {
	// Text is the filter in canonical form, "" for all.
	Text string
	// Kinds are those of which an object can match at all.
	Kinds o2.KindSet
	// Either has a change of an object told if its state before or that after it is
	// selected, as EventModified with both, and has a filter select changes and not
	// objects: what enters or leaves it is neither new nor gone. Without it the
	// subscriber keeps a copy of what is selected.
	Either bool
	// Filters has one for each of Kinds; nil matches every object of the kind.
	Filters [o2.KindCount]*query.Filter
}

// Match reports whether the filter selects o.
func (s *Selection) Match(o o2.Object) bool {
	return s.Kinds.Has(o.Kind()) && s.Filters[o.Kind()].Match(o)
}

// Family is what an API family, such as O2-IMS v1, gives the core for the
// subscriptions made under it. Its functions are pure.
type Family struct {
	// Surface is the family's name in o2.Subscription.Surface. It never changes.
	Surface string
	// Compile reads a filter; its error is the caller's mistake, a *query.Error.
	Compile func(filter string) (*Selection, error)
	// ContentType and Encode make a notification's body. An event of which the body
	// is nil is not sent, and counts as delivered.
	ContentType string
	Encode      func(s *o2.Subscription, e *o2.Event) ([]byte, error)
}

// Spec is what a caller may say of a subscription.
type Spec struct {
	// Callback is mandatory.
	Callback, ConsumerSubscriptionID, Filter string
	// Secret: on update nil keeps what there is.
	Secret *o2.Secret
	// InitialState counts on creation alone.
	InitialState bool
}

// State is how a subscription is doing.
type State string

// The states of a subscription.
const (
	// StateActive: notifications are delivered as they come.
	StateActive State = "active"
	// StateRetrying: the last attempt failed, and will be repeated.
	StateRetrying State = "retrying"
	// StateSuspended: the queue went past its cap. When the subscriber returns, it
	// gets a fresh initial state.
	StateSuspended State = "suspended"
)

// Status is how a subscription is doing, for its owner.
type Status struct {
	State State
	eventlog.Standing
}

// Subscribed is a subscription with its status.
type Subscribed struct {
	*o2.Subscription
	// Status is nil if the store could not tell.
	Status *Status
}

// Subscriptions serves the subscriptions of one surface.
type Subscriptions interface {
	// Create makes a subscription.
	Create(ctx context.Context, sc scope.Scope, surface string, spec Spec) (Subscribed, error)
	// List returns all that the scope sees, by id.
	List(ctx context.Context, sc scope.Scope, surface string) ([]Subscribed, error)
	Get(ctx context.Context, sc scope.Scope, surface string, id o2.ID) (Subscribed, error)
	// Update replaces what may change: callback, consumerSubscriptionId, filter
	// and secret.
	Update(ctx context.Context, sc scope.Scope, surface string, id o2.ID, spec Spec) (Subscribed, error)
	// Delete ends a subscription. Nothing is sent once it has returned, but for
	// what was on its way.
	Delete(ctx context.Context, sc scope.Scope, surface string, id o2.ID) error
}

// DeadLetter is an event that was given up on, as it would be sent.
type DeadLetter struct {
	// Position names it among the subscription's dead letters.
	Position uint64
	EventID  o2.ID
	Type     o2.EventType
	Object   o2.ObjectKey
	// At is when the change was seen, DiedAt when it was given up on.
	At, DiedAt time.Time
	Attempts   int
	Reason     string
	// Redelivering: it is about to be queued again.
	Redelivering bool
	// Notification is the body.
	Notification []byte
}

// DeadLetters serves what was given up on, of any surface.
type DeadLetters interface {
	// List returns those behind position after, at most limit, in order.
	List(ctx context.Context, sc scope.Scope, subscription o2.ID, after uint64, limit int) ([]DeadLetter, error)
	// Redeliver queues dead letters again, behind what is queued, and behind them
	// what has changed in their objects since: those at the positions, all if nil.
	// It returns how many.
	Redeliver(ctx context.Context, sc scope.Scope, subscription o2.ID, positions []uint64) (int, error)
	// Purge forgets dead letters, chosen as for Redeliver.
	Purge(ctx context.Context, sc scope.Scope, subscription o2.ID, positions []uint64) (int, error)
}
