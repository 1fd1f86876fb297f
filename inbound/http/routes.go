package httpserver

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/problem"
)

// normalise tells the router which path and method to look for: a trailing slash
// is left out, HEAD is routed as GET (net/http sends no body), and a path with an
// empty segment is nothing's.
func (s *Server) normalise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.RawPath
		if path == "" {
			path = r.URL.Path
		}
		if len(path) > 1 {
			path = strings.TrimSuffix(path, "/")
		}
		if path == "" {
			path = "/"
		}
		routing := exchange.From(r.Context()).Routing()
		routing.RoutePath = path
		routing.RouteMethod = r.Method
		if r.Method == http.MethodHead {
			routing.RouteMethod = http.MethodGet
		}
		if strings.Contains(path, "//") {
			// Nobody's, but told as any unknown path is: to known callers alone.
			routing.RoutePath = "//"
		}
		next.ServeHTTP(w, r)
	})
}

// routable are the methods that a route may have.
var routable = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// unknownPath answers what no route matches.
func (s *Server) unknownPath(w http.ResponseWriter, r *http.Request) {
	problem.Write(w, http.StatusNotFound, fmt.Sprintf("there is nothing at %q", r.URL.Path))
}

// unknownMethod answers a method that the path's routes do not have. chi also
// asks it about methods that it does not know at all, whatever the path.
func (s *Server) unknownMethod(w http.ResponseWriter, r *http.Request) {
	path := exchange.From(r.Context()).Routing().RoutePath
	var allowed []string
	for _, method := range routable {
		if s.router.Match(chi.NewRouteContext(), method, path) {
			allowed = append(allowed, method)
			if method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	if len(allowed) == 0 {
		s.unknownPath(w, r)
		return
	}
	list := strings.Join(allowed, ", ")
	w.Header()["Allow"] = []string{list}
	problem.Write(w, http.StatusMethodNotAllowed, fmt.Sprintf("%s is not allowed here; allowed are %s", r.Method, list))
}
