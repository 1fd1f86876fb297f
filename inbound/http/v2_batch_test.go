package httpserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/ports/auditlog"
)

const (
	poolBatch         = v2Pools + "/batch"
	subscriptionsV2   = "/o2ims/v2/subscriptions"
	subscriptionBatch = subscriptionsV2 + "/batch"
)

// batchResult is the answer to a batch as its readers see it.
type batchResult struct {
	Succeeded, Failed int
	Delete, Create    []struct {
		Status                     int
		ID, Location               string
		ResourcePool, Subscription map[string]any
		Problem                    struct {
			Status int
			Detail string
		}
		RetryAfter int
	}
}

func (a answer) results(t testing.TB) (r batchResult) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &r); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%d %v: %s", a.StatusCode, err, a.body)
	}
	return r
}

// spelled writes a result as "counts | deletions | creations".
func (r *batchResult) spelled() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d+%d |", r.Succeeded, r.Failed)
	for _, d := range r.Delete {
		fmt.Fprintf(&b, " %d", d.Status)
	}
	b.WriteString(" |")
	for _, c := range r.Create {
		fmt.Fprintf(&b, " %d", c.Status)
	}
	return b.String()
}

func TestBatchOfPools(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = "https://o2.example.com" })
	a := g.do("POST", poolBatch, `{"create":[{"name":"one"},{"title":"x"},{"name":"two","extensions":{"replicas":3}},7,{"name":""}],`+
		`"delete":["`+string(poolB)+`","`+string(poolB)+`","no such","a/b%2F",7,"",null]}`)
	r := a.results(t)
	if got, want := r.spelled(), "3+9 | 204 404 404 404 400 400 400 | 201 400 201 400 400"; got != want {
		t.Errorf("got %s, want %s\n%s", got, want, a.body)
	}
	one, id := r.Create[0], string(o2.DeriveID("fake", "one"))
	if one.Location != "https://o2.example.com"+v2Pools+"/"+id || one.ResourcePool["resourcePoolId"] != id || one.Subscription != nil || one.Problem.Status != 0 {
		t.Errorf("the first: %+v", one)
	}
	for got, want := range map[string]string{
		r.Create[1].Problem.Detail: "name is missing; title is unknown; known are description, extensions, globalLocationId, location, name, oCloudId",
		r.Create[3].Problem.Detail: "the body must be an object",
		r.Delete[1].Problem.Detail: `there is no ResourcePool with id "` + string(poolB) + `"`,
		r.Delete[3].Problem.Detail: `there is no ResourcePool with id "a/b%2F"`,
		r.Delete[4].Problem.Detail: "delete/4 must be the id of a resourcePool",
		r.Delete[0].ID:             string(poolB),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, l := readV2(t, g.get(v2Pools).body); l.Pagination.TotalCount != 3 {
		t.Errorf("%d pools", l.Pagination.TotalCount)
	}
	// What stood in the way goes first.
	again := g.do("POST", poolBatch, `{"create":[{"name":"one"}],"delete":["`+id+`"]}`).results(t)
	if got, want := again.spelled(), "2+0 | 204 | 201"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBatchOfSubscriptions(t *testing.T) {
	g := newGateway(t, site(0))
	g.subs.limit = 3
	v1 := string(subscriptionID(20))
	g.subs.put(&o2.Subscription{ID: o2.ID(v1), Callback: "https://one.example.com"})
	r := g.do("POST", subscriptionBatch, `{"create":[{"callback":"https://a.example.com","secret":"hunter2hunter2hunter2"},{"callback":"https://a.example.com"},`+
		`{"callback":"http://a.example.com"},{"callback":"https://b.example.com","filter":{"objectType":"Resource"}},{"callback":"https://c.example.com"}],"delete":["`+v1+`"]}`)
	result := r.results(t)
	if got, want := result.spelled(), "2+4 | 404 | 201 409 400 201 429"; got != want {
		t.Errorf("got %s, want %s\n%s", got, want, r.body)
	}
	if strings.Contains(r.body, "hunter2") {
		t.Errorf("the secret is told: %s", r.body)
	}
	if s := result.Create[3]; s.Subscription["filter"] != "(eq,objectType,Resource)" || s.Location != subscriptionsV2+"/"+fmt.Sprint(s.Subscription["subscriptionId"]) {
		t.Errorf("%+v", s)
	}
	for _, kept := range g.subs.kept {
		if kept.ID != o2.ID(v1) && kept.Surface != o2imsv2.Surface {
			t.Errorf("made under %s", kept.Surface)
		}
	}
}

func TestBatchesThatAreNone(t *testing.T) {
	g := newGateway(t, site(0))
	const want = "want 1 to 100 changes under delete and create together, not "
	many := strings.TrimSuffix(strings.Repeat(`{"name":"x"},`, 101), ",")
	some := strings.TrimSuffix(strings.Repeat(`{"name":"x"},`, 60), ",")
	for _, tt := range []struct {
		body   string
		status int
		detail string
	}{
		{`{}`, 400, want + "0"},
		{`{"create":[],"delete":[]}`, 400, want + "0"},
		{`{"create":[` + some + `],"delete":[` + strings.ReplaceAll(some, `{"name":"x"}`, `"x"`) + `]}`, 400, want + "120"},
		{`{"create":[` + many + `]}`, 400, "create: maximum number of items is 100"},
		{`{"create":{"name":"x"}}`, 400, "create must be an array"},
		{`{"create":null}`, 400, "create must not be null"},
		{`{"make":[]}`, 400, "make is unknown; known are create, delete"},
		{`[]`, 400, "the body must be an object"},
		{`{"create":[{"name":"x","name":"y"}]}`, 400, "create/0/name is given twice"},
		{`{"create":[{"name":"\ud800"}]}`, 400, `the body is not valid text: half a surrogate pair, \ud800, at byte 21`},
		{`{`, 400, "the body is not valid JSON: unexpected end of JSON input (at byte 1)"},
		{`{"create":[{"name":"` + strings.Repeat("x", 1<<20) + `"}]}`, 413, "the body is longer than 1048576 bytes"},
	} {
		a := g.do("POST", poolBatch, tt.body)
		if a.StatusCode != tt.status || a.detail(t) != tt.detail {
			t.Errorf("%.60s: %d %s, want %s", tt.body, a.StatusCode, a.body, tt.detail)
		}
	}
	g.wantStatus(g.do("POST", poolBatch+"?x=1", `{"create":[{"name":"x"}]}`), http.StatusBadRequest)
	g.wantStatus(g.do("POST", poolBatch, `{"create":[{"name":"x"}]}`, "Accept: text/html"), http.StatusNotAcceptable)
	g.wantStatus(g.do("POST", poolBatch, `{"create":[{"name":"x"}]}`, "Content-Type: text/plain"), http.StatusUnsupportedMediaType)
	if len(g.stock.callers) != 0 {
		t.Error("something was done")
	}
}

// Each of a batch is as its single request: permitted, limited and recorded by itself.
func TestEachOfABatchIsGuarded(t *testing.T) {
	w := newWalked(t, true, func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Authorizer = rights{"delete ResourcePool"} })
	w.server = newGateway(t, w.stock, func(c *httpserver.Config, d *httpserver.Dependencies) {
		d.Authorizer, d.Audit = rights{"delete ResourcePool"}, w.ledger
		c.RateLimits = ratelimit.Rates{Tenant: ratelimit.PerClass{Write: ratelimit.Rate{PerSecond: 1, Burst: 3}}}
	}).server
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+poolBatch,
		strings.NewReader(`{"create":[{"name":"one"},{"name":"two"},{"name":"three"}],"delete":["`+string(poolA)+`"]}`))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = "192.0.2.7:4711"
	a := w.send(r)
	result := a.results(t)
	if got, want := result.spelled(), "2+2 | 403 | 201 201 429"; got != want {
		t.Errorf("got %s, want %s\n%s", got, want, a.body)
	}
	if result.Create[2].RetryAfter < 1 || !strings.HasPrefix(result.Create[2].Problem.Detail, "too many requests: the limit tenant.write is 1 a second and 3 at once") {
		t.Errorf("%+v", result.Create[2])
	}
	if _, ok := w.stock.objects[o2.KindResourcePool][poolA]; !ok {
		t.Error("what may not be deleted is gone")
	}
	var recorded []string
	for _, e := range w.ledger.taken() {
		recorded = append(recorded, fmt.Sprintf("%s %s %s %d %s %s %s", e.Action, e.Resource, e.ResourceID, e.Status, e.Method, e.Path, e.Address))
		if e.RequestID != a.Header.Get("X-Request-Id") || e.Tenant != scope.DefaultTenant {
			t.Errorf("recorded as %+v", e)
		}
	}
	want := []string{
		"delete ResourcePool " + string(poolA) + " 403 DELETE " + v2Pools + "/" + string(poolA) + " 192.0.2.7",
		"create ResourcePool " + string(o2.DeriveID("fake", "one")) + " 201 POST " + v2Pools + " 192.0.2.7",
		"create ResourcePool " + string(o2.DeriveID("fake", "two")) + " 201 POST " + v2Pools + " 192.0.2.7",
		"create ResourcePool  429 POST " + v2Pools + " 192.0.2.7",
	}
	if strings.Join(recorded, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(recorded, "\n"), strings.Join(want, "\n"))
	}
}

// Who may not even list pools gets no batch.
func TestABatchNeedsItsOwnPermission(t *testing.T) {
	ledger := &ledger{}
	g := newGateway(t, site(0), func(_ *httpserver.Config, d *httpserver.Dependencies) {
		d.Authorizer, d.Audit = rights{"list ResourcePool"}, ledger
	})
	g.wantStatus(g.do("POST", poolBatch, `{"create":[{"name":"one"}]}`), http.StatusForbidden)
	if e := ledger.taken(); len(e) != 1 || e[0].Result != auditlog.Denied || len(g.stock.callers) != 0 {
		t.Errorf("recorded as %+v", e)
	}
}

// A batch of which nothing may be done is answered anew, and not kept.
func TestABatchOfNothingIsNotKept(t *testing.T) {
	g := newGateway(t, site(0), func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Authorizer = rights{"create ResourcePool"} })
	for range 2 {
		a := g.do("POST", poolBatch, `{"create":[{"name":"one"},{"name":"two"}]}`, key1)
		if result := a.results(t); result.spelled() != "0+2 | | 403 403" || a.Header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%v %s", a.Header, a.body)
		}
	}
	if reservations, answers := g.keys.standing(); reservations != 0 || answers != 0 {
		t.Errorf("%d reserved, %d kept", reservations, answers)
	}
}

func TestABatchUnderAKey(t *testing.T) {
	g := newGateway(t, site(0))
	const body = `{"create":[{"name":"one"},{}]}`
	first := g.do("POST", poolBatch, body, key1)
	if result := first.results(t); result.spelled() != "1+1 | | 201 400" {
		t.Errorf("%s", first.body)
	}
	calls := len(g.stock.callers)
	again := g.do("POST", poolBatch, body, key1)
	if again.body != first.body || again.Header.Get("Idempotency-Replayed") != "true" || len(g.stock.callers) != calls {
		t.Errorf("again: %d %s", again.StatusCode, again.body)
	}
	g.wantStatus(g.do("POST", poolBatch, `{"create":[{"name":"two"}]}`, key1), http.StatusUnprocessableEntity)
	if reservations, answers := g.keys.standing(); reservations != 0 || answers != 1 {
		t.Errorf("%d reserved, %d kept: the key is the whole's alone", reservations, answers)
	}
}

// A batch has the time of one change; what it did not come to is told.
func TestABatchEndsInTime(t *testing.T) {
	s := site(0)
	g := newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.WriteDeadline = 50 * time.Millisecond })
	entered := 0
	s.entered = func(ctx context.Context) {
		if entered++; entered == 2 {
			<-ctx.Done()
		}
	}
	a := g.do("POST", poolBatch, `{"create":[{"name":"one"},{"name":"two"},{"name":"three"}]}`)
	r := a.results(t)
	if got, want := r.spelled(), "1+2 | | 201 504 504"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := r.Create[2].Problem.Detail, "not begun: the time of the batch was over; nothing was done"; got != want || entered != 2 {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A fault in one is the gateway's in all, and is logged.
func TestAFaultWithinABatch(t *testing.T) {
	s := site(0)
	g := newGateway(t, s)
	s.fault = "planted"
	g.wantStatus(g.do("POST", poolBatch, `{"create":[{"name":"one"}]}`), http.StatusInternalServerError)
	if !strings.Contains(g.log.String(), "planted") {
		t.Error("the fault is not logged")
	}
}
