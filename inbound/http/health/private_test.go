package health

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

type statuses struct{ ready bool }

func (s statuses) Ready() bool { return s.ready }

func (statuses) Statuses() []inventory.BackendStatus {
	return []inventory.BackendStatus{{
		Info:   backend.Info{Name: "b", Type: "mock", State: backend.StateRunning, LastError: "secret-of-acme"},
		Synced: true, FeedError: "secret-of-bolt", Refused: 4711, Objects: [o2.KindCount]int{o2.KindResource: 4712},
	}}
}

// TestWhatIsOfAllTenants is told to those who run the gateway alone, once there are
// several.
func TestWhatIsOfAllTenants(t *testing.T) {
	secrets := []string{"secret-of-acme", "secret-of-bolt", "4711", "4712", "secret-store", "secret_metric"}
	callers := map[string]scope.Scope{
		"nobody": {}, "a tenant's": scope.New(scope.Identity{Tenant: "acme", User: "alice"}),
		"the platform's":          scope.New(scope.Identity{Platform: true, User: "root"}),
		"one who is called as it": scope.New(scope.Identity{Tenant: scope.PlatformTenant, User: "root"}),
	}
	for name, tt := range map[string]struct {
		ready bool
		store error
	}{
		"ready": {true, nil}, "starting": {false, nil}, "without a store": {true, errors.New("secret-store")},
	} {
		for _, many := range []bool{false, true} {
			h := &Handlers{
				Statuses: statuses{tt.ready}, Draining: func() bool { return false }, Store: func() error { return tt.store },
				Metrics:     http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret_metric 1")) }),
				ManyTenants: many,
			}
			r := chi.NewRouter()
			h.Routes(r)
			for caller, sc := range callers {
				tells := !many || caller == "the platform's"
				for _, path := range []string{PathReady, PathMetrics} {
					w := httptest.NewRecorder()
					e, q := exchange.Begin(w, httptest.NewRequest(http.MethodGet, path, nil), "r")
					e.Scope = sc
					r.ServeHTTP(w, q)
					e.End()
					told := false
					for _, secret := range secrets {
						told = told || strings.Contains(w.Body.String(), secret)
					}
					if told != tells {
						t.Errorf("%s, several tenants: %v: %s is told of %s: %s", name, many, caller, path, w.Body)
					}
					want := map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[tt.ready && tt.store == nil]
					if path == PathMetrics {
						want = map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[tells]
					}
					if w.Code != want {
						t.Errorf("%s, several tenants: %v: %s gets %d of %s, want %d", name, many, caller, w.Code, path, want)
					}
				}
			}
		}
	}
}
