package webhook

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/ports/webhook"
)

// Bounds of what is read of an answer's body, which is only so that its
// connection can be used again.
const (
	maxBody  = 64 << 10
	drainFor = time.Second
)

// Sender implements ports/webhook.Sender. All methods are safe for concurrent
// use.
type Sender struct {
	cfg      Config
	resolver *net.Resolver
	now      func() time.Time

	// changing is held while roads are replaced; they were made of these.
	changing sync.Mutex
	allowed  Allowed
	roots    *x509.CertPool

	roads    atomic.Pointer[roads]
	tokens   []*tokens
	breakers *breakers
	metrics  *metrics
}

var _ webhook.Sender = (*Sender)(nil)

// New returns a Sender, whose metrics are registered with reg. Close ends it.
func New(cfg Config, log *slog.Logger, reg prometheus.Registerer) (*Sender, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := &Sender{cfg: cfg.withDefaults(), resolver: net.DefaultResolver, now: time.Now}
	s.breakers = newBreakers(s.cfg.Breaker, log, s.now)
	var err error
	if s.metrics, err = newMetrics(reg, s.breakers.open); err != nil {
		return nil, fmt.Errorf("webhook: register metrics: %w", err)
	}
	s.allowed = Allowed{HTTP: cfg.AllowHTTP, LoopbackHTTP: cfg.AllowLoopbackHTTP, Networks: cfg.AllowNetworks}
	s.roots = cfg.RootCAs
	s.roads.Store(s.newRoads())
	for _, c := range cfg.Credentials {
		s.tokens = append(s.tokens, s.newTokens(c))
	}
	return s, nil
}

// Allowed is where notifications may go beside public addresses by https; its
// fields are Config's AllowHTTP, AllowLoopbackHTTP and AllowNetworks.
type Allowed struct {
	HTTP, LoopbackHTTP bool
	Networks           []netip.Prefix
}

// SetAllowed replaces what is allowed, for what is sent and checked from now on. It
// changes nothing if a makes no sense.
func (s *Sender) SetAllowed(a Allowed) error {
	if err := a.validate(); err != nil {
		return err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	s.allowed = a
	s.roads.Swap(s.newRoads()).close()
	return nil
}

// SetRootCAs replaces Config.RootCAs for what is sent from now on, token endpoints
// included. Every receiver is then connected to anew, so that it also sees what
// Config.ClientCertificate says now.
func (s *Sender) SetRootCAs(roots *x509.CertPool) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.roots = roots
	s.roads.Swap(s.newRoads()).close()
	for _, t := range s.tokens {
		t.road.renew()
	}
}

// Close closes the connections that are not in use.
func (s *Sender) Close() {
	s.roads.Load().close()
	for _, t := range s.tokens {
		t.client.CloseIdleConnections()
	}
}

// Send implements ports/webhook.Sender.
func (s *Sender) Send(ctx context.Context, n webhook.Notification) error {
	callback, problem := parse(n.Callback)
	if problem != "" {
		s.metrics.observe(outcomeRefused, 0)
		return &webhook.Failure{Reason: "the callback " + problem}
	}
	began := s.now()
	err := s.breakers.do(target{tenant: n.Tenant, host: hostPort(callback)}, func() error { return s.attempt(ctx, callback, n) })
	if err == nil {
		s.metrics.observe(outcome2xx, s.now().Sub(began))
		return nil
	}
	if f, ok := errors.AsType[*failed](err); ok {
		s.metrics.observe(f.outcome, s.now().Sub(began))
		return &f.Failure
	}
	return err
}

// Error returns the reason.
func (f *failed) Error() string { return f.Reason }

// attempt returns nil, *failed, or the wrapped error of ctx.
func (s *Sender) attempt(ctx context.Context, callback *url.URL, n webhook.Notification) error {
	own, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	req, err := s.request(own, callback, n)
	if err != nil {
		return s.explain(ctx, own, err)
	}
	resp, err := s.roads.Load().to(callback.Scheme).RoundTrip(req)
	if err != nil {
		return s.explain(ctx, own, err)
	}
	defer resp.Body.Close()
	drain(resp, cancel)
	return s.refused(callback, answered(resp.StatusCode, resp.Header, s.now()))
}

func (s *Sender) request(ctx context.Context, callback *url.URL, n webhook.Notification) (*http.Request, error) {
	// The request's URL is a copy: the transport keeps what it is given.
	to := *callback
	req := (&http.Request{
		Method: http.MethodPost, URL: &to, Host: to.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, 8), Body: http.NoBody, ContentLength: int64(len(n.Body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(n.Body)), nil },
	}).WithContext(ctx)
	if len(n.Body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(n.Body))
	}
	req.Header.Set("Content-Type", n.ContentType)
	req.Header.Set("User-Agent", s.cfg.UserAgent)
	// Not sent. It lets the transport repeat what went down a connection that the
	// receiver was just closing: the webhook-id makes repeating harmless.
	req.Header["Idempotency-Key"] = []string{}
	sign(req.Header, n.EventID, s.now(), n.Secret, n.Body)
	if err := s.authorize(ctx, req); err != nil {
		return nil, err
	}
	return req, nil
}

// explain turns an error of the way to the receiver into what attempt returns.
func (s *Sender) explain(ctx, own context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("send a notification: %w", ctx.Err())
	}
	if f, ok := errors.AsType[*failed](err); ok {
		return f
	}
	return unanswered(err, own.Err() != nil, s.cfg.Timeout)
}

// drain reads as much of the body as it takes to use the connection again, and
// not for long: what the receiver says beside its status is of no interest.
func drain(resp *http.Response, cancel context.CancelFunc) {
	if resp.ContentLength == 0 || resp.ContentLength > maxBody {
		return
	}
	stop := time.AfterFunc(drainFor, cancel)
	defer stop.Stop()
	// The status is known already; a body that breaks off costs its connection.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
}

// hostPort is a callback's host with its port, the default one included.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		if port = "443"; u.Scheme == "http" {
			port = "80"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}
