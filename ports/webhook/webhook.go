// Package webhook is the driven port that POSTs notifications to callbacks.
package webhook

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// Notification is one POST.
type Notification struct {
	// EventID is the same whenever the same event is sent.
	EventID o2.ID
	// Tenant keeps one tenant's failing host from holding up another's.
	Tenant, Callback string
	Secret           o2.Secret
	ContentType      string
	Body             []byte
}

// Failure is every error of Send.
type Failure struct {
	// Reason is for the subscriber and the operator: no secret, no more of the
	// answer than its status.
	Reason string
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	// RetryAfter is what the receiver asked for, 0 if nothing.
	RetryAfter time.Duration
	// Held says that nothing was sent, since the host has failed too often of
	// late: RetryAfter tells for how long.
	Held bool
}

// Error returns the reason.
func (f *Failure) Error() string { return f.Reason }

// Sender sends notifications. All methods are safe for concurrent use.
type Sender interface {
	// Send makes one attempt and returns nil if the receiver took it (2xx), else
	// *Failure; ctx.Err(), wrapped, if ctx ended first. It follows no redirect.
	Send(ctx context.Context, n Notification) error
	// Check tells whether notifications could be sent to a callback, as far as one
	// can tell without sending: the error says what is wrong and what would be
	// right, for the subscriber.
	Check(ctx context.Context, callback string) error
}
