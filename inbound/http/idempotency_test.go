package httpserver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
)

const key1 = "Idempotency-Key: 8e03978e-40d5-43dd-bc93-6894a57f9324"

// creates are requests that make something, with a different one for the same path.
var creates = []struct{ path, body, other string }{
	{"/o2ims/v1/resourcePools", `{"name":"gpu"}`, `{"name":"cpu"}`},
	{
		"/o2ims/v1/resources", `{"resourcePoolId":"` + string(poolA) + `","resourceTypeId":"` + string(typeA) + `","name":"n"}`,
		`{"resourcePoolId":"` + string(poolA) + `","resourceTypeId":"` + string(typeA) + `","name":"m"}`,
	},
	{subscriptionsPath, `{"callback":"https://smo.example.com"}`, `{"callback":"https://other.example.com"}`},
	{v2Pools, `{"name":"gpu"}`, `{"name":"cpu"}`},
	{subscriptionsV2, `{"callback":"https://smo.example.com"}`, `{"callback":"https://other.example.com"}`},
	{tenantsPath, `{"tenantId":"t"}`, `{"tenantId":"u"}`},
	{tenantsPath + "/platform/users", `{"userId":"ann"}`, `{"userId":"ben"}`},
	{tenantsPath + "/platform/users/root/roleBindings", `{"role":"viewer"}`, `{"role":"keeper"}`},
	{rolesPath, `{"name":"one","permissions":[]}`, `{"name":"two","permissions":[]}`},
}

// newMaker is a gateway on which each of creates makes something.
func newMaker(t *testing.T) *gateway {
	t.Helper()
	g := newGateway(t, site(0))
	g.known.putUser("platform", "root", tenancy.UserSpec{})
	g.known.putRole("platform", "keeper", tenancy.RoleSpec{})
	return g
}

func TestTheSameKeyGetsTheSameAnswer(t *testing.T) {
	for _, c := range creates {
		t.Run(c.path, func(t *testing.T) {
			g := newMaker(t)
			first := g.do("POST", c.path, c.body, key1)
			g.wantStatus(first, http.StatusCreated)
			if first.Header.Get("Idempotency-Replayed") != "" {
				t.Error("the first answer is said to be replayed")
			}
			made := len(g.stock.callers) + g.subs.made + g.known.made
			for _, path := range []string{c.path, c.path + "/"} {
				again := g.do("POST", path, c.body, key1)
				g.wantStatus(again, http.StatusCreated)
				if again.body != first.body || again.Header.Get("Idempotency-Replayed") != "true" {
					t.Errorf("again: %s %v", again.body, again.Header)
				}
				for _, name := range []string{"Location", "Etag", "Content-Type", "Cache-Control"} {
					if got, want := again.Header.Get(name), first.Header.Get(name); got != want {
						t.Errorf("%s: %q, want %q", name, got, want)
					}
				}
				if again.Header.Get("X-Request-Id") == first.Header.Get("X-Request-Id") {
					t.Error("two requests share an id")
				}
			}
			a := g.do("POST", c.path, c.other, key1)
			if want := "this Idempotency-Key was used for a different request: choose another one"; a.StatusCode != http.StatusUnprocessableEntity || a.detail(t) != want {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
			if now := len(g.stock.callers) + g.subs.made + g.known.made; now != made {
				t.Errorf("%d calls became %d", made, now)
			}
			g.wantStatus(g.do("POST", c.path, c.other, key1+"x"), http.StatusCreated)
			if g.keys.hold != 90*time.Second || g.keys.keep != 24*time.Hour {
				t.Errorf("reserved for %s, kept for %s", g.keys.hold, g.keys.keep)
			}
		})
	}
}

func TestAKeyBelongsToItsCallerAndPath(t *testing.T) {
	g := newGateway(t, site(0))
	as := func(user, path, body string) answer {
		r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k")
		if user != "" {
			r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{Subject: pkix.Name{CommonName: user}}}}}
		}
		return g.send(r)
	}
	g.wantStatus(as("", creates[0].path, creates[0].body), http.StatusCreated)
	for _, a := range []answer{as("smo-1", creates[0].path, creates[0].other), as("", creates[2].path, creates[2].body)} {
		g.wantStatus(a, http.StatusCreated)
		if a.Header.Get("Idempotency-Replayed") != "" {
			t.Error("another caller's or path's answer")
		}
	}
	if a := as("smo-1", creates[0].path, creates[0].other); a.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	// Its content type is a part of a request.
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+creates[0].path, strings.NewReader(creates[0].body))
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Idempotency-Key", "k")
	g.wantStatus(g.send(r), http.StatusUnprocessableEntity)
}

func TestKeysThatAreNone(t *testing.T) {
	g := newGateway(t, site(0))
	const long = "Idempotency-Key: want 1 to 255 characters, such as a UUID"
	for key, want := range map[string]string{
		"":                       long,
		strings.Repeat("k", 256): long,
		"a\x7f":                  "Idempotency-Key: want printable ASCII characters alone, such as a UUID",
		"schlüssel":              "Idempotency-Key: want printable ASCII characters alone, such as a UUID",
	} {
		a := g.do("POST", creates[0].path, creates[0].body, "Idempotency-Key: "+key)
		if a.StatusCode != http.StatusBadRequest || a.detail(t) != want {
			t.Errorf("%q: %d %s", key, a.StatusCode, a.body)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+creates[0].path, strings.NewReader(creates[0].body))
	r.Header["Idempotency-Key"] = []string{"a", "b"}
	if a := g.send(r); a.StatusCode != http.StatusBadRequest || a.detail(t) != "Idempotency-Key: it is given more than once" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if g.keys.begins != 0 || len(g.stock.callers) != 0 {
		t.Error("something was done")
	}
	for _, key := range []string{strings.Repeat("k", 255), `"quoted, as the draft has it"`} {
		g.wantStatus(g.do("POST", creates[0].path, creates[0].body, "Idempotency-Key: "+key), http.StatusCreated)
	}
}

func TestWithoutAKeyNothingIsRemembered(t *testing.T) {
	g := newMaker(t)
	for _, c := range creates {
		g.wantStatus(g.do("POST", c.path, c.body), http.StatusCreated)
	}
	g.wantStatus(g.do("PUT", "/o2ims/v1/resourcePools/"+string(poolA), `{"name":"x"}`, key1), http.StatusOK)
	g.wantStatus(g.do("DELETE", "/o2ims/v1/resourcePools/"+string(poolA), "", key1), http.StatusNoContent)
	g.wantStatus(g.get("/o2ims/v1/resources", key1), http.StatusOK)
	if g.keys.begins != 0 {
		t.Errorf("%d keys", g.keys.begins)
	}
}

func TestWhatIsKept(t *testing.T) {
	ofBackend := func(code error) error {
		return &backend.Error{Backend: "b", Source: backend.SourceBackend, Code: code}
	}
	for _, tt := range []struct {
		name   string
		err    error
		body   string
		status int
		kept   bool
	}{
		{"created", nil, `{"name":"x"}`, 201, true},
		{"wrong body", nil, `{}`, 400, true},
		{"not JSON", nil, `{`, 400, true},
		{"conflict", ofBackend(backend.ErrConflict), `{"name":"x"}`, 409, true},
		{"not found", ofBackend(backend.ErrNotFound), `{"name":"x"}`, 404, true},
		{"unsupported", ofBackend(backend.ErrUnsupported), `{"name":"x"}`, 501, false},
		{"unavailable", ofBackend(backend.ErrUnavailable), `{"name":"x"}`, 503, false},
		{"timed out", context.DeadlineExceeded, `{"name":"x"}`, 504, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := site(0)
			g := newGateway(t, s)
			s.err = tt.err
			first := g.do("POST", creates[0].path, tt.body, key1)
			g.wantStatus(first, tt.status)
			if reservations, answers := g.keys.standing(); reservations != 0 || (answers == 1) != tt.kept {
				t.Errorf("%d reserved, %d kept", reservations, answers)
			}
			s.err = nil
			again := g.do("POST", creates[0].path, tt.body, key1)
			if replayed := again.Header.Get("Idempotency-Replayed") == "true"; replayed != tt.kept || replayed && again.body != first.body {
				t.Errorf("again: %d %v %s", again.StatusCode, again.Header, again.body)
			}
		})
	}
	g := newGateway(t, site(0))
	g.subs.limit = 1
	g.wantStatus(g.do("POST", subscriptionsPath, creates[2].body), http.StatusCreated)
	g.wantStatus(g.do("POST", subscriptionsPath, creates[2].other, key1), http.StatusTooManyRequests)
	if reservations, answers := g.keys.standing(); reservations+answers != 0 {
		t.Errorf("429: %d reserved, %d kept", reservations, answers)
	}
}

func TestPanicsGiveTheKeyBack(t *testing.T) {
	s := site(0)
	g := newGateway(t, s)
	s.fault = errors.New("nil map")
	g.wantStatus(g.do("POST", creates[0].path, creates[0].body, key1), http.StatusInternalServerError)
	s.fault = nil
	if reservations, answers := g.keys.standing(); reservations+answers != 0 {
		t.Errorf("%d reserved, %d kept", reservations, answers)
	}
	g.wantStatus(g.do("POST", creates[0].path, creates[0].body, key1), http.StatusCreated)
}

func TestRequestsInProgress(t *testing.T) {
	s := site(0)
	g := newGateway(t, s)
	entered, goOn := make(chan struct{}), make(chan struct{})
	s.entered = func(context.Context) { close(entered); <-goOn }
	first := make(chan answer)
	go func() { first <- g.do("POST", creates[0].path, creates[0].body, key1) }()
	<-entered
	a := g.do("POST", creates[0].path, creates[0].body, key1)
	if want := "a request with this Idempotency-Key is still being answered: ask again for its answer"; a.StatusCode != http.StatusConflict ||
		a.detail(t) != want || a.Header.Get("Retry-After") != "1" {
		t.Errorf("%d %s %v", a.StatusCode, a.body, a.Header)
	}
	close(goOn)
	if a := <-first; a.StatusCode != http.StatusCreated {
		t.Errorf("the first: %d", a.StatusCode)
	}
}

func TestWithoutAStoreForKeysNothingIsDone(t *testing.T) {
	for name, err := range map[string]error{
		"unavailable": fmt.Errorf("dial: %w", store.ErrUnavailable), "unconfirmed": store.ErrUnconfirmed, "unknown": errors.New("WRONGTYPE"),
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t, site(0))
			g.keys.beginErr, g.keys.reserve = err, name == "unconfirmed"
			a := g.do("POST", creates[0].path, creates[0].body, key1)
			if want := "the store that remembers the Idempotency-Key is unavailable: nothing was done"; a.StatusCode != http.StatusServiceUnavailable ||
				a.detail(t) != want || a.Header.Get("Retry-After") != "5" {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
			if len(g.stock.callers) != 0 {
				t.Error("something was done")
			}
			if logged := strings.Contains(g.log.String(), "WRONGTYPE"); logged != (name == "unknown") {
				t.Errorf("log: %s", g.log)
			}
			g.keys.beginErr = nil
			g.wantStatus(g.do("POST", creates[0].path, creates[0].body, key1), http.StatusCreated)
			g.wantStatus(g.do("POST", creates[0].path, creates[0].other), http.StatusCreated)
		})
	}
	g := newGateway(t, site(0))
	g.keys.completeErr = store.ErrUnavailable
	g.wantStatus(g.do("POST", creates[0].path, creates[0].body, key1), http.StatusCreated)
	if !strings.Contains(g.log.String(), "an answer is not kept for its Idempotency-Key") {
		t.Errorf("log: %s", g.log)
	}
}

func TestBodiesThatCannotBeRemembered(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.BodyBytes = 100 })
	long := `{"name":"` + strings.Repeat("x", 100) + `"}`
	known := httptest.NewRequest(http.MethodPost, "http://localhost"+creates[0].path, strings.NewReader(long))
	unknown := httptest.NewRequest(http.MethodPost, "http://localhost"+creates[0].path, io.MultiReader(strings.NewReader(long)))
	unknown.ContentLength = -1
	broken := httptest.NewRequest(http.MethodPost, "http://localhost"+creates[0].path, io.MultiReader(strings.NewReader(`{"name":"x"}`), brokenOff{}))
	for r, want := range map[*http.Request]string{
		known: "the body is longer than 100 bytes", unknown: "the body is longer than 100 bytes",
		broken: "the body could not be read to its end",
	} {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k")
		if a := g.send(r); a.detail(t) != want {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
	if g.keys.begins != 0 || len(g.stock.callers) != 0 {
		t.Error("something was done")
	}
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, errors.New("reset by peer") }

// A client that goes before its answer is there gets it when it comes again.
func TestTheAnswerIsKeptForAClientThatHasGone(t *testing.T) {
	s := site(0)
	g := newGateway(t, s)
	address, _ := g.serve(t)
	gone := make(chan struct{})
	s.entered = func(ctx context.Context) {
		<-gone
		if _, bounded := ctx.Deadline(); !bounded || ctx.Err() != nil {
			t.Errorf("bounded: %v, %v", bounded, ctx.Err())
		}
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	request := "POST /o2ims/v1/resourcePools HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + key1 +
		"\r\nContent-Length: 14\r\n\r\n" + creates[0].body
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { reservations, _ := g.keys.standing(); return reservations == 1 })
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	close(gone)
	waitFor(t, func() bool { _, answers := g.keys.standing(); return answers == 1 })
	s.entered = nil
	a := g.do("POST", creates[0].path, creates[0].body, key1)
	g.wantStatus(a, http.StatusCreated)
	if a.Header.Get("Idempotency-Replayed") != "true" || len(s.objects[o2.KindResourcePool]) != 3 {
		t.Errorf("%v, %d pools", a.Header, len(s.objects[o2.KindResourcePool]))
	}
}

func TestACancelledRequestIsAnsweredUnderItsKey(t *testing.T) {
	for _, key := range []string{"", "k"} {
		s := site(0)
		g := newGateway(t, s)
		ctx, cancel := context.WithCancel(context.Background())
		s.entered = func(context.Context) { cancel() }
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://localhost"+creates[0].path, strings.NewReader(creates[0].body))
		r.Header.Set("Content-Type", "application/json")
		want := http.StatusServiceUnavailable
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
			want = http.StatusCreated
		}
		g.wantStatus(g.send(r), want)
	}
}

// Compression comes after what is kept: who takes it gets it, of a replay too.
func TestReplaysAreCompressed(t *testing.T) {
	g := newGateway(t, site(0))
	body := `{"name":"x","description":"` + strings.Repeat("long ", 400) + `"}`
	first := g.do("POST", creates[0].path, body, key1, "Accept-Encoding: gzip")
	g.wantStatus(first, http.StatusCreated)
	again := g.do("POST", creates[0].path, body, key1)
	if first.Header.Get("Content-Encoding") != "gzip" || again.Header.Get("Content-Encoding") != "" ||
		again.Header.Get("Etag") == first.Header.Get("Etag") || !strings.Contains(again.body, "long long") {
		t.Errorf("first %v, again %v", first.Header, again.Header)
	}
	if got, want := again.Header.Get("Content-Length"), strconv.Itoa(len(again.body)); got != want {
		t.Errorf("Content-Length %s of %s", got, want)
	}
}
