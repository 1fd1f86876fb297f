package adminv1

import (
	"context"
	"net/http"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/request"
)

// call is one request, which its caller may make: the guard has asked.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	scope scope.Scope
	query query.Parameters
}

// handler answers a call, or says why not.
type handler func(ctx context.Context, c *call) error

// part is a part of the API that is there, or not, as a whole.
type part int

const (
	partDeadLetters part = iota
	partTenancy
	partAudit
	partRouting
	partAdapters
	partConfiguration
	partCount
)

// serve answers r by h, if the query string has parameters of known alone.
func (a *API) serve(w http.ResponseWriter, r *http.Request, of part, known []string, h handler) {
	if p, ok := a.begin(w, r, of, known); ok {
		a.run(w, r, p, h)
	}
}

// serveOnce is serve for what makes something, all of which is tenancy's: the
// first answer is the answer to the same request under the same Idempotency-Key.
func (a *API) serveOnce(w http.ResponseWriter, r *http.Request, h handler) {
	if p, ok := a.begin(w, r, partTenancy, nil); ok {
		a.services.Once.Serve(w, r, func(w http.ResponseWriter, r *http.Request) { a.run(w, r, p, h) })
	}
}

// begin judges a request before its body and the ids in its path. It answers the
// request if that is its end.
func (a *API) begin(w http.ResponseWriter, r *http.Request, of part, known []string) (p query.Parameters, ok bool) {
	err := request.CheckAccept(r)
	if a.missing[of] {
		err = problem.Problem{
			Status: http.StatusNotFound,
			Detail: "tenancy is off, and there is nothing here without it: the operator turns it on with tenancy.enabled",
		}
	}
	if err == nil {
		p, err = request.Parameters(r, known, single...)
	}
	if err != nil {
		a.fail(w, r, err)
	}
	return p, err == nil
}

func (a *API) run(w http.ResponseWriter, r *http.Request, p query.Parameters, h handler) {
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if err := h(ctx, &call{w: w, r: r, scope: exchange.ScopeOf(ctx), query: p}); err != nil {
		a.fail(w, r, err)
	}
}

// read reads a call's body as T, one of the types of the document.
func read[T any](c *call, reader *body.Reader) (in T, err error) {
	err = reader.Read(c.r, &in)
	return in, err
}

// about has the audit log say which tenant the call is about, for its path does not.
func (c *call) about(tenant string) {
	if e := exchange.From(c.r.Context()); e != nil {
		e.About = tenant
	}
}

// answer sends v, one of the types of the document.
func (c *call) answer(status int, v any) { answer(c.w, status, v) }

// created answers with what was made, and where it is.
func (c *call) created(location string, v any) {
	c.w.Header()["Location"] = []string{location}
	c.answer(http.StatusCreated, v)
}

// done answers that nothing is left to show.
func (c *call) done() {
	c.w.Header()["Cache-Control"] = noStore
	c.w.WriteHeader(http.StatusNoContent)
}
