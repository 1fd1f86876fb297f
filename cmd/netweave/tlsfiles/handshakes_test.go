package tlsfiles

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

// series returns the metric of that name which has the label's value.
func series(t *testing.T, g prometheus.Gatherer, name, value string) *dto.Metric {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && m.GetLabel()[0].GetValue() == value {
				return m
			}
		}
	}
	return nil
}

func expiryOf(t *testing.T, g prometheus.Gatherer, file string) float64 {
	t.Helper()
	m := series(t, g, "o2ims_tls_cert_expiry_seconds", file)
	if m == nil {
		t.Fatalf("there is no expiry of %s", file)
	}
	return m.GetGauge().GetValue()
}

func TestHandshakesAreCounted(t *testing.T) {
	l := newLab(t)
	h := newHandshakes(t, l)
	url, stop := l.serve(h)
	defer stop()
	ask := func(transport *http.Transport) error {
		defer transport.CloseIdleConnections()
		_, err := get(&http.Client{Transport: transport}, url)
		return err
	}
	for range 3 {
		if err := ask(&http.Transport{TLSClientConfig: l.client(l.clients.Issue("alice.alpha")), ForceAttemptHTTP2: true}); err != nil {
			t.Error(err)
		}
	}
	if err := ask(&http.Transport{TLSClientConfig: l.client()}); err == nil {
		t.Error("a client without a certificate was let in")
	}
	if err := ask(&http.Transport{TLSClientConfig: l.client(l.servers.Issue("alice.alpha"))}); err == nil {
		t.Error("a stranger was let in")
	}
	address := url[len("https://"):]
	for _, said := range []string{"", "GET / HTTP/1.1\r\n\r\n"} { // a load balancer knocks; somebody speaks plain HTTP
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(c, said)
		if said == "" {
			err = c.Close()
		} else {
			_, readErr := io.Copy(io.Discard, c)
			err = errors.Join(err, readErr, c.Close())
		}
		if err != nil {
			t.Error(err)
		}
	}
	want := map[string]float64{reasonNoCertificate: 1, reasonUnknownCA: 1, reasonProtocol: 1, reasonExpired: 0, reasonRevoked: 0, reasonOther: 0}
	for reason, n := range want {
		waitFor(t, reason, func() bool { return testutil.ToFloat64(h.failures[reason]) == n })
	}
	for result, n := range map[string]uint64{"success": 3, "failure": 3} {
		m := series(t, l.registry, "o2ims_tls_handshake_duration_seconds", result).GetHistogram()
		if m.GetSampleCount() != n || m.GetSampleSum() <= 0 || m.GetSampleSum() > 60 {
			t.Errorf("%s: %d handshakes took %v seconds, want %d", result, m.GetSampleCount(), m.GetSampleSum(), n)
		}
	}
}

func TestExpiries(t *testing.T) {
	l := newLab(t)
	l.load()
	shown := l.servers.Issue("netweave")
	c, err := LoadClient("redis", "store.redis.tls", ClientFiles{
		CA: put(t, l.path("redis-ca"), identitytest.CertPEM(l.servers.Cert)), Cert: put(t, l.path("redis-crt"), identitytest.CertPEM(shown.Leaf)), Key: put(t, l.path("redis-key"), identitytest.KeyPEM(t, shown)),
	})
	if err != nil {
		t.Fatal(err)
	}
	trusting, err := LoadClient("callbacks", "subscriptions.callbacks", ClientFiles{CA: l.path("redis-ca")})
	if err != nil {
		t.Fatal(err)
	}
	l.watch.Follow(c)
	l.watch.Follow(trusting)
	for _, file := range []string{"server", "clientCA", "redis", "callbacks"} {
		if got := expiryOf(t, l.registry, file); got < 3500 || got > 3600 {
			t.Errorf("%s ends in %v seconds, want an hour", file, got)
		}
	}
	if series(t, l.registry, "o2ims_tls_cert_expiry_seconds", "crl") != nil {
		t.Error("there is an expiry of a list that is not configured")
	}
}
