package httpserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/inbound/http/accesslog"
	"github.com/netweave/netweave/inbound/http/alertmanagerv1"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/inbound/http/docs"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/health"
	"github.com/netweave/netweave/inbound/http/metering"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/inbound/http/versions"
	"github.com/netweave/netweave/ports/tenancy"
)

// headerSlack is how far beyond HeaderBytes net/http reads before it refuses a
// request itself, so that nearly every refusal is ours, over TLS too.
const headerSlack = 4

// Server serves every API of the gateway. Serve and Shutdown may be called from
// different goroutines, each once.
type Server struct {
	config  Config
	logger  *slog.Logger
	router  *chi.Mux
	handler http.Handler
	http    *http.Server
	authn   *authn.Authenticator
	limiter *ratelimit.Limiter  // nil without an API
	alerts  *alertmanagerv1.API // nil without an API
	matrix  *versions.Matrix
	meter   *metering.Meter
	gate    tenancy.Gate // nil admits everyone
	// strangers are those without an identity.
	strangers *guard.Strangers
	log       *accesslog.Log // nil for none
	draining  atomic.Bool
}

// New makes a server. It fails on a Config that cannot be served and on metrics
// that are registered already. A server made with an access log is to be shut
// down, even if it never served.
func New(config Config, deps Dependencies) (*Server, error) {
	config = config.withDefaults()
	s := &Server{
		config: config, logger: deps.Logger, router: chi.NewRouter(), gate: deps.Gate,
		matrix: versions.NewMatrix(config.ExternalURL, slices.Concat(Versions(), planned)),
	}
	s.matrix.Deprecate(config.Deprecated)
	identity := config.Identity
	identity.AllowAnonymous, identity.Hosts = config.AllowAnonymous, externalHosts(config.ExternalURL)
	identity.Registerer = deps.Registerer
	var err error
	if s.authn, err = authn.New(identity); err != nil {
		return nil, err
	}
	operations := &health.Handlers{
		Statuses: deps.Statuses, Draining: s.draining.Load, Trusts: s.trusts, Metrics: deps.Metrics, Build: deps.Build,
	}
	if deps.Store != nil {
		operations.Store = deps.Store.Ready
	}

	operations.Routes(s.router)
	if !config.OperationsOnly {
		if err := s.addFamilies(deps); err != nil {
			return nil, err
		}
		if err := s.addDocs(); err != nil {
			return nil, err
		}
	}
	s.router.NotFound(s.unknownPath)
	s.router.MethodNotAllowed(s.unknownMethod)

	if s.strangers, err = guard.NewStrangers(deps.Registerer, deps.Logger); err != nil {
		return nil, err
	}
	if s.meter, err = metering.New(deps.Registerer, patternsOf(s.router), familyOf); err != nil {
		return nil, err
	}
	if s.handler, err = s.chain(); err != nil {
		return nil, err
	}
	if deps.AccessLog != nil {
		s.log = accesslog.New(deps.AccessLog, deps.Logger)
	}
	s.http = &http.Server{
		Handler: s.handler, TLSConfig: config.TLS, ConnState: config.ConnState,
		DisableGeneralOptionsHandler: true, // "OPTIONS *" is nobody's path, and told as that
		ReadHeaderTimeout:            config.ReadHeaderTimeout, ReadTimeout: config.ReadTimeout,
		WriteTimeout: config.WriteTimeout, IdleTimeout: config.IdleTimeout,
		MaxHeaderBytes: headerSlack * config.HeaderBytes,
		ErrorLog:       slog.NewLogLogger(deps.Logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Handler returns the whole chain, for whoever brings their own connections.
func (s *Server) Handler() http.Handler { return s.handler }

// SetRateLimits changes the rate limits from the next request on.
func (s *Server) SetRateLimits(r ratelimit.Rates) {
	if s.limiter != nil {
		s.limiter.Set(r)
	}
}

// SetAlertReceivers changes what alerts are taken, and what they mean, from the next
// request on.
func (s *Server) SetAlertReceivers(list []alertmanagerv1.Receiver) {
	if s.alerts != nil {
		s.alerts.Set(list)
	}
}

// Deprecate replaces what is announced of the versions of the APIs, by their names,
// from the next request on.
func (s *Server) Deprecate(byName map[string]versions.Deprecation) { s.matrix.Deprecate(byName) }

// Routes lists what is served.
func (s *Server) Routes() chi.Routes { return s.router }

// Serve answers on l until Shutdown. It returns nil after Shutdown.
func (s *Server) Serve(l net.Listener) error {
	var err error
	if s.config.TLS != nil {
		err = s.http.ServeTLS(l, "", "")
	} else {
		err = s.http.Serve(problemListener{l})
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving HTTP on %s: %w", l.Addr(), err)
}

// Shutdown says 503 on /readyz, goes on for the drain delay, then takes no more
// connections and waits for the requests in flight. When ctx ends first, it cuts
// them and returns ctx's error. The access log is complete when it returns.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	if s.config.DrainDelay > 0 {
		delay := time.NewTimer(s.config.DrainDelay)
		defer delay.Stop()
		select {
		case <-delay.C:
		case <-ctx.Done():
		}
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("draining HTTP requests: %w", err), s.http.Close())
	}
	if s.limiter != nil {
		s.limiter.Close()
	}
	if s.log != nil {
		err = errors.Join(err, s.log.Close())
	}
	return err
}

// addDocs routes to the support matrix and the documentation.
func (s *Server) addDocs() error {
	s.matrix.Routes(s.router, !s.config.Docs.Disabled)
	if s.config.Docs.Disabled {
		return nil
	}
	d, err := docs.New(s.config.ExternalURL, s.matrix.Rows)
	if err != nil {
		return err
	}
	d.Routes(s.router)
	return nil
}

// externalHosts returns the host of an external URL that has been checked.
func externalHosts(external string) []string {
	u, err := url.Parse(external)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host}
}

// patternsOf lists the patterns of a router's routes.
func patternsOf(routes chi.Routes) []string {
	var patterns []string
	for _, r := range routes.Routes() {
		patterns = append(patterns, r.Pattern)
	}
	return patterns
}
