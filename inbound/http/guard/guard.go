// Package guard stands before every route of every API family. It asks whether the
// caller is admitted and has the route's permission (403), holds it to its rates
// (429), lets the handler answer, and has the audit log record what came of it.
//
// A route's permission stands in its operation of the OpenAPI document, as
// x-permission: the generated Register hands it over, and none can be added
// without. How far a permission reaches is the core's business: its services ask
// again.
//
// What is recorded: changes, refusals of known callers, and every call of the
// administration; reads as well where that is configured. An entry is stored
// before the caller gets the answer. It is made of the route, the path without its
// query, the status and the caller: no header but Location, no body and no query
// string comes near it.
//
// Whoever is refused for its rate, or denied beyond its rate, is recorded once a
// second: no caller can fill the log faster than it may make requests.
package guard

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
)

// Config is what a Guard is built from. Gate, Recorder and Limiter may be nil: then
// everyone is admitted, nothing is recorded, and nothing is limited.
type Config struct {
	Gate       tenancy.Gate
	Authorizer authz.Authorizer
	Limiter    *ratelimit.Limiter
	Recorder   auditlog.Recorder
	// Address tells where a request came from, for its record: the zero Addr if that
	// cannot be told; nil, if it never can.
	Address func(*http.Request) netip.Addr
	// AuditReads has reads recorded too.
	AuditReads bool
	Logger     *slog.Logger
}

// Guard guards routes. It is immutable and safe for concurrent use.
type Guard struct {
	config Config
	admin  bool
}

// New makes a Guard.
func New(c Config) *Guard { return &Guard{config: c} }

// ForAdministration returns the Guard of the administration's routes: each call is
// recorded, and their rate is their own.
func (g *Guard) ForAdministration() *Guard { return &Guard{config: g.config, admin: true} }

// Route returns the handler of a route that needs a permission.
func (g *Guard) Route(need authz.Request, next http.HandlerFunc) http.HandlerFunc {
	class := ratelimit.ClassOf(need.Action)
	if g.admin {
		class = ratelimit.Admin
	}
	recorded := g.admin || class != ratelimit.Read || g.config.AuditReads
	return func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		e := exchange.From(ctx)
		err := g.authorize(ctx, e.Scope, need)
		verdict := g.config.Limiter.Take(ctx, e.Scope, class)
		switch {
		case err != nil:
			worth := verdict.Allowed || verdict.Telling
			g.answer(w, r, need, worth, func(w http.ResponseWriter, r *http.Request) { problem.Fail(w, r, g.config.Logger, err) })
		case !verdict.Allowed:
			g.answer(w, r, need, verdict.Telling, func(w http.ResponseWriter, _ *http.Request) { verdict.Write(w) })
		case recorded:
			verdict.SetHeader(w.Header())
			g.answer(w, r, need, true, next)
		default:
			verdict.SetHeader(w.Header())
			next(w, r)
			if e.Denied { // by the core, which knows how far a permission reaches
				g.record(r, need, http.StatusForbidden, "")
			}
		}
	}
}

// authorize decides whether the caller may use the route at all.
func (g *Guard) authorize(ctx context.Context, sc scope.Scope, need authz.Request) error {
	if g.config.Gate != nil {
		if err := g.config.Gate.Admit(sc); err != nil {
			return err
		}
	}
	_, err := g.config.Authorizer.Authorize(ctx, sc, need)
	return err
}

// answer lets next answer, and records what it answers if that is worth it.
func (g *Guard) answer(w http.ResponseWriter, r *http.Request, need authz.Request, worth bool, next http.HandlerFunc) {
	if !worth || g.config.Recorder == nil {
		next(w, r)
		return
	}
	v := &witness{ResponseWriter: w, tell: func(status int) {
		location := ""
		if status == http.StatusCreated {
			location = w.Header().Get("Location")
		}
		g.record(r, need, status, location)
	}}
	status := http.StatusInternalServerError // of a handler that panics
	defer func() { v.told(status) }()
	next(v, r)
	status = http.StatusOK // of one that writes nothing
}

// witness sees the status of an answer before the caller does.
type witness struct {
	http.ResponseWriter
	tell func(status int) // nil once it was told
}

func (v *witness) told(status int) {
	if tell := v.tell; tell != nil {
		v.tell = nil
		tell(status)
	}
}

// WriteHeader sends the header with a status.
func (v *witness) WriteHeader(status int) {
	if status >= http.StatusOK {
		v.told(status)
	}
	v.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (v *witness) Write(p []byte) (int, error) {
	v.told(http.StatusOK)
	return v.ResponseWriter.Write(p)
}

// FlushError sends what there is.
func (v *witness) FlushError() error {
	v.told(http.StatusOK)
	return http.NewResponseController(v.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (v *witness) Unwrap() http.ResponseWriter { return v.ResponseWriter }
