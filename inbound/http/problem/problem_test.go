package problem

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWriteReplacesThePreparedAnswer(t *testing.T) {
	w := httptest.NewRecorder()
	for _, name := range describing {
		w.Header().Set(name, "x")
	}
	w.Header().Set("X-Request-Id", "kept")
	Problem{Status: 503, Detail: `say "<what>"`, RetryAfter: 7, Additional: map[string]any{"backend": "b"}}.Write(w)
	const body = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"say \"<what>\"",` +
		`"additionalAttributes":{"backend":"b"}}` + "\n"
	if w.Code != 503 || w.Body.String() != body {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	want := http.Header{
		"Content-Type": {"application/problem+json"}, "Content-Length": {"131"}, "Cache-Control": {"no-store"},
		"Retry-After": {"7"}, "X-Request-Id": {"kept"},
	}
	for name := range w.Header() {
		if got := w.Header().Get(name); got != want.Get(name) {
			t.Errorf("%s: %q, want %q", name, got, want.Get(name))
		}
	}
	if len(w.Header()) != len(want) {
		t.Errorf("headers %v", w.Header())
	}
}

func TestOddProblems(t *testing.T) {
	var p document
	long := Problem{Status: 400, Detail: strings.Repeat("ä", maxDetail)}.Encode()
	if err := json.Unmarshal(long, &p); err != nil || len(p.Detail) > maxDetail+3 || !strings.HasSuffix(p.Detail, "ä...") {
		t.Errorf("%v: %d bytes", err, len(p.Detail))
	}
	odd := Problem{Status: 400, Detail: "d", Additional: map[string]any{"f": func() {}}}.Encode()
	if err := json.Unmarshal(odd, &p); err != nil || p.Detail != "d" || p.Additional != nil {
		t.Errorf("%v: %s", err, odd)
	}
}
