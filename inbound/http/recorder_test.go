package httpserver_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/docs"
	"github.com/netweave/netweave/inbound/http/health"
)

// gateway is a server under test; every answer that it gives is checked against
// the OpenAPI documents.
type gateway struct {
	t       testing.TB
	stock   *stock
	subs    *subscribers
	dead    *undertaker
	keys    *memory
	known   *tenantry
	audit   *auditor
	steered *steersman
	server  *httpserver.Server
	log     *lines
	clouds  *sky
	alarms  *book
	docs    []*openapi3.T
}

type option func(*httpserver.Config, *httpserver.Dependencies)

func newGateway(t testing.TB, s *stock, options ...option) *gateway {
	t.Helper()
	g := &gateway{
		t: t, stock: s, subs: newSubscribers(), dead: &undertaker{}, keys: newMemory(), known: newTenantry(), audit: &auditor{},
		steered: newSteersman(), clouds: newSky(), alarms: newBook(),
		log: &lines{}, docs: documents(t),
	}
	registry := prometheus.NewRegistry()
	config := httpserver.Config{AllowAnonymous: true}
	deps := httpserver.Dependencies{
		Reader: s, Pools: pools{s}, Resources: resources{s}, Statuses: s, History: s, Clouds: g.clouds, Authorizer: rights{}, Subscriptions: g.subs,
		DeadLetters: g.dead, Idempotency: g.keys, Tenants: g.known, Users: g.known, Roles: g.known, AuditLog: g.audit,
		Routes: signpost{}, Adapters: g.steered, Configuration: inForce{},
		AlarmReader: g.alarms, Alarms: g.alarms, AlarmConfiguration: g.alarms, AlarmCauses: g.alarms, AlarmReceiver: g.alarms,
		Logger: slog.New(slog.NewJSONHandler(g.log, nil)), Registerer: registry,
		Metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		Build:   health.Build{Version: "1.2.3", Go: "go1.26"},
	}
	for _, o := range options {
		o(&config, &deps)
	}
	var err error
	if g.server, err = httpserver.New(config, deps); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return g
}

// documents are those of the families, in their order, and what belongs to none.
var documents = func() func(testing.TB) []*openapi3.T {
	load := sync.OnceValues(func() ([]*openapi3.T, error) {
		var list []*openapi3.T
		var raws [][]byte
		for _, v := range httpserver.Versions() {
			raws = append(raws, v.Document)
		}
		for _, raw := range append(raws, health.Document(), docs.Document()) {
			loader := openapi3.NewLoader()
			doc, err := loader.LoadFromData(raw)
			if err != nil {
				return nil, err
			}
			if err := doc.Validate(loader.Context); err != nil {
				return nil, err
			}
			list = append(list, doc)
		}
		return list, nil
	})
	return func(t testing.TB) []*openapi3.T {
		t.Helper()
		docs, err := load()
		if err != nil {
			t.Fatal(err)
		}
		return docs
	}
}()

// docOf returns the document of the family at base.
func (g *gateway) docOf(base string) *openapi3.T {
	g.t.Helper()
	for i, v := range httpserver.Versions() {
		if v.Base == base {
			return g.docs[i]
		}
	}
	g.t.Fatalf("no family is at %s", base)
	return nil
}

// answer is a checked response.
type answer struct {
	*http.Response
	body string
}

func (g *gateway) get(path string, headers ...string) answer {
	return g.do(http.MethodGet, path, "", headers...)
}

// do sends a request; headers are "Name: value". The content type of a body is
// application/json unless headers say otherwise.
func (g *gateway) do(method, path, body string, headers ...string) answer {
	g.t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return g.send(r)
}

func (g *gateway) send(r *http.Request) answer {
	g.t.Helper()
	rec := httptest.NewRecorder()
	g.server.Handler().ServeHTTP(rec, r)
	res := rec.Result()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	a := answer{Response: res, body: string(raw)}
	g.check(r, a)
	return a
}

// check holds an answer against its operation's document, or, where no document
// has the path or the method, against what every error must be.
func (g *gateway) check(r *http.Request, a answer) {
	g.t.Helper()
	if a.Header.Get("X-Request-Id") == "" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		g.t.Errorf("%s %s: X-Request-Id or X-Content-Type-Options is missing: %v", r.Method, r.URL, a.Header)
	}
	if a.StatusCode >= http.StatusBadRequest {
		g.checkProblem(r, a)
	}
	if a.StatusCode == http.StatusNotModified && (a.body != "" || a.Header.Get("Etag") == "" || a.Header.Get("Content-Type") != "") {
		g.t.Errorf("%s %s: a 304 has an ETag and no body: %v %q", r.Method, r.URL, a.Header, a.body)
	}
	doc, path, op := g.operation(r)
	if op == nil {
		if a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusMethodNotAllowed &&
			a.StatusCode != http.StatusUnauthorized && a.StatusCode != http.StatusMisdirectedRequest &&
			a.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			g.t.Errorf("%s %s: %d, but no document has this operation", r.Method, r.URL, a.StatusCode)
		}
		return
	}
	if r.Method == http.MethodHead || a.Header.Get("Content-Encoding") != "" {
		return // the tests about these look themselves
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: r, Route: &routers.Route{Spec: doc, Path: path, PathItem: doc.Paths.Value(path), Method: r.Method, Operation: op},
		},
		Status: a.StatusCode, Header: a.Header, Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	in.SetBodyBytes([]byte(a.body))
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		g.t.Errorf("%s %s: %d does not fit the document: %v\n%v\n%s", r.Method, r.URL, a.StatusCode, err, a.Header, a.body)
	}
	response := op.Responses.Status(a.StatusCode)
	if response == nil {
		return // told above
	}
	for name := range a.Header {
		_, documented := response.Value.Headers[documentedName(response.Value.Headers, name)]
		if name == "Link" && a.Header["Deprecation"] != nil {
			continue // its own, or the deprecation's
		}
		if !documented && !slices.Contains(unspoken, name) {
			g.t.Errorf("%s %s: %d: header %s is not in the document", r.Method, r.URL, a.StatusCode, name)
		}
	}
}

// unspoken are headers that any answer may have.
var unspoken = []string{
	"Content-Type", "Content-Length", "Content-Encoding", "Vary", "X-Content-Type-Options", "Cache-Control", "Connection",
	"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Strict-Transport-Security",
	"Ratelimit-Limit", "Ratelimit-Remaining", "Ratelimit-Reset",
	"X-API-Deprecated", "X-API-Deprecation-Date", "X-API-Sunset-Date", "X-API-Migration-Guide", "Deprecation", "Sunset",
}

func documentedName(headers openapi3.Headers, canonical string) string {
	for name := range headers {
		if http.CanonicalHeaderKey(name) == canonical {
			return name
		}
	}
	return canonical
}

func (g *gateway) operation(r *http.Request) (*openapi3.T, string, *openapi3.Operation) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	path := r.URL.RawPath // as the caller wrote it, which is what is routed
	if path == "" {
		path = r.URL.Path
	}
	path = strings.TrimSuffix(path, "/")
	for _, doc := range g.docs {
		for template, item := range doc.Paths.Map() {
			if template == path && item.GetOperation(method) != nil {
				return doc, template, item.GetOperation(method)
			}
		}
	}
	for _, doc := range g.docs {
		for template, item := range doc.Paths.Map() {
			if sameShape(template, path) && (strings.Contains(template, "{") || item.GetOperation(method) != nil) {
				return doc, template, item.GetOperation(method)
			}
		}
	}
	return nil, "", nil
}

// sameShape reports whether path fits a template of the document.
func sameShape(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool {
		return w == g || strings.HasPrefix(w, "{") && g != ""
	})
}

func (g *gateway) checkProblem(r *http.Request, a answer) {
	g.t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		g.t.Errorf("%s %s: %d has Content-Type %q", r.Method, r.URL, a.StatusCode, got)
	}
	if r.Method == http.MethodHead || a.Header.Get("Content-Encoding") != "" {
		return
	}
	var p map[string]any
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		g.t.Errorf("%s %s: %d: %v in %q", r.Method, r.URL, a.StatusCode, err, a.body)
		return
	}
	if err := g.docs[0].Components.Schemas["ProblemDetails"].Value.VisitJSON(p); err != nil || p["status"] != float64(a.StatusCode) {
		g.t.Errorf("%s %s: %d is no problem document: %v in %q", r.Method, r.URL, a.StatusCode, err, a.body)
	}
}

// detail returns a problem's detail.
func (a answer) detail(t testing.TB) string {
	t.Helper()
	var p struct{ Detail string }
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("%v in %q", err, a.body)
	}
	return p.Detail
}

func (g *gateway) wantStatus(a answer, status int) {
	g.t.Helper()
	if a.StatusCode != status {
		g.t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.body)
	}
}

// lines gathers what is written; safe for concurrent use.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
