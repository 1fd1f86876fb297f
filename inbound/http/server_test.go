package httpserver_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/identity/identitytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within is how long a test waits for what must happen.
const within = 10 * time.Second

// serve runs the gateway on a real connection and returns its address.
func (g *gateway) serve(t *testing.T) (address string, served <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- g.server.Serve(l) }()
	return l.Addr().String(), done
}

// dial connects to a server for as long as the test waits for anything.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatIsNoHTTPIsAProblemToo(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.HeaderBytes = 4096 })
	address, _ := g.serve(t)
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"no HTTP":           {"hello\r\n\r\n", 400},
		"bad escape":        {"GET /o2ims/v1/resources/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
		"no host":           {"GET / HTTP/1.1\r\n\r\n", 400},
		"bad header":        {"GET / HTTP/1.1\r\nHost: localhost\r\nA B: c\r\n\r\n", 400},
		"long line":         {"GET /" + strings.Repeat("x", 100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431},
		"transfer encoding": {"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: zip\r\n\r\n", 501},
		"expectation":       {"POST /o2ims/v1/resourcePools HTTP/1.1\r\nHost: localhost\r\nExpect: more\r\nContent-Length: 2\r\n\r\n{}", 417},
		"options of all":    {"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
		"version":           {"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 505},
		"long headers":      {"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + strings.Repeat("x", 5000) + "\r\n\r\n", 431},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.SetDeadline(time.Now().Add(within)); err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = io.WriteString(c, tt.request) }() // the server may hang up first
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
			var p struct {
				Status int
				Title  string
				Detail string
			}
			if err := json.Unmarshal(body, &p); err != nil {
				t.Fatalf("%v in %q", err, body)
			}
			if res.Header.Get("X-Frame-Options") != "DENY" || res.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("security headers are missing: %v", res.Header)
			}
			if res.StatusCode != tt.status || p.Status != tt.status || p.Title == "" || p.Detail == "" ||
				res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
			}
		})
	}
}

func TestDrainLosesNoRequest(t *testing.T) {
	s := site(0)
	entered, release := make(chan struct{}), make(chan struct{})
	s.entered = func(context.Context) { close(entered); <-release }
	g := newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.DrainDelay = 50 * time.Millisecond })
	address, served := g.serve(t)
	client := &http.Client{Timeout: within}
	defer client.CloseIdleConnections()

	slow := make(chan string, 1)
	go func() {
		res, err := client.Post("http://"+address+"/o2ims/v1/resourcePools", "application/json", strings.NewReader(`{"name":"x"}`))
		if err != nil {
			slow <- err.Error()
			return
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		slow <- fmt.Sprint(res.StatusCode, err)
	}()
	<-entered
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		done <- g.server.Shutdown(ctx)
	}()
	// It says so at once, and closes each connection with its answer.
	waitFor(t, func() bool { return g.get("/readyz").StatusCode == http.StatusServiceUnavailable })
	a := g.get("/readyz")
	if a.detail(t) != "the gateway is draining and will stop" || a.Header.Get("Connection") != "close" {
		t.Errorf("%s %v", a.body, a.Header)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("still accepting")
	}
	close(release)
	if got := <-slow; got != "201 <nil>" {
		t.Errorf("the request in flight: %s", got)
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

func TestDrainEndsWithItsContext(t *testing.T) {
	s := site(0)
	entered := make(chan struct{})
	s.entered = func(ctx context.Context) { close(entered); <-ctx.Done() }
	g := newGateway(t, s)
	address, _ := g.serve(t)
	gone := make(chan error, 1)
	go func() {
		res, err := http.Post("http://"+address+"/o2ims/v1/resourcePools", "application/json", strings.NewReader(`{"name":"x"}`))
		if err == nil {
			err = errors.Join(errors.New("answered"), res.Body.Close())
		}
		gone <- err
	}()
	<-entered
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := g.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-gone; err == nil || err.Error() == "answered" {
		t.Errorf("the request that was cut: %v", err)
	}
}

func TestTLSAndHTTP2(t *testing.T) {
	authority, serverCert, clientCert := certificates(t)
	s := site(40)
	g := newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.AllowAnonymous = false
		c.HeaderBytes = 8192
		c.TLS = &tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{serverCert},
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority,
		}
	})
	address, _ := g.serve(t)
	for _, http2 := range []bool{false, true} {
		transport := &http.Transport{
			ForceAttemptHTTP2: http2, DisableCompression: true,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: authority, Certificates: []tls.Certificate{clientCert}},
		}
		client := &http.Client{Transport: transport, Timeout: within}
		ask := func(headers http.Header) *http.Response {
			r, err := http.NewRequest(http.MethodGet, "https://"+address+"/o2ims/v1/resources", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = headers
			res, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || int64(len(body)) != res.ContentLength {
				t.Errorf("%v: %d of %d bytes", err, len(body), res.ContentLength)
			}
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
			return res
		}
		res := ask(http.Header{})
		if res.StatusCode != http.StatusOK || res.ProtoMajor != map[bool]int{false: 1, true: 2}[http2] {
			t.Errorf("%s %s", res.Status, res.Proto)
		}
		if got := res.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
			t.Errorf("Strict-Transport-Security %q", got)
		}
		if got := s.callers[len(s.callers)-1]; got.User() != "smo-1" {
			t.Errorf("caller %+v", got)
		}
		res = ask(http.Header{"X-Filler": {strings.Repeat("x", 9000)}})
		if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %v", res.Status, res.Header)
		}
		transport.CloseIdleConnections()
	}
	waitFor(t, func() bool { return !regexp.MustCompile(`http: (panic|superfluous)`).MatchString(g.log.String()) })
}

// certificates makes an authority, and a server's and a client's certificate.
func certificates(t *testing.T) (*x509.CertPool, tls.Certificate, tls.Certificate) {
	t.Helper()
	a := identitytest.NewAuthority(t, "authority")
	return a.Pool, a.Issue("gateway"), a.Issue("smo-1")
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("it did not happen in time")
		}
	}
}

func TestSlowBodyEndsWithTheReadTimeout(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ReadTimeout = 50 * time.Millisecond })
	address, _ := g.serve(t)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	const request = "POST /o2ims/v1/resourcePools HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(body), `"detail":"the body did not arrive in time"`) {
		t.Errorf("%s %s", res.Status, body)
	}
}
