// Package request reads what the API families read of a request in the same way:
// its path, its query parameters, and what its caller accepts.
//
// Errors are *query.Error or problem.Problem: the caller's mistakes.
package request

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/exchange"
)

// Path returns the path of r without its trailing slash, as it was routed.
func Path(r *http.Request) string {
	if e := exchange.From(r.Context()); e != nil && e.Routing().RoutePath != "" {
		return e.Routing().RoutePath
	}
	return r.URL.Path
}

// PathParameter returns a part of the path, unescaped: chi matches the path as it
// came where its escapes matter.
func PathParameter(r *http.Request, name string) string {
	raw := chi.URLParam(r, name)
	if r.URL.RawPath == "" {
		return raw
	}
	text, err := url.PathUnescape(raw)
	if err != nil {
		return raw // a path is parsed before it is routed: this cannot be
	}
	return text
}

// Parameters reads the query string. It refuses parameters that are not in known,
// and twice the same of those in single.
func Parameters(r *http.Request, known []string, single ...string) (query.Parameters, error) {
	p, err := query.ParseParameters(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	for name, values := range p {
		switch {
		case len(known) == 0:
			return nil, &query.Error{Parameter: name, Reason: "unknown parameter; this request takes none"}
		case !slices.Contains(known, name):
			return nil, &query.Error{Parameter: name, Reason: "unknown parameter; known are " + strings.Join(known, ", ")}
		case len(values) > 1 && slices.Contains(single, name):
			return nil, &query.Error{Parameter: name, Reason: "it is given more than once"}
		}
	}
	return p, nil
}

// Limit returns the page size that the parameter of that name asks for.
func Limit(p query.Parameters, name string, standard, most int) (int, error) {
	values := p[name]
	if len(values) == 0 {
		return standard, nil
	}
	n, err := strconv.Atoi(values[0])
	if err != nil || n < 1 || n > most || values[0][0] == '+' {
		return 0, &query.Error{Parameter: name, Reason: fmt.Sprintf("want a number from 1 to %d", most)}
	}
	return n, nil
}
