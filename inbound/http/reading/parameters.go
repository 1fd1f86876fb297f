package reading

import (
	"net/http"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/request"
	"github.com/netweave/netweave/ports/inventory"
)

const (
	paramFilter         = "filter"
	paramAllFields      = "all_fields"
	paramFields         = "fields"
	paramExcludeFields  = "exclude_fields"
	paramExcludeDefault = "exclude_default"
)

var objectParameters = []string{paramAllFields, paramExcludeDefault, paramExcludeFields, paramFields}

func listParameters(f Format) []string {
	list := append([]string{paramFilter, ParamMarker}, objectParameters...)
	if f.PageSize != "" {
		list = append(list, f.PageSize)
	}
	if f.Enhanced {
		list = append(list, paramPage, paramSort, paramSearch)
	}
	slices.Sort(list)
	return list
}

// Request is a list's query, checked.
type Request struct {
	// Query has the filter, and where the page starts and ends.
	Query inventory.Query
	// Selector is nil for all attributes.
	Selector *query.Selector
	// ByDefault says that no selector was given: what the data type omits by default
	// is left out.
	ByDefault bool
	// markerKey is what this request's markers are bound to.
	markerKey string
}

// Marker returns the marker of the page behind an object.
func (q *Request) Marker(id string, object any) string {
	return query.EncodePosition(q.markerKey, query.Position{After: id, Key: string(q.Query.Order.AppendKey(nil, object))})
}

// Asked says what a list's query may ask.
type Asked struct {
	Schema *query.Schema
	// Within is a condition that the path makes, nil for none.
	Within *query.Filter
	// Order is that of a list for which no other is asked; nil is by id.
	Order *query.Order
	// Also are parameters that the caller has read itself.
	Also []string
}

// Parse reads the query string of a list of objects of that schema. parent is a
// condition that the path makes, nil for none. The Query's Kind is left to the
// caller. Errors are *query.Error or problem.Problem.
func (a *Reading) Parse(r *http.Request, schema *query.Schema, parent *query.Filter) (Request, error) {
	return a.ParseAsked(r, Asked{Schema: schema, Within: parent})
}

// ParseAsked is Parse for a list of which there is more to say.
func (a *Reading) ParseAsked(r *http.Request, asked Asked) (Request, error) {
	req := Request{
		Query:     inventory.Query{Filter: asked.Within, Order: asked.Order, Limit: a.config.DefaultPageSize, Count: a.format.Enhanced},
		ByDefault: true,
	}
	if err := request.CheckAccept(r); err != nil {
		return Request{}, err
	}
	if r.URL.RawQuery == "" {
		req.bindMarkers(r)
		return req, nil
	}
	p, err := a.listParameters(r, asked)
	if err != nil {
		return Request{}, err
	}
	filter, err := query.ParseFilter(asked.Schema, p[paramFilter], a.config.Query)
	if err != nil {
		return Request{}, err
	}
	if filter != nil {
		req.Query.Filter = query.And(asked.Within, filter)
	}
	if req.Selector, req.ByDefault, err = parseSelector(p, asked.Schema, a.config.Query); err != nil {
		return Request{}, err
	}
	if a.format.PageSize != "" {
		if req.Query.Limit, err = request.Limit(p, a.format.PageSize, a.config.DefaultPageSize, a.config.MaxPageSize); err != nil {
			return Request{}, err
		}
	}
	if a.format.Enhanced {
		if err := req.enhance(p, asked, a.list); err != nil {
			return Request{}, err
		}
	}
	req.bindMarkers(r)
	if err := req.startAt(p[ParamMarker]); err != nil {
		return Request{}, err
	}
	return req, nil
}

// listParameters reads the parameters that a list has.
func (a *Reading) listParameters(r *http.Request, asked Asked) (query.Parameters, error) {
	if a.format.Enhanced {
		return enhancedParameters(r, a.list, asked, a.format.PageSize)
	}
	return request.Parameters(r, a.list, a.format.PageSize, ParamMarker)
}

// bindMarkers ties the request's markers to what must not change between pages: the
// list, the filter, its order, and whose caller asks.
func (q *Request) bindMarkers(r *http.Request) {
	sc := scopeOf(r)
	parts := []string{request.Path(r), q.Query.Filter.String(), side(sc), sc.Home()}
	if q.Query.Order != nil {
		parts = append(parts, q.Query.Order.String())
	}
	q.markerKey = strings.Join(parts, "\n")
}

// side keeps the platform's markers apart from those of a tenant that should
// happen to be called as it is.
func side(sc scope.Scope) string {
	if sc.Platform() {
		return "platform"
	}
	return "tenant"
}

// startAt sets where the page starts.
func (q *Request) startAt(markers []string) error {
	if len(markers) == 0 {
		return nil
	}
	at, err := query.DecodeMarker(q.markerKey, markers[0])
	if err != nil {
		return err
	}
	q.Query.After, q.Query.Key = o2.ID(at.After), at.Key
	if at.Page > 1 {
		q.Query.Offset = (at.Page - 1) * q.Query.Limit
	}
	return nil
}

// ParseObject reads the query string of a request for one object.
func (a *Reading) ParseObject(r *http.Request, schema *query.Schema) (selector *query.Selector, byDefault bool, err error) {
	if err := request.CheckAccept(r); err != nil {
		return nil, false, err
	}
	if r.URL.RawQuery == "" {
		return nil, true, nil
	}
	p, err := request.Parameters(r, objectParameters)
	if err != nil {
		return nil, false, err
	}
	return parseSelector(p, schema, a.config.Query)
}

// CheckWrite refuses what a change takes no part of.
func CheckWrite(r *http.Request) error { return CheckPlain(r) }

// CheckPlain refuses a request that takes no JSON, or that has a query string where
// there is nothing to ask.
func CheckPlain(r *http.Request) error {
	if err := request.CheckAccept(r); err != nil {
		return err
	}
	_, err := request.Parameters(r, nil)
	return err
}

// parseSelector reads the selectors. Where none is given it is the data type's
// default, for which there is a projection.
func parseSelector(p query.Parameters, schema *query.Schema, limits query.Limits) (s *query.Selector, byDefault bool, err error) {
	_, all := p[paramAllFields]
	_, plain := p[paramExcludeDefault]
	fields, exclude := p[paramFields], p[paramExcludeFields]
	if !all && fields == nil && exclude == nil {
		return nil, true, nil // exclude_default is the default
	}
	s, err = query.ParseSelector(schema, query.SelectorParams{
		AllFields: all, ExcludeDefault: plain, Fields: fields, ExcludeFields: exclude,
	}, limits)
	return s, false, err
}

func scopeOf(r *http.Request) scope.Scope { return exchange.ScopeOf(r.Context()) }
