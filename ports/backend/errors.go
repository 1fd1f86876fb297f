package backend

import (
	"errors"
	"fmt"
)

// Source tells whose fault an error is. Only the plugin's and the backend's
// count against a breaker.
type Source string

// The sources of an error.
const (
	SourceCaller  Source = "caller"
	SourceBackend Source = "backend"
	SourcePlugin  Source = "plugin"
)

// The sentinels that an *Error wraps: what went wrong, independent of whose
// fault it is.
var (
	// ErrNotFound: the object does not exist in the backend.
	ErrNotFound = errors.New("not found")
	// ErrConflict: it exists already, or changed meanwhile.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the backend cannot accept the request as it is.
	ErrInvalid = errors.New("invalid")
	// ErrUnsupported: the backend lacks the capability.
	ErrUnsupported = errors.New("not supported by this backend")
	// ErrDenied: the backend refused netweave's own credentials or rights.
	ErrDenied = errors.New("refused by the backend")
	// ErrExhausted: the backend has no capacity or quota left.
	ErrExhausted = errors.New("capacity exhausted")
	// ErrThrottled: the backend asks for fewer requests.
	ErrThrottled = errors.New("throttled")
	// ErrUnavailable: the backend or its plugin cannot be reached now, or the
	// breaker is open.
	ErrUnavailable = errors.New("unavailable")
	// ErrTimeout: no answer within the deadline; a write may have happened.
	ErrTimeout = errors.New("timed out")
	// ErrReplaced: another process took the place of the one that fed. Nothing is
	// wrong: the feed is to be called again at once.
	ErrReplaced = errors.New("replaced")
	// ErrBroken: the answer made no sense.
	ErrBroken = errors.New("broken answer")
)

// Error is every error of a Backend, wrapped exactly once.
type Error struct {
	// Backend is the adapter's name.
	Backend string
	Source  Source
	// Code is one of the sentinels above.
	Code error
	// Message is for the caller: no secret, no other tenant's data.
	Message string
}

// Error returns backend, code and message.
func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("backend %s: %v", e.Backend, e.Code)
	}
	return fmt.Sprintf("backend %s: %v: %s", e.Backend, e.Code, e.Message)
}

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Code }
