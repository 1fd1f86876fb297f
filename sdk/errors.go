package sdk

import (
	"errors"
	"fmt"
)

// Code says what went wrong.
type Code string

// The codes, each with the source it has unless said otherwise.
const (
	// NotFound: the object does not exist (caller).
	NotFound Code = "not-found"
	// Conflict: it exists already, or changed meanwhile (caller).
	Conflict Code = "conflict"
	// Invalid: the request cannot be accepted; say what would be right (caller).
	Invalid Code = "invalid"
	// Unsupported: this backend cannot do that (caller).
	Unsupported Code = "unsupported"
	// Denied: the backend refused the plugin's credentials or rights (backend).
	Denied Code = "denied"
	// Exhausted: the backend has no capacity or quota left (backend, though no
	// sign of ill health).
	Exhausted Code = "exhausted"
	// Throttled: the backend asks for fewer requests (backend).
	Throttled Code = "throttled"
	// Unavailable: the backend does not answer, or says that it cannot (backend).
	Unavailable Code = "unavailable"
	// Timeout: no answer in time; a write may have happened (backend).
	Timeout Code = "timeout"
	// Internal: the plugin itself failed (plugin).
	Internal Code = "internal"
)

// Source tells whose fault an error is.
type Source string

// The sources.
const (
	SourceCaller  Source = "caller"
	SourceBackend Source = "backend"
	SourcePlugin  Source = "plugin"
)

// Error is an error that crosses the wire with its code and source.
type Error struct {
	Code   Code
	Source Source
	// Message is shown to the API's caller: say what was wrong and what would
	// be right, and never a secret.
	Message string
	// Err is the cause, for this process's logs alone; it does not travel.
	Err error
}

// Error returns the message, or the code where there is none.
func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Code)
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an *Error with the code's own source. A %w operand becomes its
// cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Source: code.Source(), Message: err.Error(), Err: errors.Unwrap(err)}
}

// Valid tells whether c is one of the codes above.
func (c Code) Valid() bool {
	switch c {
	case NotFound, Conflict, Invalid, Unsupported, Denied, Exhausted, Throttled, Unavailable, Timeout, Internal:
		return true
	default:
		return false
	}
}

// Source is whose fault an error with this code is unless it says otherwise.
func (c Code) Source() Source {
	switch c {
	case NotFound, Conflict, Invalid, Unsupported:
		return SourceCaller
	case Denied, Exhausted, Throttled, Unavailable, Timeout:
		return SourceBackend
	default:
		return SourcePlugin
	}
}
