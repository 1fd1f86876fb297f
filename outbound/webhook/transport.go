package webhook

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"
)

// roads are how receivers are reached under one allow-list.
type roads struct {
	secure, plain road
	// http: plain may be of use.
	http bool
}

// road is a transport whose connections all pass the policy.
type road struct {
	*http.Transport
	policy *policy
}

// newRoads makes the roads for what is allowed. The caller holds changing, but at
// first.
func (s *Sender) newRoads() *roads {
	secure, plain := policies(s.allowed)
	return &roads{
		http:   s.allowed.HTTP || s.allowed.LoopbackHTTP,
		secure: road{Transport: s.transport(secure.control), policy: secure},
		plain:  road{Transport: s.transport(plain.control), policy: plain},
	}
}

func (r *roads) to(scheme string) road {
	if scheme == "http" {
		return r.plain
	}
	return r.secure
}

// close closes what is idle now; what is in use is closed once it was idle for
// its time.
func (r *roads) close() {
	r.secure.CloseIdleConnections()
	r.plain.CloseIdleConnections()
}

// control is a net.Dialer's.
type control func(network, address string, raw syscall.RawConn) error

func (s *Sender) transport(c control) *http.Transport {
	return &http.Transport{
		// No Proxy: it would connect past the policy.
		DialContext: s.dialer(c),
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, RootCAs: s.roots, GetClientCertificate: s.cfg.ClientCertificate,
			ClientSessionCache: tls.NewLRUClientSessionCache(1024),
		},
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
		DisableCompression:     true,
		MaxConnsPerHost:        s.cfg.MaxConnsPerHost,
		MaxIdleConnsPerHost:    s.cfg.MaxConnsPerHost,
		MaxIdleConns:           maxIdle,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    s.cfg.Timeout + grace,
		MaxResponseHeaderBytes: maxBody,
		WriteBufferSize:        8 << 10,
		ReadBufferSize:         4 << 10,
	}
}

const (
	// maxIdle bounds the connections, to all hosts together, that wait for use.
	maxIdle = 4096
	// grace lets an attempt's own timeout come first: the transport goes on
	// connecting for the next attempt.
	grace = time.Second
)

// renewable is a transport that another like it may replace.
type renewable struct {
	anew func() *http.Transport
	now  atomic.Pointer[http.Transport]
}

// RoundTrip is the present transport's.
func (r *renewable) RoundTrip(req *http.Request) (*http.Response, error) {
	return r.now.Load().RoundTrip(req)
}

// CloseIdleConnections is the present transport's.
func (r *renewable) CloseIdleConnections() { r.now.Load().CloseIdleConnections() }

func (r *renewable) renew() { r.now.Swap(r.anew()).CloseIdleConnections() }

// dialer resolves with the sender's resolver and asks control about each address.
func (s *Sender) dialer(c control) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{Timeout: s.cfg.Timeout + grace, KeepAlive: 15 * time.Second, Resolver: s.resolver, Control: c}
		return d.DialContext(ctx, network, address)
	}
}
