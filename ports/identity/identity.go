// Package identity is the driven port that verifies what callers show to prove
// who they are, where that takes asking others: bearer tokens of an identity
// provider.
//
// All methods are safe for concurrent use.
package identity

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrInvalid means that the token proves nothing: the text around it says why,
	// for the caller, and holds no part of the token.
	ErrInvalid = errors.New("the token is not valid")
	// ErrUnavailable means that it cannot be told: the provider's keys were never
	// read.
	ErrUnavailable = errors.New("the identity provider is unavailable")
)

// Claims are what a verified token says.
type Claims struct {
	// User and Tenant are those of the configured claims, checked by nobody yet.
	User, Tenant string
	// Roles are names of roles, by the configured claim; nil if none is.
	Roles []string
	// Expiry is when the token ends.
	Expiry time.Time
	// Thumbprint is the SHA-256 of the certificate that the token is bound to (RFC
	// 8705), in base64url; "" if it is bound to none.
	Thumbprint string
}

// Verifier verifies bearer tokens.
type Verifier interface {
	// Verify returns what the token says, ErrInvalid or ErrUnavailable, wrapped.
	// It seldom waits: keys and verified tokens are kept.
	Verify(ctx context.Context, token string) (Claims, error)
}
