package httpserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

const knownForLists = "known are all_fields, exclude_default, exclude_fields, fields, filter, limit, nextpage_opaque_marker"

func TestBadQueries(t *testing.T) {
	g := newGateway(t, site(1))
	object := "/o2ims/v1/resources/" + string(resourceID(0))
	tests := []struct {
		path   string
		status int
		detail string
	}{
		{"/o2ims/v1/resources?limt=3", 400, "limt: unknown parameter; " + knownForLists},
		{"/o2ims/v1/resources?Filter=x", 400, "Filter: unknown parameter; " + knownForLists},
		{object + "?limit=3", 400, "limit: unknown parameter; known are all_fields, exclude_default, exclude_fields, fields"},
		{"/o2ims/v1/resources?limit=0", 400, "limit: want a number from 1 to 10000"},
		{"/o2ims/v1/resources?limit=10001", 400, "limit: want a number from 1 to 10000"},
		{"/o2ims/v1/resources?limit=-1", 400, "limit: want a number from 1 to 10000"},
		{"/o2ims/v1/resources?limit=%2B5", 400, "limit: want a number from 1 to 10000"},
		{"/o2ims/v1/resources?limit=1e2", 400, "limit: want a number from 1 to 10000"},
		{"/o2ims/v1/resources?limit=99999999999999999999", 400, "limit: want a number from 1 to 10000"},
		{"/o2ims/v1/resources?limit=", 400, "limit: want a number from 1 to 10000"},
		{"/o2ims/v1/resources?limit=1&limit=2", 400, "limit: it is given more than once"},
		{"/o2ims/v1/resources?nextpage_opaque_marker=1&nextpage_opaque_marker=2", 400, "nextpage_opaque_marker: it is given more than once"},
		{"/o2ims/v1/resourcePools/x/resources", 404, `there is no ResourcePool with id "x"`},
		{"/o2ims/v1/resourcePools/" + absent + "/resources", 404, `there is no ResourcePool with id "` + absent + `"`},
		{"/o2ims/v1/resourcePools/" + absent + "/resources?nope=1", 400, "nope: unknown parameter; " + knownForLists},
		{"/o2ims/v1/resourcePools/x/resources?nope=1", 400, "nope: unknown parameter; " + knownForLists},
		{"/o2ims/v1/resources/" + absent, 404, `there is no Resource with id "` + absent + `"`},
		{"/o2ims/v1/resources/" + absent + "?nope=1", 400, "nope: unknown parameter; known are all_fields, exclude_default, exclude_fields, fields"},
		{"/o2ims/v1/resourceTypes/" + string(poolA), 404, `there is no ResourceType with id "` + string(poolA) + `"`},
		{"/o2ims/v1/deploymentManagers/1", 404, `there is no DeploymentManager with id "1"`},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			a := g.get(tt.path)
			if a.StatusCode != tt.status || a.detail(t) != tt.detail {
				t.Errorf("got %d %s\nwant %d %s", a.StatusCode, a.detail(t), tt.status, tt.detail)
			}
			g.wantStatus(g.do(http.MethodHead, tt.path, ""), tt.status)
		})
	}
}

// The texts of these are core/query's; what matters here is that they arrive.
func TestBadFiltersAndSelectorsNameTheirParameter(t *testing.T) {
	g := newGateway(t, site(1))
	for query, prefix := range map[string]string{
		"filter=(eq,nome,x)":                    "filter: ",
		"filter=(like,name,x)":                  "filter: ",
		"filter=(eq,name)":                      "filter: ",
		"filter=eq,name,x":                      "filter: ",
		"filter=(eq,resourcePoolId,not-a-uuid)": "filter: ",
		"filter=" + strings.Repeat("a", 9000):   "filter: ",
		"fields=nope":                           "fields: ",
		"fields=name&exclude_fields=extensions": "fields: ",
		"exclude_fields=nope":                   "exclude_fields: ",
		"filter=%zz":                            "filter: ",
		"filter=(eq,name,%ff)&filter=(eq,name,": "filter: ",
		"filter=" + strings.Repeat("(eq,name,x);", 40) + "(eq,name,y)": "filter: ",
	} {
		a := g.get("/o2ims/v1/resources?" + query)
		if a.StatusCode != http.StatusBadRequest || !strings.HasPrefix(a.detail(t), prefix) {
			t.Errorf("%.60s: %d %s", query, a.StatusCode, a.body)
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	g := newGateway(t, site(1))
	object := "/o2ims/v1/resources/" + string(resourceID(0))
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/", 404, ""},
		{"GET", "/o2im", 404, ""},
		{"GET", "/o2ims/v1", 404, ""},
		{"GET", "/o2ims/v1/", 404, ""},
		{"GET", "/o2ims/v3/resources", 404, ""},
		{"GET", "/o2ims/v2/resourcePools/batch", 404, ""},
		{"PATCH", "/o2ims/v2/resourcePools/batch", 405, "GET, HEAD, POST, PUT, DELETE"},
		{"POST", "/o2ims/v2/resourcePools/x/metrics", 405, "GET, HEAD"},
		{"DELETE", "/o2ims/v2/resourcePools/x/events", 405, "GET, HEAD"},
		{"GET", "/o2ims/v1/Resources", 404, ""},
		{"GET", "/o2ims/v1/resource%73", 404, ""},
		{"GET", "//", 404, ""},
		{"GET", "//o2ims/v1/resources", 404, ""},
		{"GET", "/o2ims//v1/resources", 404, ""},
		{"GET", "/o2ims/v1/resourcePools//resources", 404, ""},
		{"GET", "/o2ims/v1/resources//", 404, ""},
		{"GET", "/o2ims/v1/resources/%2F", 404, ""},
		{"GET", "/o2ims/v1/resources/a%2Fb", 404, ""},
		{"GET", "/o2ims/v1/resources/..%2f..%2fetc", 404, ""},
		{"GET", "/o2ims/v1/resources/%00", 404, ""},
		{"GET", "/o2ims/v1/resources/%F0%9F%A6%8A%ff", 404, ""},
		{"GET", "/o2ims/v1/resources/%D0%96", 404, ""},
		{"GET", "/o2ims/v1/resources/..", 404, ""},
		{"GET", "/o2ims/v1/resources/{resourceId}", 404, ""},
		{"GET", "/o2ims/v1/resources/" + strings.Repeat("x", 5000), 404, ""},
		{"GET", object + "/extensions", 404, ""},
		{"POST", "/nothing", 404, ""},
		{"FOO", "/nothing", 404, ""},
		{"PUT", "/o2ims/v1/resources", 405, "GET, HEAD, POST"},
		{"DELETE", "/o2ims/v1/resourcePools", 405, "GET, HEAD, POST"},
		{"POST", "/o2ims/v1/resourceTypes", 405, "GET, HEAD"},
		{"POST", object, 405, "GET, HEAD, DELETE"},
		{"PUT", object, 405, "GET, HEAD, DELETE"},
		{"PATCH", "/o2ims/v1/resourcePools/x", 405, "GET, HEAD, PUT, DELETE"},
		{"OPTIONS", "/o2ims/v1/resources", 405, "GET, HEAD, POST"},
		{"FOO", "/o2ims/v1/resources/", 405, "GET, HEAD, POST"},
		{"TRACE", "/healthz", 405, "GET, HEAD"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			a := g.do(tt.method, tt.path, "")
			g.wantStatus(a, tt.status)
			if got := a.Header.Get("Allow"); got != tt.allow {
				t.Errorf("Allow %q, want %q", got, tt.allow)
			}
			if a.Header.Get("Location") != "" {
				t.Error("redirected")
			}
		})
	}
}

func TestAccept(t *testing.T) {
	g := newGateway(t, site(1))
	for accept, want := range map[string]int{
		"*/*":                             200,
		"application/json":                200,
		"Application/JSON; charset=utf-8": 200,
		"text/html,application/xml;q=0.9,*/*;q=0.8": 200,
		"application/*":                     200,
		"text/html, application/json;q=0.1": 200,
		"application/xml":                   406,
		"text/html":                         406,
		"application/json;q=0":              406,
		"application/problem+json":          406,
	} {
		a := g.get("/o2ims/v1/resources", "Accept: "+accept)
		if a.StatusCode != want {
			t.Errorf("%s: %d", accept, a.StatusCode)
		}
	}
	a := g.do(http.MethodPost, "/o2ims/v1/resourcePools", `{"name":"x"}`, "Accept: text/html")
	g.wantStatus(a, http.StatusNotAcceptable)
	if len(g.stock.objects[o2.KindResourcePool]) != 2 {
		t.Error("created although the answer is not acceptable")
	}
}

func TestHeadersTooLarge(t *testing.T) {
	g := newGateway(t, site(1), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.HeaderBytes = 1000 })
	a := g.get("/o2ims/v1/resources", "X-Filler: "+strings.Repeat("x", 1000))
	g.wantStatus(a, http.StatusRequestHeaderFieldsTooLarge)
	if got, want := a.detail(t), "the request line and headers are longer than 1000 bytes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	g.wantStatus(g.get("/o2ims/v1/resources?filter="+strings.Repeat("x", 1000)), http.StatusRequestHeaderFieldsTooLarge)
}

func TestErrorsOfTheCore(t *testing.T) {
	ofBackend := func(code error, message string) error {
		return fmt.Errorf("creating: %w", &backend.Error{Backend: "cluster-a", Source: backend.SourceBackend, Code: code, Message: message})
	}
	tests := []struct {
		name   string
		err    error
		status int
		detail string
		retry  string
	}{
		{"gone", ofBackend(backend.ErrNotFound, ""), 404, "backend cluster-a: not found", ""},
		{"conflict", ofBackend(backend.ErrConflict, "it exists"), 409, "backend cluster-a: conflict: it exists", ""},
		{"invalid", ofBackend(backend.ErrInvalid, "replicas"), 400, "backend cluster-a: invalid: replicas", ""},
		{"unsupported", ofBackend(backend.ErrUnsupported, ""), 501, "backend cluster-a: not supported by this backend", ""},
		{"refused", ofBackend(backend.ErrDenied, ""), 502, "backend cluster-a: refused by the backend", ""},
		{"exhausted", ofBackend(backend.ErrExhausted, "no hosts"), 503, "backend cluster-a: capacity exhausted: no hosts", ""},
		{"throttled", ofBackend(backend.ErrThrottled, ""), 503, "backend cluster-a: throttled", "5"},
		{"unavailable", ofBackend(backend.ErrUnavailable, ""), 503, "backend cluster-a: unavailable", "5"},
		{"timeout", ofBackend(backend.ErrTimeout, ""), 504, "backend cluster-a: timed out", ""},
		{"broken", ofBackend(backend.ErrBroken, ""), 502, "backend cluster-a: broken answer", ""},
		{"not synced", inventory.ErrNotSynced, 503, "the backend that this request covers has not been read yet; see /readyz", "5"},
		{"no adapter", inventory.ErrNoBackend, 501, "no enabled adapter takes this request", ""},
		{"field", &o2.FieldError{Attribute: "name", Reason: "is too long"}, 400, "name is too long", ""},
		{"deadline", context.DeadlineExceeded, 504, "no answer within the time limit; a change may have happened nevertheless", ""},
		{"cancelled", context.Canceled, 503, "the request was cancelled", "5"},
		{
			"unknown", errors.New("dial 10.0.0.7: secret"), 503,
			"the gateway cannot answer this now; its log has the reason under this request's id", "5",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := site(1)
			g := newGateway(t, s)
			s.err = tt.err
			a := g.do(http.MethodPost, "/o2ims/v1/resourcePools", `{"name":"x"}`)
			if a.StatusCode != tt.status || a.detail(t) != tt.detail || a.Header.Get("Retry-After") != tt.retry {
				t.Errorf("got %d %q Retry-After %q", a.StatusCode, a.detail(t), a.Header.Get("Retry-After"))
			}
			if logged := strings.Contains(g.log.String(), "dial 10.0.0.7"); logged != (tt.name == "unknown") {
				t.Errorf("log: %s", g.log)
			}
			if a.Header.Get("Etag") != "" || a.Header.Get("Location") != "" {
				t.Errorf("headers of another answer: %v", a.Header)
			}
		})
	}
}

func TestReadsBeforeTheFirstSync(t *testing.T) {
	s := site(1)
	g := newGateway(t, s)
	s.err = inventory.ErrNotSynced
	for _, path := range []string{"/o2ims/v1/resources", "/o2ims/v1/resources/" + string(resourceID(0))} {
		a := g.get(path)
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") != "5" {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
	}
}

func TestForbiddenComesBeforeEverythingElse(t *testing.T) {
	denied := rights{"list Resource", "read Resource", "create ResourcePool", "update ResourcePool", "delete ResourcePool", "create Resource"}
	g := newGateway(t, site(1), func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Authorizer = denied })
	tests := []struct{ method, path, body, detail string }{
		{"GET", "/o2ims/v1/resources?nope=1", "", "denied: list on Resource is not permitted"},
		{"GET", "/o2ims/v1/resources?filter=(", "", "denied: list on Resource is not permitted"},
		{"GET", "/o2ims/v1/resourcePools/x/resources", "", "denied: list on Resource is not permitted"},
		{"GET", "/o2ims/v1/resources/x", "", "denied: read on Resource is not permitted"},
		{"POST", "/o2ims/v1/resourcePools", "{", "denied: create on ResourcePool is not permitted"},
		{"POST", "/o2ims/v1/resourcePools?x=1", "{}", "denied: create on ResourcePool is not permitted"},
		{"PUT", "/o2ims/v1/resourcePools/x", "{", "denied: update on ResourcePool is not permitted"},
		{"DELETE", "/o2ims/v1/resourcePools/x", "", "denied: delete on ResourcePool is not permitted"},
		{"POST", "/o2ims/v1/resources", "[]", "denied: create on Resource is not permitted"},
	}
	for _, tt := range tests {
		a := g.do(tt.method, tt.path, tt.body)
		if a.StatusCode != http.StatusForbidden || a.detail(t) != tt.detail {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, a.StatusCode, a.body)
		}
	}
}
