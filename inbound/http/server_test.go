package httpserver_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
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

func TestPanicsAreContained(t *testing.T) {
	s := site(1)
	g := newGateway(t, s)
	s.fault = errors.New("nil map, password=hunter2")
	a := g.get("/o2ims/v1/resources", "X-Request-Id: req-1", "Accept-Encoding: gzip")
	g.wantStatus(a, http.StatusInternalServerError)
	if want := "the gateway failed; its log has the reason under request id req-1"; a.detail(t) != want {
		t.Errorf("detail %q", a.detail(t))
	}
	log := g.log.String()
	for _, want := range []string{`"requestId":"req-1"`, "nil map", "fake_test.go"} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %s: %s", want, log)
		}
	}
	s.fault = nil
	g.wantStatus(g.get("/o2ims/v1/resources"), http.StatusOK)
	if got := g.get("/metrics").body; !strings.Contains(got, "netweave_http_panics_total 1\n") {
		t.Error("the panic was not counted")
	}
}

func TestRequestIDs(t *testing.T) {
	g := newGateway(t, site(0))
	for sent, kept := range map[string]bool{
		"abc-1.2_Z": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false,
		"a b": false, `a"b`: false, "a\tb": false, "ä": false, "": false,
	} {
		got := g.get("/healthz", "X-Request-Id: "+sent).Header.Get("X-Request-Id")
		if (got == sent) != kept || got == "" {
			t.Errorf("%q became %q", sent, got)
		}
	}
	if g.get("/healthz").Header.Get("X-Request-Id") == g.get("/healthz").Header.Get("X-Request-Id") {
		t.Error("two requests share an id")
	}
}

func TestOperations(t *testing.T) {
	s := site(2)
	g := newGateway(t, s)
	if got := g.get("/healthz/").body; got != `{"status":"ok"}`+"\n" {
		t.Errorf("healthz %q", got)
	}
	if got := g.get("/version").body; got != `{"version":"1.2.3","go":"go1.26"}`+"\n" {
		t.Errorf("version %q", got)
	}
	if got := g.get("/readyz").body; got != `{"status":"ready","backends":[{"name":"cluster-a","type":"kubernetes","state":"running",`+
		`"synced":true,"degraded":false,"ageSeconds":0,"restarts":0,`+
		`"objects":{"DeploymentManager":1,"Resource":2,"ResourcePool":2,"ResourceType":1}}]}`+"\n" {
		t.Errorf("readyz %q", got)
	}
	s.statuses[0].Degraded, s.statuses[0].LastError, s.statuses[0].Age = true, "gone", 90*time.Second
	s.statuses[0].Since = time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("x", 3600))
	if got := g.get("/readyz").body; !strings.HasPrefix(got, `{"status":"degraded","backends":[{"name":"cluster-a"`) ||
		!strings.Contains(got, `"lastError":"gone"`) || !strings.Contains(got, `"ageSeconds":90`) ||
		!strings.Contains(got, `"since":"2026-01-02T02:04:05Z"`) {
		t.Errorf("readyz %q", got)
	}
	s.ready, s.statuses = false, []inventory.BackendStatus{{Info: backend.Info{Name: "b", State: backend.StateStarting}}}
	a := g.get("/readyz")
	g.wantStatus(a, http.StatusServiceUnavailable)
	if a.detail(t) != "waiting for the first read of: b" || a.Header.Get("Retry-After") != "1" {
		t.Errorf("readyz %s %v", a.body, a.Header)
	}
	g.wantStatus(g.do("POST", "/readyz", ""), http.StatusMethodNotAllowed)
}

func TestMetrics(t *testing.T) {
	g := newGateway(t, site(1))
	g.get("/o2ims/v1/resources")
	g.get("/o2ims/v1/resources/")
	g.get("/o2ims/v1/resources/nope")
	g.do(http.MethodHead, "/o2ims/v1/resources", "")
	g.do("BREW", "/o2ims/v1/coffee", "")
	g.get("/o2ims/v1/coffee/1")
	g.get("/o2ims/v1/coffee/2")
	metrics := g.get("/metrics").body
	for _, want := range []string{
		`netweave_http_requests_total{code="200",family="o2ims-v1",method="GET",route="/o2ims/v1/resources"} 2`,
		`netweave_http_requests_total{code="200",family="o2ims-v1",method="HEAD",route="/o2ims/v1/resources"} 1`,
		`netweave_http_requests_total{code="404",family="o2ims-v1",method="GET",route="/o2ims/v1/resources/{resourceId}"} 1`,
		`netweave_http_requests_total{code="404",family="none",method="OTHER",route="unmatched"} 1`,
		`netweave_http_requests_total{code="404",family="none",method="GET",route="unmatched"} 2`,
		`netweave_http_request_duration_seconds_count{family="o2ims-v1",method="GET",route="/o2ims/v1/resources"} 2`,
		`netweave_http_requests_in_flight 1`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(metrics, "coffee") {
		t.Error("an unknown path became a label")
	}
	size := len(g.get("/o2ims/v1/resources").body)
	if want := fmt.Sprintf("netweave_http_response_bytes_total{family=\"o2ims-v1\",method=\"GET\",route=\"/o2ims/v1/resources\"} %d\n", 3*size); !strings.Contains(g.get("/metrics").body, want) {
		t.Errorf("metrics lack %s", want)
	}
}

func TestAccessLog(t *testing.T) {
	var access lines
	g := newGateway(t, site(1), func(_ *httpserver.Config, d *httpserver.Dependencies) { d.AccessLog = &access })
	body := g.get("/o2ims/v1/resourcePools?fields=name", "X-Request-Id: one").body
	g.get("/o2ims/v1/a%2Fb", "X-Request-Id: two")
	if err := g.server.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	for line := range strings.Lines(access.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(m["time"])); err != nil {
			t.Error(err)
		}
		if d, ok := m["duration"].(float64); !ok || d < 0 || d > 10 {
			t.Errorf("duration %v", m["duration"])
		}
		delete(m, "time")
		delete(m, "duration")
		got = append(got, m)
	}
	want := []map[string]any{
		{
			"method": "GET", "path": "/o2ims/v1/resourcePools", "query": "fields=name", "route": "/o2ims/v1/resourcePools",
			"status": 200.0, "bytes": float64(len(body)), "tenant": "default", "requestId": "one", "remote": "192.0.2.1:1234",
		},
		{
			"method": "GET", "path": "/o2ims/v1/a%2Fb", "route": "unmatched", "status": 404.0, "bytes": got[1]["bytes"],
			"tenant": "default", "requestId": "two", "remote": "192.0.2.1:1234",
		},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestScopes(t *testing.T) {
	s := site(1)
	g := newGateway(t, s)
	g.get("/o2ims/v1/resources", "X-Request-Id: req-7")
	if got, want := s.callers[0], scope.New(scope.Identity{Tenant: "default", RequestID: "req-7"}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("anonymous: %+v", got)
	}
	g = newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.AllowAnonymous = false })
	for _, path := range []string{
		"/o2ims/v1/resources", "/o2ims/v1/resources?nope=1", "/o2ims/v1/nothing", "/", "//healthz", "/healthz/x",
	} {
		a := g.get(path)
		if a.StatusCode != http.StatusUnauthorized || a.Header.Get("Www-Authenticate") != `Mutual realm="netweave"` {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
	}
	g.wantStatus(g.do("POST", "/o2ims/v1/resourcePools", "{"), http.StatusUnauthorized)
	for _, path := range []string{"/healthz", "/readyz", "/version", "/metrics"} {
		g.wantStatus(g.get(path), http.StatusOK)
	}
	// A certificate that TLS did not verify is nobody's.
	r := httptest.NewRequest("GET", "/o2ims/v1/resources", nil)
	cert := &x509.Certificate{Subject: pkix.Name{CommonName: "smo-1"}}
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}
	g.wantStatus(g.send(r), http.StatusUnauthorized)
	r.TLS.VerifiedChains = [][]*x509.Certificate{{cert}}
	g.wantStatus(g.send(r), http.StatusOK)
	if got := s.callers[len(s.callers)-1]; got.User() != "smo-1" || got.Tenant() != "default" || !got.Valid() {
		t.Errorf("certified: %+v", got)
	}
	cert.Subject.CommonName = ""
	g.wantStatus(g.send(r), http.StatusUnauthorized)
}

func TestWhatIsNoHTTPIsAProblemToo(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.HeaderBytes = 4096 })
	address, _ := g.serve(t)
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"no HTTP":           {"hello\r\n\r\n", 400},
		"bad escape":        {"GET /o2ims/v1/resources/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"no host":           {"GET / HTTP/1.1\r\n\r\n", 400},
		"bad header":        {"GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n", 400},
		"long line":         {"GET /" + strings.Repeat("x", 100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
		"transfer encoding": {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: zip\r\n\r\n", 501},
		"version":           {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505},
		"long headers":      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("x", 5000) + "\r\n\r\n", 431},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close() //nolint:errcheck // the test is over
			if err := c.SetDeadline(time.Now().Add(within)); err != nil {
				t.Fatal(err)
			}
			go io.WriteString(c, tt.request) //nolint:errcheck // the server may hang up first
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
		defer res.Body.Close() //nolint:errcheck // read to its end
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
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(c, parent *x509.Certificate) (*x509.Certificate, tls.Certificate) {
		c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		if parent == nil {
			parent = c
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return parsed, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}
	}
	ca, _ := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	_, server := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "gateway"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca)
	_, client := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "smo-1"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, ca)
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return pool, server, client
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
