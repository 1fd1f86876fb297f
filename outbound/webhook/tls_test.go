package webhook

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/webhook"
)

func TestCertificates(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	hour := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		cert   tls.Certificate
		reason string
	}{
		"good":           {ours.issue("127.0.0.1", hour), ""},
		"wrong CA":       {theirs.issue("127.0.0.1", hour), "certificate signed by unknown authority"},
		"expired":        {ours.issue("127.0.0.1", time.Now().Add(-time.Hour)), "the certificate has expired or is not yet valid"},
		"another host's": {ours.issue("smo.example.com", hour), "the certificate is for another host"},
	} {
		t.Run(name, func(t *testing.T) {
			var protocol atomic.Value
			server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{c.cert}}, func(_ http.ResponseWriter, r *http.Request) {
				protocol.Store(r.Proto)
			})
			s := start(t, Config{AllowLoopbackHTTP: true, RootCAs: ours.Pool})
			wantFailure(t, s.to(t.Context(), server.URL), webhook.Failure{Reason: c.reason})
			if c.reason == "" && protocol.Load() != "HTTP/2.0" {
				t.Errorf("it was sent by %v", protocol.Load())
			}
		})
	}
}

func TestClientCertificate(t *testing.T) {
	ca := newAuthority(t)
	hour := time.Now().Add(time.Hour)
	asks := &tls.Config{
		Certificates: []tls.Certificate{ca.issue("127.0.0.1", hour)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool,
	}
	server := serveTLS(t, asks, func(w http.ResponseWriter, r *http.Request) {
		if got := r.TLS.PeerCertificates[0].Subject.CommonName; got != "gateway" {
			t.Errorf("the client is %q", got)
		}
	})
	own := ca.issue("gateway", hour)
	with := start(t, Config{AllowLoopbackHTTP: true, RootCAs: ca.Pool, ClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &own, nil
	}})
	if err := with.to(t.Context(), server.URL); err != nil {
		t.Error(err)
	}
	without := start(t, Config{AllowLoopbackHTTP: true, RootCAs: ca.Pool})
	// It depends on the moment whether the alert is read before the connection ends.
	reasons := []string{
		"the receiver ended TLS: certificate required", "connection reset",
		"the receiver closed the connection at once; it may want a client certificate",
	}
	err := without.to(t.Context(), server.URL)
	if f, ok := errors.AsType[*webhook.Failure](err); !ok || !slices.Contains(reasons, f.Reason) {
		t.Errorf("without a certificate: %v", err)
	}
}

// TestTokens has a token endpoint, a receiver that wants its tokens and one that
// must not see them.
func TestTokens(t *testing.T) {
	ca := newAuthority(t)
	hour := time.Now().Add(time.Hour)
	certificates := &tls.Config{Certificates: []tls.Certificate{ca.issue("127.0.0.1", hour), ca.issue("localhost", hour)}}
	var issued atomic.Int64
	var broken, revoked atomic.Bool
	endpoint := serveTLS(t, certificates.Clone(), func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if broken.Load() || id != "gateway" || secret != "hunter2" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `{"error":"access_denied","error_description":"%s is wrong"}`, secret)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, issued.Add(1))
	})
	receiver := serveTLS(t, certificates.Clone(), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Seen", r.Header.Get("Authorization"))
		if revoked.Load() && r.Header.Get("Authorization") == "Bearer token-1" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		if (r.Header.Get("Authorization") == "") != strings.HasPrefix(r.Host, "127.0.0.1") {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	credentials := Credentials{
		Hosts: []string{"localhost"}, ClientID: "gateway", ClientSecret: "hunter2",
		TokenURL: "https://localhost:" + portOf(t, endpoint.URL) + "/token",
	}
	named := "https://localhost:" + portOf(t, receiver.URL)
	cfg := Config{AllowLoopbackHTTP: true, RootCAs: ca.Pool, Credentials: []Credentials{credentials}}
	s := start(t, cfg)
	for range 3 {
		if err := s.to(t.Context(), named); err != nil {
			t.Fatalf("with a token: %v", err)
		}
	}
	if err := s.to(t.Context(), receiver.URL); err != nil {
		t.Errorf("a host that is not listed was sent a token, or failed: %v", err)
	}
	if n := issued.Load(); n != 1 {
		t.Errorf("%d tokens were asked for, want 1", n)
	}
	revoked.Store(true)
	wantFailure(t, s.to(t.Context(), named), webhook.Failure{Status: 401, Reason: "the receiver answered 401 Unauthorized"})
	if err := s.to(t.Context(), named); err != nil {
		t.Errorf("with a new token: %v", err)
	}
	wantFailure(t, s.to(t.Context(), "http://localhost:1/"), webhook.Failure{Reason: "OAuth2 tokens are sent by https alone"})

	broken.Store(true)
	fresh := start(t, cfg)
	wantFailure(t, fresh.to(t.Context(), named), webhook.Failure{Reason: "no OAuth2 token: the token endpoint answered 403"})
	if n := fresh.breakers.open(); n != 0 {
		t.Error("the receiver is held to account for the token endpoint")
	}

	// By default the endpoint must be at an allowed address as well.
	guarded := start(t, Config{RootCAs: ca.Pool, Credentials: []Credentials{credentials}})
	wantFailure(t, guarded.to(t.Context(), named), webhook.Failure{
		Reason: "no OAuth2 token: sending to a loopback address is not allowed, unless the operator allows its network",
	})
	for _, one := range []*started{s, fresh, guarded} {
		if logs := one.logs.String(); strings.Contains(logs, "hunter2") || strings.Contains(logs, "token-") {
			t.Errorf("the logs tell a secret: %s", logs)
		}
	}
}

// TestNoSecretIsTold fails in many ways with a secret at hand.
func TestNoSecretIsTold(t *testing.T) {
	const secret = "whsec_c2VjcmV0IG9mIHRoZSBzdWJzY3JpYmVy"
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, secret, r.Header.Get("Webhook-Signature"))
	})
	s := start(t, Config{AllowLoopbackHTTP: true, Breaker: Breaker{Failures: 2}})
	for _, callback := range []string{server.URL + "/?key=hunter2", server.URL + "/?key=hunter2", server.URL + "/?key=hunter2", "https://127.0.0.1:1/?key=hunter2", "https://10.0.0.1/?key=hunter2", "https://x:hunter2@h/"} {
		err := s.Send(t.Context(), webhook.Notification{EventID: eventID, Callback: callback, Secret: o2.Secret(secret), Body: []byte("{}")})
		if err == nil {
			t.Errorf("%s: no failure", callback)
			continue
		}
		for _, part := range []string{"hunter2", "whsec", "c2VjcmV0", "secret of"} {
			if told := fmt.Sprintf("%v %+v", err, err); strings.Contains(told, part) {
				t.Errorf("%s: the error tells a secret: %s", callback, told)
			}
			if strings.Contains(s.logs.String(), part) {
				t.Errorf("%s: the logs tell a secret: %s", callback, s.logs)
			}
		}
	}
	if !strings.Contains(s.logs.String(), "keeps failing") {
		t.Error("nothing was logged: the test sees nothing")
	}
}

// TestNewAuthorities replaces what receivers and token endpoints are verified by
// while connections to them are there.
func TestNewAuthorities(t *testing.T) {
	before, after := newAuthority(t), newAuthority(t)
	hour := time.Now().Add(time.Hour)
	serveBy := func(a *authority, name string, h http.HandlerFunc) string {
		s := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{a.issue(name, hour)}}, h)
		return "https://" + name + ":" + portOf(t, s.URL)
	}
	endpoint := serveBy(after, "localhost", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
	})
	nothing := func(http.ResponseWriter, *http.Request) {}
	old, renewed, asking := serveBy(before, "127.0.0.1", nothing), serveBy(after, "127.0.0.1", nothing), serveBy(after, "localhost", nothing)
	s := start(t, Config{AllowLoopbackHTTP: true, RootCAs: before.Pool, Credentials: []Credentials{{
		Hosts: []string{"localhost"}, TokenURL: endpoint + "/token", ClientID: "gateway", ClientSecret: "hunter2",
	}}})
	const stranger = "certificate signed by unknown authority"
	if err := s.to(t.Context(), old); err != nil {
		t.Errorf("before: %v", err)
	}
	wantFailure(t, s.to(t.Context(), renewed), webhook.Failure{Reason: stranger})
	s.SetRootCAs(after.Pool)
	for _, callback := range []string{renewed, asking} {
		if err := s.to(t.Context(), callback); err != nil {
			t.Errorf("after: %s: %v", callback, err)
		}
	}
	wantFailure(t, s.to(t.Context(), old), webhook.Failure{Reason: stranger})
	if err := s.SetAllowed(Allowed{LoopbackHTTP: true}); err != nil { // which makes new transports as well
		t.Fatal(err)
	}
	if err := s.to(t.Context(), renewed); err != nil {
		t.Errorf("with another allow-list: %v", err)
	}
}
