package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/health"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/outbound/telemetry"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

// The shapes in which API families show objects, and their projections.
const shapeO2IMSv1 inventory.Shape = 0

func projections() []inventory.Projection {
	return []inventory.Projection{shapeO2IMSv1: o2imsv1.Project}
}

// offered is what the core offers to the server.
type offered interface {
	inventory.Reader
	inventory.Statuses
	ResourcePools() inventory.ResourcePools
	Resources() inventory.Resources
}

// server is the HTTP side together with its access log's file.
type server struct {
	*httpserver.Server
	timeouts config.ServerTimeouts
	sink     io.Closer // nil if there is no file to close
}

func newServer(c *config.Config, s Surroundings, log hclog.Logger, registry *prometheus.Registry, core offered, allowed authz.Authorizer) (*server, error) {
	tlsConfig, problems := serverTLS(c.Server.TLS)
	if len(problems) > 0 {
		return nil, &config.Invalid{Path: c.Path, Problems: problems}
	}
	for _, p := range checkDates(tlsConfig, time.Now()) {
		log.Warn("configuration", "key", p.Key, "reason", p.Reason)
	}
	out, sink, err := openSink(c.Server.AccessLog, s.Stdout)
	if err != nil {
		return nil, err
	}
	h, err := httpserver.New(serverConfig(c.Server, tlsConfig), httpserver.Dependencies{
		Reader:     core,
		Pools:      core.ResourcePools(),
		Resources:  core.Resources(),
		Statuses:   core,
		Authorizer: allowed,
		Shape:      shapeO2IMSv1,
		Logger:     telemetry.NewSlog(log.Named("http")),
		AccessLog:  out,
		Registerer: registry,
		Metrics:    telemetry.Handler(registry),
		Build:      health.Build{Version: s.Version, Go: runtime.Version()},
	})
	if err != nil {
		return nil, errors.Join(err, closeSink(sink))
	}
	return &server{Server: h, timeouts: c.Server.Timeouts, sink: sink}, nil
}

func serverConfig(s config.Server, tlsConfig *tls.Config) httpserver.Config {
	return httpserver.Config{
		ExternalURL:       s.ExternalURL,
		TLS:               tlsConfig,
		AllowAnonymous:    !authenticated(s),
		DefaultPageSize:   s.Limits.DefaultPageSize,
		MaxPageSize:       s.Limits.MaxPageSize,
		BodyBytes:         int64(s.Limits.BodyBytes),
		HeaderBytes:       s.Limits.HeaderBytes,
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
