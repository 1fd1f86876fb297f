package tlsfiles

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

func TestNewFilesAreUsedOnceReadTwiceAlike(t *testing.T) {
	l := newLab(t)
	s := l.load()
	first := s.Leaf()
	next := l.servers.Issue("gateway-2")

	put(t, l.files.Cert, identitytest.CertPEM(next.Leaf)) // the pair does not fit until its key is there
	l.looks(1)
	put(t, l.files.Key, identitytest.KeyPEM(t, next))
	l.looks(1)
	if got, n := l.errors(""); got != 0 || l.failed() != 0 || !s.Leaf().Equal(first) {
		t.Errorf("while the pair is being written: %d errors of %d lines, failed %v, shows %s", got, n, l.failed(), s.Leaf().Subject)
	}
	l.looks(1)
	if !s.Leaf().Equal(next.Leaf) || l.failed() != 0 {
		t.Errorf("afterwards %s is shown", s.Leaf().Subject)
	}
	if got := l.verdict(l.clients.Issue("alice.alpha")); got != "" {
		t.Errorf("with the new pair: %s", got)
	}
}

func TestFilesThatCannotBeUsedChangeNothing(t *testing.T) {
	l := newLab(t)
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.Revoke(inAnHour()))
	s := l.load()
	first := s.Leaf()
	next := l.servers.Issue("gateway-2")

	put(t, l.files.Cert, identitytest.CertPEM(next.Leaf))
	l.looks(5)
	const reason = "certFile and keyFile cannot be used: tls: private key does not match public key"
	if errs, found := l.errors(`key=server.tls reason="` + reason + `"`); errs != 1 || found != 1 || l.failed() != 1 || !s.Leaf().Equal(first) {
		t.Errorf("half a pair: %d errors, failed %v, shows %s, log:\n%s", errs, l.failed(), s.Leaf().Subject, l.log.String())
	}
	if got := l.verdict(l.clients.Issue("alice.alpha")); got != "" {
		t.Errorf("with half a pair: %s", got)
	}
	// A list that comes at the same time waits too: files are used together.
	put(t, l.files.Key, identitytest.KeyPEM(t, next))
	put(t, l.files.CRL, []byte("rubbish"))
	l.looks(3)
	if errs, found := l.errors("key=server.tls.crlFile"); errs != 2 || found != 1 || l.failed() != 1 || !s.Leaf().Equal(first) {
		t.Errorf("a bad list: %d errors, failed %v, log:\n%s", errs, l.failed(), l.log.String())
	}
	put(t, l.files.CRL, l.clients.Revoke(inAnHour()))
	l.looks(2)
	if l.failed() != 0 || !s.Leaf().Equal(next.Leaf) {
		t.Errorf("mended: failed %v, shows %s", l.failed(), s.Leaf().Subject)
	}
	if err := os.Remove(l.files.ClientCA); err != nil {
		t.Fatal(err)
	}
	l.looks(2)
	if l.failed() != 1 || l.verdict(l.clients.Issue("alice.alpha")) != "" || l.verdict(l.servers.Issue("alice.alpha")) == "" {
		t.Error("without the authorities' file, the ones before are not in use")
	}
	if strings.Contains(l.log.String(), "PRIVATE") {
		t.Error("the log shows what is in a file")
	}
}

func TestFilesMayBeLinksThatAreSwapped(t *testing.T) {
	l := newLab(t)
	volume := t.TempDir()
	fill := func(version string, c tls.Certificate) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(volume, version), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(volume, version, "tls.crt"), identitytest.CertPEM(c.Leaf))
		put(t, filepath.Join(volume, version, "tls.key"), identitytest.KeyPEM(t, c))
	}
	link := func(target, name string) {
		t.Helper()
		if err := errors.Join(os.Symlink(target, filepath.Join(volume, "tmp")), os.Rename(filepath.Join(volume, "tmp"), filepath.Join(volume, name))); err != nil {
			t.Fatal(err)
		}
	}
	second := l.servers.Issue("second")
	fill("v1", l.servers.Issue("first"))
	fill("v2", second)
	link("v1", "..data")
	for _, name := range []string{"tls.crt", "tls.key"} {
		link(filepath.Join("..data", name), name)
	}
	l.files.Cert, l.files.Key = filepath.Join(volume, "tls.crt"), filepath.Join(volume, "tls.key")
	s := l.load()
	link("v2", "..data")
	if err := os.RemoveAll(filepath.Join(volume, "v1")); err != nil {
		t.Fatal(err)
	}
	l.looks(2)
	if !s.Leaf().Equal(second.Leaf) || l.failed() != 0 {
		t.Errorf("shows %s, failed %v", s.Leaf().Subject, l.failed())
	}
}

func TestAuthoritiesAreReplaced(t *testing.T) {
	l := newLab(t)
	l.load()
	others := identitytest.NewAuthority(t, "others")
	known, other := l.clients.Issue("alice.alpha"), others.Issue("bob.beta")
	put(t, l.files.ClientCA, identitytest.CertPEM(l.clients.Cert, others.Cert))
	l.looks(2)
	if a, b := l.verdict(known), l.verdict(other); a != "" || b != "" {
		t.Errorf("with both: %q, %q", a, b)
	}
	put(t, l.files.ClientCA, identitytest.CertPEM(others.Cert))
	l.looks(2)
	if a, b := l.verdict(known), l.verdict(other); a == "" || b != "" {
		t.Errorf("with the new one alone: %q, %q", a, b)
	}
	want := x509.NewCertPool()
	want.AddCert(others.Cert)
	if got := l.server.Authorities(); !got.Equal(want) {
		t.Error("the authorities are others than the new one alone")
	}
}

// serve is a real server with the lab's files, whose Watch runs.
func (l *lab) serve(h *Handshakes) (url string, stop func()) {
	l.t.Helper()
	s := l.load()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.t.Fatal(err)
	}
	server := &http.Server{
		TLSConfig: s.Config(), ConnState: h.ConnState, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.TLS.VerifiedChains[0][0].Subject.CommonName)
		}),
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = server.ServeTLS(h.Listener(listener), "", "") })
	running.Go(func() { _ = l.watch.Run(ctx) })
	return "https://" + listener.Addr().String(), func() {
		cancel()
		server.Close()
		running.Wait()
	}
}

func newHandshakes(t *testing.T, l *lab) *Handshakes {
	t.Helper()
	h, err := NewHandshakes(l.registry)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(client *http.Client, url string) (string, error) {
	res, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// 200 clients ask without a pause, half of them by a new connection each time,
// while certificate, authorities and lists are replaced. None of them fails.
func TestNoRequestFailsWhileFilesAreReplaced(t *testing.T) {
	l := newLab(t)
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.Revoke(inAnHour()))
	shown := l.clients.Issue("alice.alpha")
	url, stop := l.serve(newHandshakes(t, l))
	defer stop()

	var asking sync.WaitGroup
	var asked atomic.Int64
	done := make(chan struct{})
	for i := range 200 {
		asking.Go(func() {
			transport := &http.Transport{TLSClientConfig: l.client(shown), DisableKeepAlives: i%2 == 0}
			defer transport.CloseIdleConnections()
			for {
				select {
				case <-done:
					return
				default:
				}
				if body, err := get(&http.Client{Transport: transport}, url); err != nil || body != "alice.alpha" {
					t.Errorf("got %q, %v", body, err)
					return
				}
				asked.Add(1)
			}
		})
	}
	others := identitytest.NewAuthority(t, "others")
	for range 3 {
		next := l.servers.Issue("gateway")
		l.present(next)
		put(t, l.files.ClientCA, identitytest.CertPEM(l.clients.Cert, others.Cert))
		put(t, l.files.CRL, crlPEM(l.clients.Revoke(inAnHour(), l.clients.Issue("mallory.alpha"))))
		waitFor(t, "the next certificate", func() bool { return l.server.Leaf().Equal(next.Leaf) })
	}
	close(done)
	asking.Wait()
	if asked.Load() < 200 {
		t.Errorf("only %d requests were made", asked.Load())
	}
}

// waitFor looks every millisecond, half a minute at the most.
func waitFor(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// Whoever is connected when its certificate is revoked may end what it has begun;
// its next handshake is refused.
func TestRevokedWhileConnected(t *testing.T) {
	l := newLab(t)
	shown := l.clients.Issue("mallory.alpha")
	l.files.CRL = put(t, l.path("crl.pem"), l.clients.Revoke(inAnHour()))
	h := newHandshakes(t, l)
	url, stop := l.serve(h)
	defer stop()
	keep := &http.Transport{TLSClientConfig: l.client(shown)}
	defer keep.CloseIdleConnections()
	if body, err := get(&http.Client{Transport: keep}, url); err != nil || body != "mallory.alpha" {
		t.Fatalf("before: %q, %v", body, err)
	}
	put(t, l.files.CRL, l.clients.Revoke(inAnHour(), shown))
	waitFor(t, "the list", func() bool {
		return l.server.CheckRevoked([][]*x509.Certificate{{shown.Leaf, l.clients.Cert}}) != nil
	})
	if body, err := get(&http.Client{Transport: keep}, url); err != nil || body != "mallory.alpha" {
		t.Errorf("on the connection that is there: %q, %v", body, err)
	}
	fresh := &http.Transport{TLSClientConfig: l.client(shown)}
	defer fresh.CloseIdleConnections()
	if body, err := get(&http.Client{Transport: fresh}, url); err == nil {
		t.Errorf("on a new connection: %q", body)
	}
	waitFor(t, "the failure to be counted", func() bool { return testutil.ToFloat64(h.failures[reasonRevoked]) >= 1 })
}
