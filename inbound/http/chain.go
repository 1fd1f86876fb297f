package httpserver

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"

	"github.com/netweave/netweave/inbound/http/accesslog"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/inbound/http/conditional"
	"github.com/netweave/netweave/inbound/http/docs"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/health"
	"github.com/netweave/netweave/inbound/http/metering"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/ports/tenancy"
)

// compressFrom is the least body, in bytes, that is worth compressing.
const compressFrom = 1024

// chain puts the middleware around the router. A request meets the layers from
// the last to the first.
func (s *Server) chain() (http.Handler, error) {
	var h http.Handler = s.router
	h = s.authenticate(h) // 401, 421, 503
	h = s.normalise(h)    // odd paths: 404
	h = s.limit(h)        // header size: 431
	h, err := compress(h)
	if err != nil {
		return nil, err
	}
	h = s.contain(h) // a panic: 500
	h = s.matrix.Announce(h)
	return s.observe(h), nil
}

var vary = []string{"Accept-Encoding"}

// observe gives the request its exchange and its id, and logs and counts it when
// it is answered.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := ""
		if sent := r.Header["X-Request-Id"]; len(sent) > 0 {
			id = sent[0]
		}
		if !exchange.SaneRequestID(id) {
			id = exchange.NewRequestID()
		}
		e, r := exchange.Begin(w, r, id)
		s.meter.Begin()
		defer s.observed(e, r)

		h := w.Header()
		h["X-Request-Id"] = []string{id}
		secure(h, r)
		if s.draining.Load() {
			h["Connection"] = []string{"close"}
		}
		next.ServeHTTP(e, r)
	})
}

func (s *Server) observed(e *exchange.Exchange, r *http.Request) {
	took := e.Took()
	route, status := e.Route(), e.Status()
	if status == 0 {
		status = http.StatusOK // net/http's own answer to a handler that wrote nothing
	}
	s.meter.End(route, r.Method, status, e.Bytes(), took)
	if s.log != nil {
		if route == "" {
			route = metering.Unmatched
		}
		s.log.Append(&accesslog.Entry{
			Time: e.Start, Duration: took, Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
			Route: route, Status: status, Bytes: e.Bytes(),
			User: e.Scope.User(), Tenant: e.Scope.Home(), RequestID: e.RequestID, Remote: s.authn.Remote(r),
		})
	}
	e.End()
}

// contain turns a panic into a 500, or, if the answer has begun, cuts the
// connection so that the caller does not take half an answer for a whole one.
func (s *Server) contain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(fault)
			}
			e := exchange.From(r.Context())
			s.meter.Panicked()
			s.logger.Error("request handler panicked", "requestId", e.RequestID,
				"method", r.Method, "path", r.URL.Path, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
			if e.Status() != 0 {
				panic(http.ErrAbortHandler)
			}
			problem.Write(w, http.StatusInternalServerError,
				"the gateway failed; its log has the reason under request id "+e.RequestID)
		}()
		next.ServeHTTP(w, r)
	})
}

// limit refuses a request whose line and headers are too long.
func (s *Server) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := len(r.RequestURI)
		for name, values := range r.Header {
			for _, v := range values {
				size += len(name) + len(v) + len(": \r\n")
			}
		}
		if size > s.config.HeaderBytes {
			problem.Write(w, http.StatusRequestHeaderFieldsTooLarge,
				fmt.Sprintf("the request line and headers are longer than %d bytes", s.config.HeaderBytes))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// authenticate puts the caller's scope into the exchange. Unknown paths need an
// identity too: who has none learns nothing of what is there. What is meant for
// another host gets nothing at all, health included.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := exchange.From(r.Context())
		sc, err := s.authn.Identify(r, e.RequestID)
		if err != nil && (errors.Is(err, authn.ErrMisdirected) || !s.open(e.Routing().RoutePath)) {
			s.strangers.Refused(r, s.authn.Address(r), err)
			s.authn.Refuse(w, err)
			return
		}
		e.Scope = sc
		next.ServeHTTP(w, r)
	})
}

// open reports whether path is answered without an identity.
func (s *Server) open(path string) bool {
	return health.Open(path) || s.config.Docs.Public && !s.config.Docs.Disabled && docs.Within(path)
}

// trusts reports whether r comes from those who run the gateway: where tenants are
// told apart they are the platform's users, the disabled ones left out, and without
// tenancy everyone is who is admitted at all. While nothing is known of users yet,
// the operator is to see why.
func (s *Server) trusts(r *http.Request) bool {
	sc := exchange.ScopeOf(r.Context())
	if !s.config.Identity.Tenancy {
		return sc.Valid()
	}
	return sc.Platform() && (s.gate == nil || !errors.Is(s.gate.Admit(sc), tenancy.ErrNotAdmitted))
}

// compress gzips long answers for callers who take it. The others do not pay for
// it: they go past the compressing writer.
func compress(next http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(compressFrom), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false),
		gzhttp.SuffixETag(conditional.Suffix),
		gzhttp.ContentTypes([]string{"application/json", problem.ContentType}),
	)
	if err != nil {
		return nil, fmt.Errorf("setting up compression: %w", err)
	}
	compressing := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conditional.AcceptsGzip(r) {
			compressing(w, r)
			return
		}
		w.Header()["Vary"] = vary
		next.ServeHTTP(w, r)
	}), nil
}
