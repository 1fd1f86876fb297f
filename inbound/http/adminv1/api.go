package adminv1

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/request"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
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
}

// Services are the driving ports that the handlers call.
type Services struct {
	DeadLetters subscription.DeadLetters
}

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct {
	config     Config
	services   Services
	logger     *slog.Logger
	redelivery *body.Reader
}

var _ ServerInterface = (*API)(nil)

// New makes the handlers.
func New(config Config, services Services, logger *slog.Logger) (*API, error) {
	schemas, err := body.LoadSchemas(document)
	if err != nil {
		return nil, err
	}
	redelivery, err := schemas.Get("Redelivery")
	if err != nil {
		return nil, err
	}
	return &API{
		config: config, services: services, logger: logger, redelivery: body.NewReader(redelivery, config.BodyBytes),
	}, nil
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) { Register(r, a, g) }

// nounSubscription is what dead letters are a part of.
const nounSubscription = "Subscription"

func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem.Fail(w, r, a.logger, err)
}

func (a *API) withDeadline(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), a.config.Deadline)
}

// subscriptionID reads the path's id. It comes last of what is judged: a 400 comes
// before a 404.
func subscriptionID(text string) (o2.ID, error) {
	id, ok := o2.ParseID(text)
	if !ok {
		return "", unknown(text)
	}
	return id, nil
}

func unknown(id string) error {
	return problem.Problem{Status: http.StatusNotFound, Detail: fmt.Sprintf("there is no %s with id %q", nounSubscription, id)}
}

// named says which subscription was not found, where the core only says that none was.
func named(err error, id o2.ID) error {
	if errors.Is(err, inventory.ErrNotFound) {
		return unknown(string(id))
	}
	return err
}

// parameters reads the query string, of which a request takes those in known.
func parameters(r *http.Request, known ...string) (map[string][]string, error) {
	if err := request.CheckAccept(r); err != nil {
		return nil, err
	}
	return request.Parameters(r, known, paramAfter, paramLimit)
}
