package httpserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/inbound/http/docs"
	"github.com/netweave/netweave/inbound/http/health"
	"github.com/netweave/netweave/inbound/http/versions"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
)

// court is an authorizer that remembers what it was asked, and denies if told to.
type court struct {
	mu    sync.Mutex
	deny  bool
	asked []authz.Request
}

func (c *court) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, r)
	if c.deny || !sc.Valid() {
		return scope.Scope{}, fmt.Errorf("%w: %s on %s", authz.ErrDenied, r.Action, r.Resource)
	}
	return sc.Within(scope.ReachTenant), nil
}

// ledger is an auditlog.Recorder.
type ledger struct {
	mu      sync.Mutex
	entries []auditlog.Entry
}

func (l *ledger) Record(_ context.Context, e auditlog.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
}

// taken returns what was recorded since it was last asked.
func (l *ledger) taken() []auditlog.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries := l.entries
	l.entries = nil
	return entries
}

// walked is a gateway whose routes are walked.
type walked struct {
	*gateway
	court  *court
	ledger *ledger
}

func newWalked(t *testing.T, anonymous bool, options ...option) *walked {
	t.Helper()
	w := &walked{court: &court{}, ledger: &ledger{}}
	w.gateway = newGateway(t, site(1), append(options, func(c *httpserver.Config, d *httpserver.Dependencies) {
		c.AllowAnonymous = anonymous
		d.Authorizer, d.Audit = w.court, w.ledger
	})...)
	return w
}

// ask sends a request and returns its status, and what was asked and recorded.
func (w *walked) ask(method, path string) (status int, asked []authz.Request, entries []auditlog.Entry) {
	w.court.asked = nil
	w.ledger.taken()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(rec, r)
	return rec.Code, w.court.asked, w.ledger.taken()
}

// operations are the routes of no API: TestOperationsTellTenantsNothing and
// TestDocsNeedAnIdentity try them.
var operations = []string{
	health.PathAlive, health.PathReady, health.PathVersion, health.PathMetrics,
	versions.Path, docs.Path, docs.Path + "/{label}", docs.Path + "/openapi/{document}", docs.Path + "/assets/{asset}",
}

var parameterOfPath = regexp.MustCompile(`\{[^}]+\}`)

// faultsOf walks every route of both gateways, of which strict knows no anonymous
// callers, and returns what it finds wrong.
func faultsOf(t *testing.T, strict, open *walked) (faults []string, routes int) {
	t.Helper()
	err := chi.Walk(open.server.Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if slices.Contains(operations, route) {
			return nil
		}
		routes++
		fault := func(format string, args ...any) {
			faults = append(faults, method+" "+route+": "+fmt.Sprintf(format, args...))
		}
		path := parameterOfPath.ReplaceAllString(route, absent)

		status, asked, entries := strict.ask(method, path)
		if status != http.StatusUnauthorized || len(asked) > 0 || len(entries) > 0 {
			fault("without identity: %d, %v was asked, %d entries", status, asked, len(entries))
		}

		need, named := permissionOf(open.docs, method, route)
		if !named {
			fault("its document names no permission")
		}
		open.court.deny = true
		status, asked, entries = open.ask(method, path)
		open.court.deny = false
		if status != http.StatusForbidden || !slices.Equal(asked, []authz.Request{need}) {
			fault("denied: %d, %v was asked, and its document says %v", status, asked, need)
		}
		if len(entries) != 1 || entries[0].Result != auditlog.Denied || entries[0].Status != http.StatusForbidden ||
			entries[0].Resource != need.Resource || entries[0].Action != string(need.Action) ||
			entries[0].Method != method || entries[0].Path != path {
			fault("denied: recorded as %+v", entries)
		}

		want := 1
		if (need.Action == authz.ActionList || need.Action == authz.ActionRead) && !strings.HasPrefix(route, adminv1.Base+"/") {
			want = 0
		}
		if status, _, entries = open.ask(method, path); len(entries) != want || want == 1 && entries[0].Status != status {
			fault("permitted: %d, recorded as %+v, want %d entries", status, entries, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return faults, routes
}

func permissionOf(docs []*openapi3.T, method, route string) (authz.Request, bool) {
	for _, doc := range docs {
		item := doc.Paths.Value(route)
		if item == nil || item.GetOperation(method) == nil {
			continue
		}
		p, ok := item.GetOperation(method).Extensions["x-permission"].(map[string]any)
		if !ok {
			return authz.Request{}, false
		}
		return authz.Request{Resource: fmt.Sprint(p["resource"]), Action: authz.Action(fmt.Sprint(p["action"]))}, true
	}
	return authz.Request{}, false
}

// Every route demands an identity, asks for the permission that its document
// names, and is audited.
func TestEveryRouteIsGuarded(t *testing.T) {
	faults, routes := faultsOf(t, newWalked(t, false), newWalked(t, true))
	for _, f := range faults {
		t.Error(f)
	}
	if routes < 22 {
		t.Errorf("only %d routes", routes)
	}
}

// A route that is added past the guard is found.
func TestUnguardedRoutesAreFound(t *testing.T) {
	strict, open := newWalked(t, false), newWalked(t, true)
	const planted = "/admin/v1/planted/{plantedId}"
	for _, w := range []*walked{strict, open} {
		router, ok := w.server.Routes().(chi.Router)
		if !ok {
			t.Fatal("the routes are no router")
		}
		router.Post(planted, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	}
	faults, _ := faultsOf(t, strict, open)
	want := []string{
		"POST " + planted + ": its document names no permission",
		"POST " + planted + ": denied: 204, [] was asked, and its document says { }",
		"POST " + planted + ": denied: recorded as []",
		"POST " + planted + ": permitted: 204, recorded as [], want 1 entries",
	}
	if !slices.Equal(faults, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(faults, "\n     "), strings.Join(want, "\n     "))
	}
}

// What the documents name are permissions of the model.
func TestDocumentedPermissions(t *testing.T) {
	nouns, actions := authz.Resources(), authz.Actions()
	for _, doc := range documents(t)[:len(httpserver.Versions())] {
		for path, item := range doc.Paths.Map() {
			for method := range item.Operations() {
				need, ok := permissionOf([]*openapi3.T{doc}, method, path)
				if !ok || !slices.Contains(nouns, need.Resource) || !slices.Contains(actions, need.Action) {
					t.Errorf("%s %s: x-permission %+v", method, path, need)
				}
			}
		}
	}
}
