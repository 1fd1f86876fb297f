package cli

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReceivePrintsWhatIsPosted(t *testing.T) {
	var out strings.Builder
	r := &receiver{out: &out}
	post := func(method, body string) int {
		req := httptest.NewRequest(method, "/n", strings.NewReader(body))
		req.Header.Set("Webhook-Id", "id-1\x1b[2J")
		rec := httptest.NewRecorder()
		r.ServeHTTP(rec, req)
		return rec.Code
	}
	if code := post(http.MethodPost, `{"a":[1]}`); code != http.StatusNoContent {
		t.Errorf("answered %d", code)
	}
	if code := post(http.MethodPost, "no \x1b JSON"); code != http.StatusNoContent {
		t.Errorf("answered %d", code)
	}
	if code := post(http.MethodGet, ""); code != http.StatusMethodNotAllowed {
		t.Errorf("a GET is answered %d", code)
	}
	got := out.String()
	for _, want := range []string{` "/n" webhook-id "id-1\x1b[2J"` + "\n{\n  \"a\": [\n    1\n  ]\n}\n", `"no \x1b JSON"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%q", want, got)
		}
	}
}

func TestReceiveListensOnLoopbackAlone(t *testing.T) {
	for _, address := range []string{":9000", "0.0.0.0:9000", "192.0.2.1:9000"} {
		if err := receive(t.Context(), address, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "is no loopback address") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
