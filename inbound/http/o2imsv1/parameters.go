package o2imsv1

import (
	"net/http"
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
	paramLimit          = "limit"
	paramMarker         = "nextpage_opaque_marker"
)

var (
	objectParameters = []string{paramAllFields, paramExcludeDefault, paramExcludeFields, paramFields}
	listParameters   = []string{
		paramAllFields, paramExcludeDefault, paramExcludeFields, paramFields, paramFilter, paramLimit, paramMarker,
	}
)

// listRequest is a list's query, checked.
type listRequest struct {
	query    inventory.Query
	selector *query.Selector
	// markerKey is what this request's markers are bound to.
	markerKey string
}

// parseList reads r's query string. parent is a condition that the path makes,
// nil for none. Errors are *query.Error or problem.Problem.
func (a *API) parseList(r *http.Request, kind o2.Kind, parent *query.Filter) (listRequest, error) {
	req, err := a.parseListOf(r, schemas[kind], parent)
	req.query.Kind = kind
	return req, err
}

// parseListOf is parseList for any data type; the query's Kind is left to the caller.
func (a *API) parseListOf(r *http.Request, schema *query.Schema, parent *query.Filter) (listRequest, error) {
	req := listRequest{query: inventory.Query{Filter: parent, Limit: a.config.DefaultPageSize}}
	if err := request.CheckAccept(r); err != nil {
		return listRequest{}, err
	}
	if r.URL.RawQuery != "" {
		p, err := request.Parameters(r, listParameters, paramLimit, paramMarker)
		if err != nil {
			return listRequest{}, err
		}
		filter, err := query.ParseFilter(schema, p[paramFilter], a.config.Query)
		if err != nil {
			return listRequest{}, err
		}
		if filter != nil {
			req.query.Filter = query.And(parent, filter)
		}
		if req.selector, err = parseSelector(p, schema, a.config.Query); err != nil {
			return listRequest{}, err
		}
		if req.query.Limit, err = request.Limit(p, paramLimit, a.config.DefaultPageSize, a.config.MaxPageSize); err != nil {
			return listRequest{}, err
		}
		req.bindMarkers(r)
		if err := req.startAt(p[paramMarker]); err != nil {
			return listRequest{}, err
		}
		return req, nil
	}
	req.bindMarkers(r)
	return req, nil
}

// bindMarkers ties the request's markers to what must not change between pages: the
// list, the filter, and whose caller asks.
func (req *listRequest) bindMarkers(r *http.Request) {
	sc := exchange.ScopeOf(r.Context())
	req.markerKey = strings.Join([]string{request.Path(r), req.query.Filter.String(), side(sc), sc.Home()}, "\n")
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
func (req *listRequest) startAt(markers []string) error {
	if len(markers) == 0 {
		return nil
	}
	at, err := query.DecodeMarker(req.markerKey, markers[0])
	if err != nil {
		return err
	}
	req.query.After = o2.ID(at.After)
	if at.Page > 1 {
		req.query.Offset = (at.Page - 1) * req.query.Limit
	}
	return nil
}

// parseObject reads the query string of a request for one object.
func (a *API) parseObject(r *http.Request, schema *query.Schema) (*query.Selector, error) {
	if err := request.CheckAccept(r); err != nil {
		return nil, err
	}
	if r.URL.RawQuery == "" {
		return nil, nil // a nil Selector selects everything
	}
	p, err := request.Parameters(r, objectParameters)
	if err != nil {
		return nil, err
	}
	return parseSelector(p, schema, a.config.Query)
}

// checkWrite refuses what a change takes no part of.
func checkWrite(r *http.Request) error {
	if err := request.CheckAccept(r); err != nil {
		return err
	}
	_, err := request.Parameters(r, nil)
	return err
}

func parseSelector(p query.Parameters, schema *query.Schema, limits query.Limits) (*query.Selector, error) {
	_, all := p[paramAllFields]
	_, byDefault := p[paramExcludeDefault]
	fields, exclude := p[paramFields], p[paramExcludeFields]
	if !all && !byDefault && fields == nil && exclude == nil {
		return nil, nil // nothing is omitted by default: everything is selected
	}
	return query.ParseSelector(schema, query.SelectorParams{
		AllFields: all, ExcludeDefault: byDefault, Fields: fields, ExcludeFields: exclude,
	}, limits)
}
