package guard

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
)

// clerk records one entry at a time.
type clerk struct {
	entry auditlog.Entry
	count int
	// late: the answer had begun.
	late bool
}

func (c *clerk) Record(ctx context.Context, e auditlog.Entry) {
	c.entry = e
	c.count++
	answer, ok := exchange.From(ctx).Unwrap().(*httptest.ResponseRecorder)
	c.late = c.late || !ok || answer.Flushed || exchange.From(ctx).Status() != 0
}

type everyone struct{ err error }

func (a everyone) Authorize(_ context.Context, sc scope.Scope, _ authz.Request) (scope.Scope, error) {
	return sc.Within(scope.ReachAll), a.err
}

var root = scope.New(scope.Identity{Platform: true, User: "root"})

// serve sends a request to a route of that pattern behind g.
func serve(g *Guard, need authz.Request, method, pattern, path string, next http.HandlerFunc) *httptest.ResponseRecorder {
	router := chi.NewRouter()
	router.Method(method, pattern, g.Route(need, next))
	w := httptest.NewRecorder()
	e, r := exchange.Begin(w, httptest.NewRequest(method, path, nil), "r-1")
	defer e.End()
	e.Scope = root
	router.ServeHTTP(e, r)
	return w
}

func TestResourcesOfEntries(t *testing.T) {
	const user = "/tenants/{tenantId}/users/{userId}"
	for _, tt := range []struct {
		name, resource, method, pattern, path, location string
		id, tenant                                      string
	}{
		{"a new tenant", "Tenant", "POST", "/tenants", "/tenants", "https://gw/tenants/smo-alpha", "smo-alpha", ""},
		{"a tenant", "Tenant", "PUT", "/tenants/{tenantId}", "/tenants/smo-alpha", "", "smo-alpha", "smo-alpha"},
		{"its quotas", "Quota", "PUT", "/tenants/{tenantId}/quotas", "/tenants/smo-alpha/quotas", "", "", "smo-alpha"},
		{"its users", "User", "GET", "/tenants/{tenantId}/users", "/tenants/smo-alpha/users", "", "", "smo-alpha"},
		{"one's own tenant", "User", "GET", "/tenants/{tenantId}/users", "/tenants/platform/users", "", "", ""},
		{"a new user", "User", "POST", "/tenants/{tenantId}/users", "/tenants/smo-alpha/users", "/tenants/smo-alpha/users/a%7Cb", "a|b", "smo-alpha"},
		{"a user", "User", "DELETE", user, "/tenants/smo-alpha/users/a%7Cb", "", "a|b", "smo-alpha"},
		{"a role that is given", "User", "POST", user + "/roleBindings", "/tenants/smo-alpha/users/alice/roleBindings", "/tenants/smo-alpha/users/alice/roleBindings/owner", "alice/owner", "smo-alpha"},
		{"a role that is taken", "User", "DELETE", user + "/roleBindings/{role}", "/tenants/smo-alpha/users/alice/roleBindings/owner", "", "alice/owner", "smo-alpha"},
		{"a role", "Role", "PUT", "/roles/{name}", "/roles/night-shift", "", "night-shift", ""},
		{"what is within something", "Subscription", "POST", "/subscriptions/{subscriptionId}/deadLetters/redeliver", "/subscriptions/7/deadLetters/redeliver", "", "7", ""},
		{"no resource", "", "GET", "/x", "/x", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &clerk{}
			g := New(Config{Authorizer: everyone{}, Recorder: c, Logger: slog.New(slog.DiscardHandler)}).ForAdministration()
			serve(g, authz.Request{Resource: tt.resource, Action: authz.ActionUpdate}, tt.method, tt.pattern, tt.path,
				func(w http.ResponseWriter, _ *http.Request) {
					if tt.location != "" {
						w.Header().Set("Location", tt.location)
						w.WriteHeader(http.StatusCreated)
					}
				})
			if c.count != 1 || c.entry.ResourceID != tt.id || c.entry.ResourceTenant != tt.tenant || c.entry.Tenant != "platform" || c.entry.User != "root" {
				t.Errorf("%d: %+v", c.count, c.entry)
			}
		})
	}
}

// The entry is stored before the caller hears of anything.
func TestRecordedBeforeAnswered(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a header": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
		"a body":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) },
		"nothing":  func(http.ResponseWriter, *http.Request) {},
		"hints, then it": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusOK)
		},
		"it twice": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			w.WriteHeader(http.StatusInternalServerError)
		},
		"a flush of it": func(w http.ResponseWriter, _ *http.Request) { _ = http.NewResponseController(w).Flush() },
		"header and body": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			_, _ = w.Write([]byte("x"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &clerk{}
			g := New(Config{Authorizer: everyone{}, Recorder: c, Logger: slog.New(slog.DiscardHandler)})
			serve(g, authz.Request{Resource: "Resource", Action: authz.ActionDelete}, "DELETE", "/x", "/x", answer)
			if c.count != 1 || c.late || c.entry.Result != auditlog.Success {
				t.Errorf("%d entries, late: %v: %+v", c.count, c.late, c.entry)
			}
		})
	}
}

func TestAuthorizerThatCannotTell(t *testing.T) {
	c := &clerk{}
	var log strings.Builder
	g := New(Config{Authorizer: everyone{errors.New("policy store: secret")}, Recorder: c, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	w := serve(g, authz.Request{Resource: "Resource", Action: authz.ActionDelete}, "DELETE", "/x", "/x",
		func(http.ResponseWriter, *http.Request) { t.Error("it was let in") })
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") || !strings.Contains(log.String(), "secret") {
		t.Errorf("%d %s, log %s", w.Code, w.Body, &log)
	}
	if c.count != 1 || c.entry.Result != auditlog.Failed || c.entry.Status != 503 {
		t.Errorf("%+v", c.entry)
	}
}

func TestWithoutRecorderAndLimiter(t *testing.T) {
	g := New(Config{Authorizer: everyone{}, Logger: slog.New(slog.DiscardHandler)})
	for _, action := range []authz.Action{authz.ActionRead, authz.ActionDelete} {
		if w := serve(g, authz.Request{Resource: "Resource", Action: action}, "GET", "/x", "/x",
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }); w.Code != http.StatusNoContent {
			t.Errorf("%s: %d", action, w.Code)
		}
	}
}

func TestStrangersAreSampled(t *testing.T) {
	var log strings.Builder
	s, err := NewStrangers(prometheus.NewRegistry(), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	e, r := exchange.Begin(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/"+strings.Repeat("x", 5000)+"?token=hunter2", nil), "r-1")
	defer e.End()
	r.Header.Set("Authorization", "Bearer hunter2")
	for range 1000 {
		s.Refused(r, netip.Addr{}, errors.New("no identity"))
	}
	if n := strings.Count(log.String(), "\n"); n < 1 || n > 5 || strings.Contains(log.String(), "hunter2") || len(log.String()) > n*600 {
		t.Errorf("%d lines: %s", n, &log)
	}
	if got := testutil.ToFloat64(s.counter); got != 1000 {
		t.Errorf("%v counted", got)
	}
}
