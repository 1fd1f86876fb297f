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
func (q *Request) Marker(after string) string { return query.EncodeMarker(q.markerKey, after) }

// Parse reads the query string of a list of objects of that schema. parent is a
// condition that the path makes, nil for none. The Query's Kind is left to the
// caller. Errors are *query.Error or problem.Problem.
func (a *Reading) Parse(r *http.Request, schema *query.Schema, parent *query.Filter) (Request, error) {
	req := Request{Query: inventory.Query{Filter: parent, Limit: a.config.DefaultPageSize}, ByDefault: true}
	if err := request.CheckAccept(r); err != nil {
		return Request{}, err
	}
	if r.URL.RawQuery != "" {
		p, err := request.Parameters(r, a.list, a.format.PageSize, ParamMarker)
		if err != nil {
			return Request{}, err
		}
		filter, err := query.ParseFilter(schema, p[paramFilter], a.config.Query)
		if err != nil {
			return Request{}, err
		}
		if filter != nil {
			req.Query.Filter = query.And(parent, filter)
		}
		if req.Selector, req.ByDefault, err = parseSelector(p, schema, a.config.Query); err != nil {
			return Request{}, err
		}
		if a.format.PageSize != "" {
			if req.Query.Limit, err = request.Limit(p, a.format.PageSize, a.config.DefaultPageSize, a.config.MaxPageSize); err != nil {
				return Request{}, err
			}
		}
		req.bindMarkers(r)
		if err := req.startAt(p[ParamMarker]); err != nil {
			return Request{}, err
		}
		return req, nil
	}
	req.bindMarkers(r)
	return req, nil
}

// bindMarkers ties the request's markers to what must not change between pages: the
// list, the filter, and whose caller asks.
func (q *Request) bindMarkers(r *http.Request) {
	sc := scopeOf(r)
	q.markerKey = strings.Join([]string{request.Path(r), q.Query.Filter.String(), side(sc), sc.Home()}, "\n")
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
	q.Query.After = o2.ID(at.After)
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
func CheckWrite(r *http.Request) error {
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
