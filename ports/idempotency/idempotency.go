// Package idempotency is the driven port that remembers the first answer to a
// request, for a client that sends it again under the same Idempotency-Key.
package idempotency

import (
	"context"
	"errors"
	"time"

	"github.com/netweave/netweave/ports/store"
)

var (
	// ErrInProgress means that the first request is still being answered.
	ErrInProgress = errors.New("a request with this key is being answered")
	// ErrMismatch means that the key was used for a different request.
	ErrMismatch = errors.New("the key was used for a different request")
)

// Key names a request. Tenant and User keep callers apart.
type Key struct {
	Tenant, User string
	// Route is the method and path.
	Route string
	// Key is what the client sent.
	Key string
}

// Answer is a response as it was sent.
type Answer struct {
	Status int
	Header map[string][]string
	Body   []byte
}

// Store remembers answers. All methods are safe for concurrent use.
type Store interface {
	// Begin reserves the key for hold, for a request with that fingerprint. It
	// returns the answer if there is one already, else a token for Complete or
	// Abandon. ErrInProgress, ErrMismatch, or an error of package store.
	Begin(ctx context.Context, k Key, fingerprint string, hold time.Duration) (*Answer, store.Token, error)
	// Complete keeps the answer for keep. If the reservation has passed on it
	// changes nothing and is store.ErrFenced.
	Complete(ctx context.Context, k Key, reservation store.Token, a Answer, keep time.Duration) error
	// Abandon gives the reservation up, so that the request may be made again.
	Abandon(ctx context.Context, k Key, reservation store.Token) error
}
