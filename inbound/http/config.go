package httpserver

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/alertmanagerv1"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/inbound/http/health"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/inbound/http/versions"
	"github.com/netweave/netweave/ports/adapters"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/configuration"
	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
	tokens "github.com/netweave/netweave/ports/ratelimit"
	"github.com/netweave/netweave/ports/routes"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/tenancy"
)

// Config is what an operator chooses. A zero field means its default.
type Config struct {
	// ExternalURL is what callers reach the gateway by; "" leaves Location and
	// Link relative to the host. Anonymous callers may use its host as well.
	ExternalURL string
	// TLS serves HTTPS and HTTP/2; nil serves plain HTTP.
	TLS *tls.Config
	// ConnState, if set, hears of connections as net/http tells it.
	ConnState func(net.Conn, http.ConnState)
	// AllowAnonymous accepts callers without credentials. Whoever sets it answers
	// for the listener being on loopback.
	AllowAnonymous bool
	// Identity says which credentials count beside that. The server fills in
	// AllowAnonymous, Hosts and Registerer.
	Identity authn.Config

	// DefaultPageSize (100) and MaxPageSize (10000) are in objects.
	DefaultPageSize, MaxPageSize int
	// BodyBytes (1 MiB) bounds a request's body, HeaderBytes (64 KiB) its request
	// line and headers.
	BodyBytes   int64
	HeaderBytes int
	// RateLimits bound how often tenants and users may ask; the zero value does not.
	RateLimits ratelimit.Rates
	// AuditReads has the audit log record reads as well.
	AuditReads bool
	// AlertReceivers are those that Alertmanager sends alerts to.
	AlertReceivers []alertmanagerv1.Receiver
	// Query bounds filters and selectors.
	Query query.Limits
	// Deprecated is what is announced of the versions of the APIs, by their names.
	Deprecated map[string]versions.Deprecation
	// Docs says how the documentation is served.
	Docs Docs

	// ReadHeaderTimeout (10 s), ReadTimeout (30 s), WriteTimeout (90 s) and
	// IdleTimeout (2 min) are net/http's. WriteDeadline (60 s) bounds what a
	// create, update or delete may take; it is to be below WriteTimeout.
	ReadHeaderTimeout, ReadTimeout, WriteTimeout, IdleTimeout, WriteDeadline time.Duration
	// OperationsOnly serves health, readiness, version and metrics, and no API: for
	// a process that is a controller alone. Of the Dependencies it needs Statuses,
	// Store, and those from Logger on.
	OperationsOnly bool
	// DrainDelay (none) is how long Shutdown goes on accepting after /readyz says
	// 503, so that load balancers can look elsewhere first.
	DrainDelay time.Duration
}

// Docs says how the documentation is served. The zero value serves it to callers who
// are known.
type Docs struct {
	// Disabled serves none.
	Disabled bool
	// Public serves it to everyone: a browser has no way of showing a bearer token
	// for a page.
	Public bool
}

// Dependencies are the server's collaborators. Audit, Tokens, AccessLog, Metrics
// and Store may be nil.
type Dependencies struct {
	Reader    inventory.Reader
	Pools     inventory.ResourcePools
	Resources inventory.Resources
	Statuses  inventory.Statuses
	// History tells what has changed lately.
	History inventory.History
	// Clouds tells what the O-Cloud is and where its pools stand.
	Clouds ocloud.Clouds
	// AlarmReader lists and reads alarms, and Alarms changes them.
	AlarmReader inventory.Reader
	Alarms      alarms.Alarms
	// AlarmConfiguration, AlarmCauses and AlarmReceiver are the alarm service's.
	AlarmConfiguration alarms.Configuration
	AlarmCauses        alarms.Causes
	AlarmReceiver      alarms.Receiver
	Subscriptions      subscription.Subscriptions
	DeadLetters        subscription.DeadLetters
	// Tenants, Users, Roles and AuditLog are nil while tenancy is off: the
	// administration API then has dead letters alone.
	Tenants  tenancy.Tenants
	Users    tenancy.Users
	Roles    tenancy.Roles
	AuditLog auditlog.Reader
	// Routes explains routing.
	Routes routes.Routes
	// Adapters shows and steers adapters.
	Adapters adapters.Adapters
	// Configuration tells what is in force.
	Configuration configuration.Configuration
	// Idempotency remembers answers for callers who send an Idempotency-Key.
	Idempotency idempotency.Store
	Authorizer  authz.Authorizer
	// Gate admits callers by their tenant; nil where there is one tenant.
	Gate tenancy.Gate
	// Audit records changes, refusals and what the administration does; nil for
	// nobody.
	Audit auditlog.Recorder
	// Tokens shares the rate limits with other processes; nil where there is one.
	Tokens tokens.Store
	// Store tells why the store cannot be used, nil while it can: readiness asks
	// it for every probe, so that it must answer from memory.
	Store interface{ Ready() error }

	Logger *slog.Logger
	// AccessLog takes one JSON line for each request.
	AccessLog io.Writer
	// Registerer takes the server's metrics; Metrics serves /metrics.
	Registerer prometheus.Registerer
	Metrics    http.Handler
	Build      health.Build
}

func (c Config) withDefaults() Config {
	set(&c.DefaultPageSize, 100)
	set(&c.MaxPageSize, 10000)
	set(&c.BodyBytes, 1<<20)
	set(&c.HeaderBytes, 64<<10)
	set(&c.ReadHeaderTimeout, 10*time.Second)
	set(&c.ReadTimeout, 30*time.Second)
	set(&c.WriteTimeout, 90*time.Second)
	set(&c.IdleTimeout, 2*time.Minute)
	set(&c.WriteDeadline, 60*time.Second)
	return c
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
