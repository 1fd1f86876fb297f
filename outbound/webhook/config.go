package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// Config says where notifications may go and how. The zero Config sends to
// public addresses by https alone.
type Config struct {
	// AllowHTTP allows plain http to AllowNetworks, and nowhere else.
	AllowHTTP bool
	// AllowLoopbackHTTP allows loopback, by plain http as well: for development.
	AllowLoopbackHTTP bool
	// AllowNetworks may be sent to although they are not public. Loopback,
	// link-local, multicast and metadata addresses are allowed only by a network
	// that lies within theirs: 0.0.0.0/0 does not open 169.254.169.254.
	AllowNetworks []netip.Prefix

	// RootCAs verify receivers; nil is the system's.
	RootCAs *x509.CertPool
	// ClientCertificate is what a receiver that asks for one is shown; nil is none.
	ClientCertificate func(*tls.CertificateRequestInfo) (*tls.Certificate, error)
	// Credentials are those of receivers that want OAuth2 bearer tokens.
	Credentials []Credentials

	// Timeout bounds one attempt, from the name's resolution to the answer's head;
	// 10 s if 0.
	Timeout time.Duration
	// MaxConnsPerHost bounds the connections to one host and port; 256 if 0.
	MaxConnsPerHost int
	// Breaker says when a host is left alone.
	Breaker Breaker
	// UserAgent is sent; "netweave" if "".
	UserAgent string
}

// Credentials fetch OAuth2 tokens by client credentials (RFC 6749, 4.4).
type Credentials struct {
	// Hosts are sent these tokens, by https alone: "smo.example.com", or
	// "*.example.com" for every name below. No other host ever sees one.
	Hosts []string
	// TokenURL is https.
	TokenURL     string
	ClientID     string
	ClientSecret o2.Secret
	Scopes       []string
	// AnyNetwork lets TokenURL be at an address that callbacks may not have.
	AnyNetwork bool
}

// Breaker says when a host is left alone for a while. There is one breaker a
// tenant, host and port.
type Breaker struct {
	// Failures in a row open it; 5 if 0. Answers below 500 are no failures.
	Failures int
	// Open is how long nothing is sent before one attempt is let through; 5 s if 0.
	Open time.Duration
	// MaxHosts bounds how many breakers are remembered; 4096 if 0.
	MaxHosts int
}

func (c Config) withDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.MaxConnsPerHost == 0 {
		c.MaxConnsPerHost = 256
	}
	if c.Breaker.Failures == 0 {
		c.Breaker.Failures = 5
	}
	if c.Breaker.Open == 0 {
		c.Breaker.Open = 5 * time.Second
	}
	if c.Breaker.MaxHosts == 0 {
		c.Breaker.MaxHosts = 4096
	}
	if c.UserAgent == "" {
		c.UserAgent = "netweave"
	}
	return c
}

func (c Config) validate() error {
	if c.Timeout < 0 || c.MaxConnsPerHost < 0 || c.Breaker.Failures < 0 || c.Breaker.Open < 0 || c.Breaker.MaxHosts < 0 {
		return errors.New("webhook: durations and bounds must not be negative")
	}
	if err := (Allowed{HTTP: c.AllowHTTP, Networks: c.AllowNetworks}).validate(); err != nil {
		return err
	}
	for _, cr := range c.Credentials {
		if err := cr.validate(); err != nil {
			return fmt.Errorf("webhook: %w", err)
		}
	}
	return nil
}

func (a Allowed) validate() error {
	if a.HTTP && len(a.Networks) == 0 {
		return errors.New("webhook: plain http is allowed, and to no network: name the networks it may go to")
	}
	for _, p := range a.Networks {
		if !p.IsValid() {
			return errors.New("webhook: a network to allow is not a valid prefix, such as 10.0.0.0/8")
		}
	}
	return nil
}

func (c Credentials) validate() error {
	u, err := url.Parse(c.TokenURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("an OAuth2 token URL must be an https URL without user name and password")
	}
	if c.ClientID == "" || c.ClientSecret == "" {
		return fmt.Errorf("the OAuth2 client of %s needs an id and a secret", u.Host)
	}
	if len(c.Hosts) == 0 {
		return fmt.Errorf("the OAuth2 client of %s needs the callback hosts that are sent its tokens", u.Host)
	}
	for _, h := range c.Hosts {
		if name := strings.TrimPrefix(h, "*."); name == "" || strings.ContainsAny(name, "*/: ") {
			return fmt.Errorf("%q is no host name for an OAuth2 client; right are \"smo.example.com\" and \"*.example.com\"", h)
		}
	}
	return nil
}
