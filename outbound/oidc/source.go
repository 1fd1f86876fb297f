package oidc

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	// maxAnswer bounds what is read of an answer of the provider's, in bytes, and
	// maxKeys how many of its keys.
	maxAnswer = 1 << 20
	maxKeys   = 100
)

// source is where the provider's keys are read.
type source struct {
	issuer  string
	jwksURL string // "" asks for it each time: it may move
	client  *http.Client
	calls   *bounded // the client's
}

func newSource(c Config) *source {
	calls := &bounded{}
	calls.next.Store(transport(c.RootCAs))
	return &source{issuer: c.Issuer, jwksURL: c.JWKSURL, calls: calls, client: &http.Client{
		Transport: calls,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("the identity provider redirects: configure the URL that it leads to")
		},
	}}
}

func transport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ForceAttemptHTTP2:     true,
		ResponseHeaderTimeout: readTimeout, TLSHandshakeTimeout: readTimeout,
		DialContext:     (&net.Dialer{Timeout: readTimeout}).DialContext,
		IdleConnTimeout: time.Minute, MaxIdleConns: 2,
	}
}

// read returns the provider's public keys for signatures, never nil.
func (s *source) read(ctx context.Context) ([]jose.JSONWebKey, error) {
	from, err := s.where(ctx)
	if err != nil {
		return nil, err
	}
	body, err := s.get(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("read the keys at %s: %w", shown(from), err)
	}
	keys, err := parseKeys(body)
	if err != nil {
		return nil, fmt.Errorf("read the keys at %s: %w", shown(from), err)
	}
	return keys, nil
}

// where returns the URL of the keys, by the discovery document if need be.
func (s *source) where(ctx context.Context) (string, error) {
	if s.jwksURL != "" {
		return s.jwksURL, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), s.issuer)
	if err != nil {
		return "", fmt.Errorf("read the discovery document of %s: %w", s.issuer, err)
	}
	var document struct {
		JWKSURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return "", fmt.Errorf("read the discovery document of %s: %w", s.issuer, err)
	}
	if err := CheckURL(document.JWKSURL); err != nil {
		return "", fmt.Errorf("the jwks_uri of %s %w", s.issuer, err)
	}
	return document.JWKSURL, nil
}

func (s *source) get(ctx context.Context, from string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %d", resp.StatusCode)
	}
	return io.ReadAll(resp.Body)
}

// parseKeys returns the keys in a JWK set that can have made signatures. Those of
// kinds that are not understood are left out, as RFC 7517 asks for.
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("they are no JWK set")
	}
	keys := []jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil {
			continue
		}
		key = key.Public() // not valid for symmetric keys
		if !key.Valid() || key.Use != "" && key.Use != "sig" {
			continue
		}
		if weak, ok := key.Key.(*rsa.PublicKey); ok && weak.N.BitLen() < leastRSA {
			continue
		}
		if keys = append(keys, key); len(keys) == maxKeys {
			break
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("none of them is for signatures")
	}
	return keys, nil
}

// bounded cuts answers off that are too long.
type bounded struct {
	next atomic.Pointer[http.Transport]
}

// trust has connections from now on verified by other authorities.
func (b *bounded) trust(roots *x509.CertPool) {
	b.next.Swap(transport(roots)).CloseIdleConnections()
}

// RoundTrip is http.RoundTripper's.
func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.Load().RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	return resp, nil
}

// CloseIdleConnections is for http.Client.
func (b *bounded) CloseIdleConnections() { b.next.Load().CloseIdleConnections() }

// CheckURL refuses URLs of which anyone on the way could change the answer.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("must be a URL such as https://sso.example.com/realms/o2")
	}
	if u.Scheme == "https" {
		return nil
	}
	if addr, err := netip.ParseAddr(u.Hostname()); u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && addr.Unmap().IsLoopback()) {
		return nil
	}
	return errors.New("must be https: only on loopback is plain http enough")
}

// shown is a URL without what is nobody's business, for errors.
func shown(text string) string {
	before, _, _ := strings.Cut(text, "?")
	return before
}
