package adminv1

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/ports/adapters"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/configuration"
	"github.com/netweave/netweave/ports/routes"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/tenancy"
)

// Base is the path under which the API is served.
const Base = "/admin/v1"

// Config is what an operator chooses.
type Config struct {
	// ExternalURL is what callers reach the gateway by, without a slash at its
	// end; "" leaves links relative to the host.
	ExternalURL string
	// DefaultPageSize and MaxPageSize bound a list's page, in items.
	DefaultPageSize, MaxPageSize int
	// BodyBytes bounds a request's body, Deadline what a request may take.
	BodyBytes int64
	Deadline  time.Duration
	// Schema gives the data types that filters in questions about routing are of,
	// and Query bounds them.
	Schema func(o2.Kind) *query.Schema
	Query  query.Limits
}

// Services are the driving ports that the handlers call. Tenants, Users, Roles and
// Audit are nil while tenancy is off; what they are about is then a 404.
type Services struct {
	DeadLetters subscription.DeadLetters
	Tenants     tenancy.Tenants
	Users       tenancy.Users
	Roles       tenancy.Roles
	Audit       auditlog.Reader
	Routes      routes.Routes
	Adapters    adapters.Adapters
	// Configuration tells what is in force.
	Configuration configuration.Configuration
	// Once answers a create that is sent again under its Idempotency-Key.
	Once *idempotency.Once
}

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct {
	config   Config
	services Services
	logger   *slog.Logger

	redelivery, quotas      *body.Reader
	pause                   *body.Reader
	tenantCreate, tenantPut *body.Reader
	userCreate, userPut     *body.Reader
	roleCreate, rolePut     *body.Reader
	bindingCreate           *body.Reader
	// missing are the parts that there are not while tenancy is off.
	missing [partCount]bool
}

var _ ServerInterface = (*API)(nil)

// bodySchemas are those of the document, which is read once.
var bodySchemas = sync.OnceValues(func() (*body.Schemas, error) { return body.LoadSchemas(document) })

// New makes the handlers.
func New(config Config, services Services, logger *slog.Logger) (*API, error) {
	a := &API{
		config: config, services: services, logger: logger,
		missing: [partCount]bool{
			partTenancy: services.Tenants == nil || services.Users == nil || services.Roles == nil,
			partAudit:   services.Audit == nil,
		},
	}
	bodies, err := bodySchemas()
	if err != nil {
		return nil, err
	}
	for name, reader := range map[string]**body.Reader{
		"Pause": &a.pause, "Redelivery": &a.redelivery, "Quotas": &a.quotas,
		"TenantCreate": &a.tenantCreate, "TenantUpdate": &a.tenantPut,
		"UserCreate": &a.userCreate, "UserUpdate": &a.userPut,
		"RoleCreate": &a.roleCreate, "RoleUpdate": &a.rolePut,
		"RoleBindingCreate": &a.bindingCreate,
	} {
		schema, err := bodies.Get(name)
		if err != nil {
			return nil, err
		}
		*reader = body.NewReader(schema, config.BodyBytes)
	}
	return a, nil
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) { Register(r, a, g) }

func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem.Fail(w, r, a.logger, err)
}

func (a *API) withDeadline(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), a.config.Deadline)
}
