// Package exchange holds what the gateway knows of one HTTP request while it is
// being answered: its id, its caller, its route, and what was sent so far.
//
// One Exchange serves one request: it is the request's context and the
// innermost response writer, so that a request costs one allocation here. Its
// exported fields are set by the middleware before the handler runs; the request's
// own goroutine alone uses them.
package exchange

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/scope"
)

// Exchange is one request and its answer.
type Exchange struct {
	context.Context // an Exchange is the request's context

	// RequestID is the id under which the request is logged.
	RequestID string
	// Start is when the gateway began to handle the request.
	Start time.Time
	// Scope is the caller; the zero Scope until authentication has run.
	Scope scope.Scope
	// About is the tenant that the request is about, where its path does not say it.
	// The handler's side sets it, for the audit log.
	About string
	// Denied: the caller was told that it may not do this. The handler's side sets
	// it where the refusal is written.
	Denied bool

	w       http.ResponseWriter
	routing *chi.Context
	status  int
	bytes   int64
}

type key struct{}

var routings = sync.Pool{New: func() any { return chi.NewRouteContext() }}

// Begin starts the exchange of r, answered through w, and returns r with the
// exchange as its context. End must follow.
func Begin(w http.ResponseWriter, r *http.Request, requestID string) (*Exchange, *http.Request) {
	e := &Exchange{
		Context: r.Context(), RequestID: requestID, Start: time.Now(), w: w,
		routing: routings.Get().(*chi.Context), // the pool's New makes nothing else
	}
	return e, r.WithContext(e)
}

// End gives back what the exchange borrowed. Neither Routing nor Route may be
// used after it.
func (e *Exchange) End() {
	e.routing.Reset()
	routings.Put(e.routing)
}

// From returns the exchange that ctx belongs to, nil if it belongs to none.
func From(ctx context.Context) *Exchange {
	e, _ := ctx.Value(key{}).(*Exchange)
	return e
}

// ScopeOf returns the caller that authentication found, the zero Scope if ctx
// belongs to no exchange.
func ScopeOf(ctx context.Context) scope.Scope {
	if e := From(ctx); e != nil {
		return e.Scope
	}
	return scope.Scope{}
}

// Value answers for the exchange itself and for chi's routing context, and
// leaves all else to the context below.
func (e *Exchange) Value(k any) any {
	switch k {
	case key{}:
		return e
	case chi.RouteCtxKey:
		return e.routing
	}
	return e.Context.Value(k)
}

// Routing returns the routing context that chi fills.
func (e *Exchange) Routing() *chi.Context { return e.routing }

// Route returns the pattern that matched, "" if none did.
func (e *Exchange) Route() string {
	if patterns := e.routing.RoutePatterns; len(patterns) == 1 {
		return patterns[0]
	}
	return e.routing.RoutePattern()
}

// Status returns the status that was sent, 0 if nothing was sent yet.
func (e *Exchange) Status() int { return e.status }

// Bytes returns the length of the body sent so far, after compression.
func (e *Exchange) Bytes() int64 { return e.bytes }

// Header returns the answer's header.
func (e *Exchange) Header() http.Header { return e.w.Header() }

// WriteHeader sends the header with a status.
func (e *Exchange) WriteHeader(status int) {
	if e.status == 0 && status >= http.StatusOK {
		e.status = status
	}
	e.w.WriteHeader(status)
}

// Write sends a part of the body.
func (e *Exchange) Write(p []byte) (int, error) {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	n, err := e.w.Write(p)
	e.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (e *Exchange) Unwrap() http.ResponseWriter { return e.w }

// Took returns how long the exchange has lasted.
func (e *Exchange) Took() time.Duration { return time.Since(e.Start) }
