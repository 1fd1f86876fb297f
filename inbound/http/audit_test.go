package httpserver_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

func TestWhatIsRecorded(t *testing.T) {
	w := newWalked(t, true)
	w.subs.put(&o2.Subscription{ID: subscriptionID(0), Callback: "https://smo.example.com/"})
	w.dead.of = subscriptionID(0)
	created := string(o2.DeriveID("fake", "x"))
	for _, tt := range []struct {
		name, method, path, body string
		want                     auditlog.Entry
	}{
		{"a create, by its Location", "POST", "/o2ims/v1/resourcePools", `{"name":"x"}`, auditlog.Entry{
			Action: "create", Resource: "ResourcePool", ResourceID: created, Result: auditlog.Success, Status: 201,
		}},
		{"a create that is wrong", "POST", "/o2ims/v1/resourcePools?x=1", `{"name":"x"}`, auditlog.Entry{
			Action: "create", Resource: "ResourcePool", Result: auditlog.Failed, Status: 400, Path: "/o2ims/v1/resourcePools",
		}},
		{"an update", "PUT", "/o2ims/v1/resourcePools/" + string(poolA), `{"name":"y"}`, auditlog.Entry{
			Action: "update", Resource: "ResourcePool", ResourceID: string(poolA), Result: auditlog.Success, Status: 200,
		}},
		{"a delete", "DELETE", "/o2ims/v1/resourcePools/" + string(poolB), "", auditlog.Entry{
			Action: "delete", Resource: "ResourcePool", ResourceID: string(poolB), Result: auditlog.Success, Status: 204,
		}},
		{"a delete of nothing", "DELETE", "/o2ims/v1/resourcePools/no%20such/", "", auditlog.Entry{
			Action: "delete", Resource: "ResourcePool", ResourceID: "no such", Result: auditlog.Failed, Status: 404,
		}},
		{"an admin's read", "GET", "/admin/v1/subscriptions/" + string(subscriptionID(0)) + "/deadLetters?limit=1", "", auditlog.Entry{
			Action: "read", Resource: "Subscription", ResourceID: string(subscriptionID(0)), Result: auditlog.Success, Status: 200,
			Path: "/admin/v1/subscriptions/" + string(subscriptionID(0)) + "/deadLetters",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want.Path == "" {
				tt.want.Path = tt.path
			}
			r := httptest.NewRequest(tt.method, "http://localhost"+tt.path, strings.NewReader(tt.body))
			r.Header.Set("X-Request-Id", "req-7")
			r.RemoteAddr = "[::ffff:192.0.2.7]:4711"
			if tt.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			w.ledger.taken()
			before := time.Now()
			w.send(r)
			entries := w.ledger.taken()
			if len(entries) != 1 || entries[0].At.Before(before) || time.Now().Before(entries[0].At) {
				t.Fatalf("%+v", entries)
			}
			tt.want.At, tt.want.Tenant, tt.want.Method = entries[0].At, "default", tt.method
			tt.want.Address, tt.want.RequestID = netip.MustParseAddr("192.0.2.7").String(), "req-7"
			if entries[0] != tt.want {
				t.Errorf("got  %+v\nwant %+v", entries[0], tt.want)
			}
		})
	}
}

func TestReadsAreRecordedWhereThatIsAsked(t *testing.T) {
	for _, all := range []bool{false, true} {
		w := newWalked(t, true, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.AuditReads = all })
		w.get("/o2ims/v1/resources", "Accept-Encoding: gzip")
		w.get("/o2ims/v1/nothing")
		w.get("/healthz")
		if got := len(w.ledger.taken()); got != map[bool]int{false: 0, true: 1}[all] {
			t.Errorf("all=%v: %d entries", all, got)
		}
	}
}

// The core knows how far a permission reaches: its refusal of a read is one too.
func TestRefusalByTheCoreIsRecorded(t *testing.T) {
	w := newWalked(t, true)
	w.stock.err = fmt.Errorf("listing: %w", authz.ErrDenied)
	w.wantStatus(w.get("/o2ims/v1/resources", "Accept-Encoding: gzip"), http.StatusForbidden)
	if got := w.ledger.taken(); len(got) != 1 || got[0].Result != auditlog.Denied || got[0].Status != 403 || got[0].Action != "list" {
		t.Errorf("%+v", got)
	}
}

func TestPanicsAreRecorded(t *testing.T) {
	w := newWalked(t, true)
	w.stock.fault = errors.New("boom")
	w.wantStatus(w.do(http.MethodPost, "/o2ims/v1/resourcePools", `{"name":"x"}`), http.StatusInternalServerError)
	if got := w.ledger.taken(); len(got) != 1 || got[0].Result != auditlog.Failed || got[0].Status != 500 {
		t.Errorf("%+v", got)
	}
}

// A secret that is anywhere in a request is in no entry, whatever the answer.
func TestNoSecretIsRecorded(t *testing.T) {
	const secret = "hunter2-5ecret"
	w := newWalked(t, true, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.AuditReads = true })
	for _, deny := range []bool{false, true} {
		w.court.deny = deny
		for _, err := range []error{nil, errors.New("dial: " + secret), inventory.ErrNotFound} {
			w.stock.err = err
			for _, request := range []struct{ method, path, body string }{
				{"GET", "/o2ims/v1/resources?filter=(eq,name," + secret + ")", ""},
				{"POST", "/o2ims/v1/resourcePools?token=" + secret, `{"name":"` + secret + `"}`},
				{"POST", "/o2ims/v1/resourcePools", `{"name":"x","extensions":{"password":"` + secret + `"}}`},
				{"POST", "/o2ims/v1/subscriptions", `{"callback":"https://u:` + secret + `@smo.example.com/","secret":"` + secret + `"}`},
				{"POST", "/o2ims/v1/subscriptions", secret},
				{"PUT", "/o2ims/v1/subscriptions/" + string(subscriptionID(0)), `{"callback":"https://smo.example.com/?t=` + secret + `"}`},
				{"DELETE", "/admin/v1/subscriptions/" + string(subscriptionID(0)) + "/deadLetters?position=" + secret, ""},
			} {
				r := httptest.NewRequest(request.method, "http://localhost"+request.path, strings.NewReader(request.body))
				r.Header.Set("Content-Type", "application/json")
				for _, name := range []string{"Authorization", "Cookie", "Idempotency-Key", "X-Api-Key", "X-Forwarded-For", "User-Agent", "Referer"} {
					r.Header.Set(name, "Bearer "+secret)
				}
				r.Header.Set("X-Request-Id", "Bearer "+secret)
				w.server.Handler().ServeHTTP(httptest.NewRecorder(), r)
			}
		}
	}
	entries := w.ledger.taken()
	if len(entries) != 42 {
		t.Errorf("%d entries", len(entries))
	}
	for _, e := range entries {
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, secret) {
			t.Errorf("a secret is recorded: %s", text)
		}
	}
}

// Who is refused again and again fills neither the log nor the audit log.
func TestNobodyFillsTheAuditLog(t *testing.T) {
	start := time.Now()
	within := func() int { return 2 + int(time.Since(start).Seconds()) }
	w := newWalked(t, true, func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.RateLimits.Tenant.Read = ratelimit.Rate{PerSecond: 1, Burst: 5}
	})
	for range 200 {
		w.get("/o2ims/v1/resources")
	}
	limited := w.ledger.taken()
	if len(limited) < 1 || len(limited) > within() || limited[0].Status != 429 || limited[0].Result != auditlog.Failed {
		t.Errorf("%d entries of one who asks too often: %+v", len(limited), limited[0])
	}
	w.court.deny = true
	for range 200 {
		w.wantStatus(w.get("/o2ims/v1/resources"), http.StatusForbidden)
	}
	if got := len(w.ledger.taken()); got > 2*within() {
		t.Errorf("%d entries of one who is denied and asks too often", got)
	}

	strict := newWalked(t, false)
	for range 200 {
		strict.wantStatus(strict.get("/o2ims/v1/resources"), http.StatusUnauthorized)
	}
	if got := strict.ledger.taken(); len(got) > 0 {
		t.Errorf("strangers are recorded: %+v", got)
	}
	if got := strings.Count(strict.log.String(), "without an accepted identity"); got < 1 || got > within() {
		t.Errorf("%d lines about strangers", got)
	}
	if !strings.Contains(strict.getAs("prometheus", "/metrics").body, "netweave_http_unauthenticated_total 200\n") {
		t.Error("strangers are not counted")
	}
}

func TestRateLimitsAnswer(t *testing.T) {
	w := newWalked(t, true, func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.RateLimits.Tenant = ratelimit.PerClass{
			Read: ratelimit.Rate{PerSecond: 1, Burst: 2}, Write: ratelimit.Rate{PerSecond: 1, Burst: 1}, Admin: ratelimit.Rate{PerSecond: 1, Burst: 1},
		}
	})
	dead := "/admin/v1/subscriptions/" + absent + "/deadLetters"
	var got []string
	for _, ask := range []string{
		"GET /o2ims/v1/resources", "GET /o2ims/v1/resourcePools", "GET /o2ims/v1/resources", "HEAD /o2ims/v1/resources",
		"DELETE /o2ims/v1/resources/x", "DELETE /o2ims/v1/resources/x", "GET " + dead, "DELETE " + dead,
	} {
		method, path, _ := strings.Cut(ask, " ")
		a := w.do(method, path, "")
		got = append(got, fmt.Sprint(a.StatusCode, a.Header["Ratelimit-Limit"], a.Header["Ratelimit-Remaining"], a.Header["Retry-After"]))
	}
	want := []string{
		"200 [2] [1] []", "200 [2] [0] []", "429 [2] [0] [1]", "429 [2] [0] [1]", "404 [1] [0] []", "429 [1] [0] [1]",
		"404 [1] [0] []", "429 [1] [0] [1]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	w.server.SetRateLimits(ratelimit.Rates{})
	if a := w.get("/o2ims/v1/resources"); a.StatusCode != http.StatusOK || a.Header.Get("RateLimit-Limit") != "" {
		t.Errorf("without limits: %d %v", a.StatusCode, a.Header)
	}
	// 401 comes before 429, and 403 does.
	w.server.SetRateLimits(ratelimit.Rates{Tenant: ratelimit.PerClass{Read: ratelimit.Rate{PerSecond: 1, Burst: 1}}})
	w.get("/o2ims/v1/resources")
	w.court.deny = true
	w.wantStatus(w.get("/o2ims/v1/resources"), http.StatusForbidden)
	if got := w.get("/metrics").body; !strings.Contains(got, `netweave_ratelimit_total{class="write",result="tenant_limited"} 1`) {
		t.Error("decisions are not counted")
	}
}

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY",
		"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "",
	}
	g := newGateway(t, site(1))
	for _, path := range []string{"/o2ims/v1/resources", "/healthz", "/metrics", "/nothing", "/o2ims/v1/resources?x=1"} {
		a := g.get(path)
		for name, value := range want {
			if got := a.Header.Get(name); got != value {
				t.Errorf("%s: %s %q", path, name, got)
			}
		}
		if a.StatusCode >= 400 && a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: an error that may be kept: %v", path, a.Header)
		}
	}
}

// Whoever takes nothing but JSON is a program: what is for pages in browsers is
// left out, and for nobody else.
func TestSecurityHeadersAreForBrowsers(t *testing.T) {
	g := newGateway(t, site(1))
	for accept, told := range map[string]bool{
		"application/json": false, "*/*": true, "application/json, */*": true, "text/html": true, "application/json;q=0.5": true,
	} {
		for _, path := range []string{"/o2ims/v1/resources", "/nothing"} {
			a := g.get(path, "Accept: "+accept)
			for _, name := range []string{"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy"} {
				if got := a.Header.Get(name) != ""; got != told {
					t.Errorf("%s, Accept %s: %s is there: %v", path, accept, name, got)
				}
			}
			// Out of a cache nobody gets them without asking again.
			if kept := a.Header.Get("Cache-Control"); kept != "private, no-cache" && kept != "no-store" {
				t.Errorf("%s, Accept %s: Cache-Control %q", path, accept, kept)
			}
		}
	}
}

// A client that sends its header one byte at a time, and never ends, is left.
func TestSlowHeadersEnd(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ReadHeaderTimeout = 50 * time.Millisecond })
	address, _ := g.serve(t)
	c := dial(t, address)
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	// What the server had not read when it closed makes its end a reset.
	b, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) || len(b) > 0 && !strings.HasPrefix(string(b), "HTTP/1.1 408") {
		t.Errorf("%q, %v", b, err)
	}
}
