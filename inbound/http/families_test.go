package httpserver

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/guard"
	"github.com/netweave/netweave/inbound/http/versions"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
)

// ninth is a version of an API that is not there yet.
type ninth struct{ shape inventory.Shape }

func (n ninth) Routes(r chi.Router, _ *guard.Guard) {
	r.Get("/o2ims/v9/things", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}

// A version of an API is its package and an entry: everything else follows.
func TestAVersionIsAnEntry(t *testing.T) {
	before := families
	defer func() { families = before }()
	var opened ninth
	families = append(slices.Clone(families[:2]), family{
		versions.Version{
			Base: "/o2ims/v9", Label: "o2ims-v9", Title: "netweave O2-IMS v9", Released: "2027-01-01",
			Document: []byte("openapi: 3.0.3\ninfo: {title: the ninth, version: 9.0.0}\nservers:\n  - url: /\npaths: {}\n"),
		},
		func(s *surroundings) (handlers, error) {
			opened = ninth{s.shape}
			return opened, nil
		},
		[]shape{fixed(func(o2.Object) []byte { return []byte("the ninth") })},
		toOwn(func(string) subscription.Family { return subscription.Family{Surface: "o2ims/v9"} }), false,
	})
	s, err := New(Config{AllowAnonymous: true}, Dependencies{Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	s.Deprecate(map[string]versions.Deprecation{"o2ims/v9": {}})
	for path, want := range map[string]string{
		"/o2ims/v9/things":            "204 ",
		"/o2ims":                      `200 .*"name":"o2ims/v9"`,
		"/docs":                       `200 .*href="docs/o2ims-v9">O2-IMS v9</a>`,
		"/docs/o2ims-v9":              "200 .*<title>netweave O2-IMS v9",
		"/docs/openapi/o2ims-v9.json": `200 {"openapi":"3.0.3","info":{"title":"the ninth"`,
	} {
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
		status, text, anywhere := strings.Cut(want, ".*")
		got := rec.Result().Status[:4] + rec.Body.String()
		if !strings.HasPrefix(got, status) || anywhere && !strings.Contains(got, text) {
			t.Errorf("%s: %s", path, got)
		}
		if marked := rec.Header()["Deprecation"] != nil; marked != strings.HasPrefix(path, "/o2ims/v9/") {
			t.Errorf("%s: marked as deprecated: %v", path, marked)
		}
	}
	if got := familyOf("/o2ims/v9/things"); got != "o2ims-v9" {
		t.Errorf("counted as %s", got)
	}
	shown := Projections(nil)
	if got := string(shown[opened.shape](nil)); got != "the ninth" {
		t.Errorf("its objects are shown as %s", got)
	}
	told := Subscribed(Told{})
	if got := told[len(told)-1].Surface; got != "o2ims/v9" {
		t.Errorf("the last that is told is %s", got)
	}
}
