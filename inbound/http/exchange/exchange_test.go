package exchange

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/scope"
)

type outer struct{}

func TestExchangeIsTheRequestsContext(t *testing.T) {
	base, cancel := context.WithCancel(context.WithValue(context.Background(), outer{}, "below"))
	r := httptest.NewRequestWithContext(base, http.MethodGet, "/", nil)
	e, r := Begin(httptest.NewRecorder(), r, "id-1")
	defer e.End()
	e.Scope = scope.New(scope.Identity{Tenant: "t", User: "u"})
	derived, stop := context.WithTimeout(r.Context(), time.Hour)
	defer stop()
	if From(derived) != e || ScopeOf(derived).User() != "u" || derived.Value(outer{}) != "below" ||
		chi.RouteContext(derived) != e.Routing() {
		t.Error("a derived context has lost the exchange or what is below it")
	}
	cancel()
	<-derived.Done()
	if !errors.Is(r.Context().Err(), context.Canceled) {
		t.Errorf("Err: %v", r.Context().Err())
	}
	if From(context.Background()) != nil || ScopeOf(context.Background()).Valid() {
		t.Error("an exchange came from nowhere")
	}
}

func TestExchangeCountsWhatWasSent(t *testing.T) {
	w := httptest.NewRecorder()
	e, _ := Begin(w, httptest.NewRequest(http.MethodGet, "/", nil), "id")
	defer e.End()
	if e.Status() != 0 || e.Route() != "" {
		t.Errorf("at first: %d %q", e.Status(), e.Route())
	}
	if _, err := io.WriteString(e, "hello"); err != nil {
		t.Fatal(err)
	}
	e.WriteHeader(http.StatusTeapot)
	if e.Status() != http.StatusOK || e.Bytes() != 5 {
		t.Errorf("%d, %d bytes", e.Status(), e.Bytes())
	}
	if err := http.NewResponseController(e).Flush(); err != nil {
		t.Errorf("the connection is out of reach: %v", err)
	}
	hinted, _ := Begin(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), "id")
	defer hinted.End()
	hinted.WriteHeader(http.StatusEarlyHints)
	if hinted.Status() != 0 {
		t.Error("an interim answer was taken for the answer")
	}
}
