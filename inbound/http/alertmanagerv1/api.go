package alertmanagerv1

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/alarms"
)

// Base is the path under which the API is served.
const Base = "/alertmanager/v1"

// Config says how long and how large requests may be.
type Config struct {
	// BodyBytes bounds a request's body, and Deadline how long taking it may take.
	BodyBytes int64
	Deadline  time.Duration
}

// API is the family's handlers: the ServerInterface of the document. It is safe
// for concurrent use.
type API struct {
	config    Config
	service   alarms.Receiver
	logger    *slog.Logger
	body      *body.Reader
	alerts    *prometheus.CounterVec
	receivers atomic.Pointer[[]Receiver]
}

var _ ServerInterface = (*API)(nil)

// bodySchemas are those of the document, which is read once.
var bodySchemas = sync.OnceValues(func() (*body.Schemas, error) { return body.LoadSchemas(document) })

// New makes the handlers, for no receiver yet, and registers their metric.
func New(config Config, service alarms.Receiver, r prometheus.Registerer, logger *slog.Logger) (*API, error) {
	a := &API{config: config, service: service, logger: logger, alerts: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "netweave_alertmanager_alerts_total",
		Help: "Alerts that Alertmanager sent, by receiver and by whether they were taken or refused.",
	}, []string{"receiver", "result"})}
	a.Set(nil)
	bodies, err := bodySchemas()
	if err != nil {
		return nil, err
	}
	schema, err := bodies.Get("Notification")
	if err != nil {
		return nil, err
	}
	a.body = body.NewReader(schema, config.BodyBytes)
	if err := r.Register(a.alerts); err != nil {
		return nil, fmt.Errorf("registering the metric of alerts: %w", err)
	}
	return a, nil
}

// Routes adds every operation to r, behind g.
func (a *API) Routes(r chi.Router, g *guard.Guard) { Register(r, a, g) }

// ReceiveAlerts takes the alerts of one notification.
func (a *API) ReceiveAlerts(w http.ResponseWriter, r *http.Request, name string) {
	var in Notification
	err := reading.CheckWrite(r)
	if err == nil {
		err = a.body.Read(r, &in)
	}
	if err != nil {
		problem.Fail(w, r, a.logger, err)
		return
	}
	sc := exchange.ScopeOf(r.Context())
	c, ok := a.receiver(name)
	if !ok || c.Tenant != "" && !sc.Platform() && sc.Tenant() != c.Tenant {
		problem.Write(w, http.StatusNotFound, fmt.Sprintf("there is no receiver %.60q; see alarms.alertmanager.receivers", name))
		return
	}
	reports, of, refused := c.reports(&in)
	if len(reports) > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), a.config.Deadline)
		defer cancel()
		more, err := a.service.Report(ctx, sc, c.Name, reports)
		if err != nil {
			problem.Fail(w, r, a.logger, err)
			return
		}
		for _, one := range more {
			refused = append(refused, Refused{Index: of[one.Index], Reason: one.Reason})
		}
	}
	a.answer(w, r, c, &in, refused)
}

// reports says what the alerts mean, of which alert each report is, and which mean
// nothing.
func (c *Receiver) reports(n *Notification) (reports []alarms.Report, of []int, refused []Refused) {
	now := time.Now()
	for i := range n.Alerts {
		r, reason := c.report(&n.Alerts[i], n.ExternalURL, now)
		if reason != "" {
			refused = append(refused, Refused{Index: i, Reason: reason})
			continue
		}
		reports, of = append(reports, r), append(of, i)
	}
	return reports, of, refused
}

// answer says which alerts were not taken, in their order.
func (a *API) answer(w http.ResponseWriter, r *http.Request, c *Receiver, n *Notification, refused []Refused) {
	slices.SortFunc(refused, func(x, y Refused) int { return x.Index - y.Index })
	for i := range refused {
		refused[i].Fingerprint = fingerprint(&n.Alerts[refused[i].Index])
	}
	answer := Received{Taken: len(n.Alerts) - len(refused), Refused: refused}
	if refused == nil {
		answer.Refused = []Refused{}
	}
	a.alerts.WithLabelValues(c.Name, "taken").Add(float64(answer.Taken))
	a.alerts.WithLabelValues(c.Name, "refused").Add(float64(len(refused)))
	requestID := exchange.ScopeOf(r.Context()).RequestID()
	if len(refused) > 0 {
		a.logger.Warn("alerts were not taken", "receiver", c.Name, "requestId", requestID, "alerts", len(n.Alerts),
			"refused", len(refused), "first", refused[0].Fingerprint, "reason", refused[0].Reason)
	}
	if n.TruncatedAlerts > 0 {
		a.logger.Warn("Alertmanager left alerts out: take max_alerts away", "receiver", c.Name, "requestId", requestID,
			"leftOut", n.TruncatedAlerts)
	}
	b, err := json.Marshal(answer)
	if err != nil {
		problem.Fail(w, r, a.logger, err)
		return
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b) // an error here is the caller's connection
}
