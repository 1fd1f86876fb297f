package httpserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
)

var deadPath = "/admin/v1/subscriptions/" + string(subscriptionID(0)) + "/deadLetters"

func newGraveyard(t *testing.T, options ...option) *gateway {
	t.Helper()
	g := newGateway(t, site(0), options...)
	g.dead.of = subscriptionID(0)
	at := time.Date(2026, 1, 31, 12, 0, 0, 1999999, time.UTC)
	for n := range 5 {
		g.dead.letters = append(g.dead.letters, subscription.DeadLetter{
			Position: uint64(10 + n), EventID: o2.DeriveID("event", fmt.Sprint(n)), Type: o2.EventModified,
			Object: o2.ObjectKey{Kind: o2.KindResourcePool, ID: poolA}, At: at, DiedAt: at.Add(24 * time.Hour), Attempts: 60,
			Reason: "the receiver answered 503 Service Unavailable", Notification: []byte(`{"eventId":"x","n":12345678901234567890}`),
		})
	}
	return g
}

func TestDeadLettersAreListed(t *testing.T) {
	g := newGraveyard(t)
	g.dead.letters[4] = subscription.DeadLetter{Position: 14, EventID: "e", Type: o2.EventResync, Reason: "r", Redelivering: true}
	a := g.get(deadPath + "?limit=1")
	if want := `{"items":[{"attempts":60,"diedAt":"2026-02-01T12:00:00.001Z","eventId":"` + string(o2.DeriveID("event", "0")) +
		`","eventType":"modified","notification":{"eventId":"x","n":12345678901234567890},"objectId":"` + string(poolA) +
		`","objectType":"ResourcePool","position":10,"reason":"the receiver answered 503 Service Unavailable",` +
		`"redelivering":false,"timestamp":"2026-01-31T12:00:00.001Z"}]}`; a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", a.Header)
	}
	if got := g.get(deadPath + "?after=13").body; got != `{"items":[{"attempts":0,"diedAt":"0001-01-01T00:00:00Z","eventId":"e","eventType":"resync",`+
		`"position":14,"reason":"r","redelivering":true,"timestamp":"0001-01-01T00:00:00Z"}]}` {
		t.Errorf("resync: %s", got)
	}
	pages := 0
	for path := deadPath + "/?limit=2&after=0"; path != ""; pages++ {
		a := g.get(path)
		g.wantStatus(a, http.StatusOK)
		path, _, _ = strings.Cut(strings.TrimPrefix(a.Header.Get("Link"), "<"), ">")
	}
	if pages != 3 {
		t.Errorf("%d pages", pages)
	}
	if got := g.get(deadPath + "?after=99").body; got != `{"items":[]}` {
		t.Errorf("past the end: %s", got)
	}
	g = newGraveyard(t, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = "https://o2.example.com/" })
	if got, want := g.get(deadPath+"?limit=3").Header.Get("Link"), "<https://o2.example.com"+deadPath+`?limit=3&after=12>; rel="next"`; got != want {
		t.Errorf("Link %s, want %s", got, want)
	}
}

func TestDeadLettersAreRedeliveredAndPurged(t *testing.T) {
	tests := []struct {
		method, path, body string
		asked              []uint64
		status, count      int
	}{
		{"POST", "/redeliver", ``, nil, 202, 5},
		{"POST", "/redeliver/", `{}`, nil, 202, 5},
		{"POST", "/redeliver", `{"positions":[12,99,9007199254740993]}`, []uint64{12, 99, 9007199254740993}, 202, 1},
		{"DELETE", "", "", nil, 200, 5},
		{"DELETE", "?position=11&position=14&position=99", "", []uint64{11, 14, 99}, 200, 2},
	}
	for _, tt := range tests {
		g := newGraveyard(t)
		a := g.do(tt.method, deadPath+tt.path, tt.body)
		if want := fmt.Sprintf(`{"count":%d}`, tt.count); a.StatusCode != tt.status || a.body != want || !reflect.DeepEqual(g.dead.asked, tt.asked) {
			t.Errorf("%s %s %s: %d %s, asked for %v", tt.method, tt.path, tt.body, a.StatusCode, a.body, g.dead.asked)
		}
	}
}

func TestBadRequestsForDeadLetters(t *testing.T) {
	g := newGraveyard(t)
	for _, tt := range []struct {
		method, path, body string
		status             int
		detail             string
	}{
		{"GET", deadPath + "?after=-1", "", 400, "after: want a dead letter's position, a whole number"},
		{"GET", deadPath + "?after=9223372036854775808", "", 400, "after: want a dead letter's position, a whole number"},
		{"GET", deadPath + "?after=1&after=2", "", 400, "after: it is given more than once"},
		{"GET", deadPath + "?limit=0", "", 400, "limit: want a number from 1 to 10000"},
		{"GET", deadPath + "?position=1", "", 400, "position: unknown parameter; known are after, limit"},
		{"DELETE", deadPath + "?position=all", "", 400, "position: want a dead letter's position, a whole number"},
		{"DELETE", deadPath + "?position=", "", 400, "position: want a dead letter's position, a whole number"},
		{"DELETE", deadPath + "?positions=3", "", 400, "positions: unknown parameter; known are position"},
		{"POST", deadPath + "/redeliver?position=3", "", 400, "position: unknown parameter; this request takes none"},
		{"POST", deadPath + "/redeliver", `{"positions":[]}`, 400, "positions: minimum number of items is 1"},
		{"POST", deadPath + "/redeliver", `{"positions":null}`, 400, "positions must not be null"},
		{"POST", deadPath + "/redeliver", `{"positions":[1.5]}`, 400, "positions/0 must be an integer"},
		{"POST", deadPath + "/redeliver", `{"positions":[0]}`, 400, "positions/0: number must be at least 1"},
		{"POST", deadPath + "/redeliver", `{"position":[1]}`, 400, "position is unknown; known are positions"},
		{"POST", deadPath + "/redeliver", `[1]`, 400, "the body must be an object"},
		{"GET", "/admin/v1/subscriptions/nope/deadLetters", "", 404, `there is no Subscription with id "nope"`},
		{"GET", "/admin/v1/subscriptions/nope/deadLetters?x", "", 400, "x: unknown parameter; known are after, limit"},
		{"GET", "/admin/v1/subscriptions/" + absent + "/deadLetters", "", 404, `there is no Subscription with id "` + absent + `"`},
		{"DELETE", "/admin/v1/subscriptions/" + absent + "/deadLetters", "", 404, `there is no Subscription with id "` + absent + `"`},
		{"POST", "/admin/v1/subscriptions/" + absent + "/deadLetters/redeliver", "{}", 404, `there is no Subscription with id "` + absent + `"`},
		{"POST", deadPath, "{}", 405, "POST is not allowed here; allowed are GET, HEAD, DELETE"},
	} {
		a := g.do(tt.method, tt.path, tt.body)
		if a.StatusCode != tt.status || a.detail(t) != tt.detail {
			t.Errorf("%s %s %s:\ngot  %d %s\nwant %d %s", tt.method, tt.path, tt.body, a.StatusCode, a.detail(t), tt.status, tt.detail)
		}
	}
	if len(g.dead.letters) != 5 {
		t.Error("something was purged")
	}
	g.wantStatus(g.get(deadPath, "Accept: text/html"), http.StatusNotAcceptable)
	g.dead.err = store.ErrUnavailable
	for _, a := range []answer{g.get(deadPath), g.do("DELETE", deadPath, ""), g.do("POST", deadPath+"/redeliver", "")} {
		g.wantStatus(a, http.StatusServiceUnavailable)
	}
	g.dead.err = context.DeadlineExceeded
	g.wantStatus(g.get(deadPath), http.StatusGatewayTimeout)
}

// A body of unknown length that turns out to be none asks for nothing clear.
func TestRedeliveryOfAnEmptyStream(t *testing.T) {
	g := newGraveyard(t)
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+deadPath+"/redeliver", strings.NewReader(""))
	r.ContentLength = -1
	a := g.send(r)
	if a.StatusCode != http.StatusBadRequest || a.detail(t) != "the body is empty: send a JSON object" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}
