package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/inbound/http/health"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/outbound/telemetry"
)

// server is the HTTP side together with its access log's file.
type server struct {
	*httpserver.Server
	timeouts config.ServerTimeouts
	sink     io.Closer // nil if there is no file to close
	// handshakes are measured; nil without TLS.
	handshakes *tlsfiles.Handshakes
}

// newServer makes the server, with its log and metrics, over what the core offers.
func newServer(s *surroundings, id authn.Config, core httpserver.Dependencies) (*server, error) {
	c := s.config
	hc := serverConfig(c)
	hc.Identity = id
	handshakes, err := useTLS(s, &hc)
	if err != nil {
		return nil, err
	}
	out, sink, err := openSink(c.Server.AccessLog, s.given.Stdout)
	if err != nil {
		return nil, err
	}
	hc.OperationsOnly = !c.Role.Serves()
	core.AccessLog, core.Logger = out, s.logger("http")
	core.Registerer, core.Metrics = s.registry, telemetry.Handler(s.registry)
	core.Build = health.Build{Version: s.given.Version, Go: runtime.Version()}
	h, err := httpserver.New(hc, core)
	if err != nil {
		return nil, errors.Join(err, closeSink(sink))
	}
	return &server{Server: h, timeouts: c.Server.Timeouts, sink: sink, handshakes: handshakes}, nil
}

// useTLS has hc serve by the TLS files that are configured, follows them, and
// measures handshakes. It returns nil if none are.
func useTLS(s *surroundings, hc *httpserver.Config) (*tlsfiles.Handshakes, error) {
	files, problems := serverTLS(s.config)
	if len(problems) > 0 {
		return nil, &config.Invalid{Path: s.config.Path, Problems: problems}
	}
	if files == nil {
		return nil, nil
	}
	s.tls.Follow(files)
	hc.Identity.Authorities = files.Authorities
	hc.Identity.Revoked = files.CheckClient
	if files.Leaf() == nil { // a proxy on this machine has the TLS
		return nil, nil
	}
	for _, p := range checkDates(files.Leaf(), time.Now()) {
		s.log.Warn("configuration", "key", p.Key, "reason", p.Reason)
	}
	h, err := tlsfiles.NewHandshakes(s.registry)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	hc.TLS, hc.ConnState = files.Config(), h.ConnState
	return h, nil
}

// offered is what the core offers to the server.
func (p *parts) offered() httpserver.Dependencies {
	d := httpserver.Dependencies{Statuses: p.views, Authorizer: p.allowed}
	if p.store != nil {
		d.Store = p.store
	}
	if p.service != nil { // it serves the API
		d.Reader, d.Pools, d.Resources = p.views, p.views.ResourcePools(), p.views.Resources()
		d.History = p.recent
		d.Subscriptions, d.DeadLetters, d.Idempotency = p.service, p.service.DeadLetters(), p.stores.idempotency
		a := p.alarms
		d.AlarmReader, d.Alarms, d.AlarmConfiguration, d.AlarmCauses, d.AlarmReceiver = a.views, a.service, a.service, a.service, a.service
		d.Tokens, d.Routes, d.Adapters, d.Configuration = p.stores.rates, p.views, p.adapters, p.configuration
		d.Clouds = p.clouds
	}
	if p.audit != nil {
		d.Audit, d.AuditLog = p.audit, p.audit
	}
	if p.tenants != nil {
		d.Gate = p.tenants.directory
		d.Tenants, d.Users, d.Roles = p.tenants.service, p.tenants.service, p.tenants.service
	}
	return d
}

func serverConfig(c *config.Config) httpserver.Config {
	s := c.Server
	return httpserver.Config{
		ExternalURL:       s.ExternalURL,
		AllowAnonymous:    !c.Authenticated(),
		DefaultPageSize:   s.Limits.DefaultPageSize,
		MaxPageSize:       s.Limits.MaxPageSize,
		BodyBytes:         int64(s.Limits.BodyBytes),
		HeaderBytes:       s.Limits.HeaderBytes,
		RateLimits:        rates(c),
		AuditReads:        c.Audit.Reads,
		AlertReceivers:    c.Alarms.Receivers,
		Deprecated:        deprecations(c),
		Docs:              httpserver.Docs{Disabled: !c.API.Docs.Enabled, Public: c.API.Docs.Public},
		ReadHeaderTimeout: s.Timeouts.ReadHeader,
		ReadTimeout:       s.Timeouts.Read,
		WriteTimeout:      s.Timeouts.Write,
		IdleTimeout:       s.Timeouts.Idle,
		WriteDeadline:     s.Timeouts.Change,
		DrainDelay:        s.Timeouts.DrainDelay,
	}
}

// run serves on l until ctx ends, then drains for as long as configured, and no
// longer than force.
func (s *server) run(ctx, force context.Context, l net.Listener) error {
	l = httpserver.CoarseWrites(l, s.timeouts.Write)
	if s.handshakes != nil { // which know their own connections right below TLS
		l = s.handshakes.Listener(l)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	var err error
	select {
	case err = <-served: // it could not go on
		served = nil
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(force, s.timeouts.DrainDelay+s.timeouts.Shutdown)
	defer cancel()
	err = errors.Join(err, s.Shutdown(drain))
	if served != nil {
		err = errors.Join(err, <-served)
	}
	return errors.Join(err, closeSink(s.sink))
}

// rates are those that are configured, where callers are known: nobody else can be
// told from another.
func rates(c *config.Config) ratelimit.Rates {
	if !c.Authenticated() {
		return ratelimit.Rates{}
	}
	return ratelimit.Rates{Tenant: classRates(c.RateLimits.Tenant), User: classRates(c.RateLimits.User)}
}

func classRates(c config.ClassRates) ratelimit.PerClass {
	rate := func(r config.Rate) ratelimit.Rate { return ratelimit.Rate{PerSecond: r.PerSecond, Burst: r.Burst} }
	return ratelimit.PerClass{Read: rate(c.Read), Write: rate(c.Write), Admin: rate(c.Admin)}
}
