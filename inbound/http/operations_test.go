package httpserver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

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
	first, second := g.get("/healthz").Header.Get("X-Request-Id"), g.get("/healthz").Header.Get("X-Request-Id")
	if first == second {
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
	g.get(inventory2 + "/")
	g.get("/o2ims-infrastructureInventory/api_versions")
	metrics := g.get("/metrics").body
	for _, want := range []string{
		`netweave_http_requests_total{code="200",family="o2ims-v1",method="GET",route="/o2ims/v1/resources"} 2`,
		`netweave_http_requests_total{code="200",family="o2ims-v1",method="HEAD",route="/o2ims/v1/resources"} 1`,
		`netweave_http_requests_total{code="404",family="o2ims-v1",method="GET",route="/o2ims/v1/resources/{resourceId}"} 1`,
		`netweave_http_requests_total{code="404",family="none",method="OTHER",route="unmatched"} 1`,
		`netweave_http_requests_total{code="404",family="none",method="GET",route="unmatched"} 2`,
		`netweave_http_requests_total{code="200",family="o-ran-inventory-v2",method="GET",route="/o2ims-infrastructureInventory/v2"} 1`,
		`netweave_http_requests_total{code="200",family="o-ran-inventory-v1",method="GET",route="/o2ims-infrastructureInventory/api_versions"} 1`,
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
	for _, path := range []string{"/healthz", "/readyz"} {
		g.wantStatus(g.get(path), http.StatusOK)
	}
	for _, path := range []string{"/version", "/metrics"} {
		g.wantStatus(g.get(path), http.StatusUnauthorized)
		g.wantStatus(g.getAs("smo-1", path), http.StatusOK)
	}
	// A certificate that TLS did not verify is nobody's.
	r := httptest.NewRequest(http.MethodGet, "http://localhost/o2ims/v1/resources", nil)
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
