package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Handshakes measures the handshakes of a server.
type Handshakes struct {
	succeeded, failed prometheus.Observer
	failures          map[string]prometheus.Counter
}

// The reasons of failures.
const (
	reasonExpired       = "expired"
	reasonRevoked       = "revoked"
	reasonUnknownCA     = "unknown_ca"
	reasonNoCertificate = "no_certificate"
	reasonProtocol      = "protocol"
	reasonOther         = "other"
)

// NewHandshakes registers the metrics.
func NewHandshakes(r prometheus.Registerer) (*Handshakes, error) {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "o2ims_tls_handshake_duration_seconds",
		Help:    "Time from a client's first byte to the end of the handshake.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"result"})
	failures := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "o2ims_tls_handshake_failures_total",
		Help: "Handshakes that failed, by what was wrong: mostly with the client's certificate.",
	}, []string{"reason"})
	for _, c := range []prometheus.Collector{durations, failures} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	h := &Handshakes{
		succeeded: durations.WithLabelValues("success"), failed: durations.WithLabelValues("failure"),
		failures: map[string]prometheus.Counter{},
	}
	for _, reason := range []string{reasonExpired, reasonRevoked, reasonUnknownCA, reasonNoCertificate, reasonProtocol, reasonOther} {
		h.failures[reason] = failures.WithLabelValues(reason)
	}
	return h, nil
}

// Listener returns l, whose connections are measured if they are served with the
// configuration of a Server and with ConnState as the http.Server's hook.
func (h *Handshakes) Listener(l net.Listener) net.Listener { return &listener{l, h} }

type listener struct {
	net.Listener
	handshakes *Handshakes
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, handshakes: l.handshakes}, nil
}

// conn is a connection below TLS.
type conn struct {
	net.Conn
	handshakes *Handshakes
	// began is when the first byte came, in nanoseconds of Unix time.
	began atomic.Int64
	ended atomic.Bool
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.began.Load() == 0 {
		c.began.CompareAndSwap(0, time.Now().UnixNano())
	}
	return n, err
}

func (c *conn) took() float64 { return time.Since(time.Unix(0, c.began.Load())).Seconds() }

// succeeded is called once the client is verified: what is left of the handshake is
// a checksum of it.
func (c *conn) succeeded() {
	if !c.ended.Swap(true) {
		c.handshakes.succeeded.Observe(c.took())
	}
}

// ConnState looks at connections that end before their handshake did. Those that
// never said a word are none: load balancers knock like that.
func (h *Handshakes) ConnState(c net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	secure, ok := c.(*tls.Conn)
	if !ok {
		return
	}
	below, ok := secure.NetConn().(*conn)
	if !ok || below.began.Load() == 0 || below.ended.Swap(true) {
		return
	}
	err := secure.Handshake() // a handshake that is over only says how it ended
	if err == nil {
		return
	}
	h.failed.Observe(below.took())
	h.failures[reasonOf(err)].Inc()
}

// reasonOf classifies the error of a handshake. What package tls has no types for
// is told by its texts, which a test holds.
func reasonOf(err error) string {
	if _, ok := errors.AsType[*RevokedError](err); ok {
		return reasonRevoked
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return reasonExpired
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return reasonUnknownCA
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return reasonOther
	}
	switch text := err.Error(); {
	case strings.HasPrefix(text, "tls: client didn't provide a certificate"):
		return reasonNoCertificate
	case strings.HasPrefix(text, "tls: "), strings.HasPrefix(text, "remote error: tls: "):
		return reasonProtocol
	default:
		return reasonOther
	}
}
