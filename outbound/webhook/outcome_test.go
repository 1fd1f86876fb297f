package webhook

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/netweave/netweave/ports/webhook"
)

// TestOutcomes is the whole table of answers.
func TestOutcomes(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	inAMinute := now.Add(time.Minute).Format(http.TimeFormat)
	ago := now.Add(-time.Minute).Format(http.TimeFormat)
	for _, c := range []struct {
		status     int
		retryAfter string
		want       *webhook.Failure
		class      outcome
	}{
		{200, "", nil, ""},
		{201, "30", nil, ""},
		{204, "", nil, ""},
		{299, "", nil, ""},
		{300, "", &webhook.Failure{Status: 300, Reason: "redirects are not followed (300)"}, outcome3xx},
		{302, "30", &webhook.Failure{Status: 302, Reason: "redirects are not followed (302)"}, outcome3xx},
		{304, "", &webhook.Failure{Status: 304, Reason: "redirects are not followed (304)"}, outcome3xx},
		{400, "30", &webhook.Failure{Status: 400, Reason: "the receiver answered 400 Bad Request"}, outcome4xx},
		{404, "", &webhook.Failure{Status: 404, Reason: "the receiver answered 404 Not Found"}, outcome4xx},
		{410, "", &webhook.Failure{Status: 410, Reason: "the receiver answered 410 Gone"}, outcome4xx},
		{429, "", &webhook.Failure{Status: 429, Reason: "the receiver answered 429 Too Many Requests"}, outcome4xx},
		{429, "30", &webhook.Failure{Status: 429, Reason: "the receiver answered 429 Too Many Requests", RetryAfter: 30 * time.Second}, outcome4xx},
		{429, inAMinute, &webhook.Failure{Status: 429, Reason: "the receiver answered 429 Too Many Requests", RetryAfter: time.Minute}, outcome4xx},
		{429, ago, &webhook.Failure{Status: 429, Reason: "the receiver answered 429 Too Many Requests"}, outcome4xx},
		{429, "-1", &webhook.Failure{Status: 429, Reason: "the receiver answered 429 Too Many Requests"}, outcome4xx},
		{429, "soon", &webhook.Failure{Status: 429, Reason: "the receiver answered 429 Too Many Requests"}, outcome4xx},
		{429, "99999999999999999", &webhook.Failure{Status: 429, Reason: "the receiver answered 429 Too Many Requests", RetryAfter: 24 * time.Hour}, outcome4xx},
		{429, "99999999999999999999999", &webhook.Failure{Status: 429, Reason: "the receiver answered 429 Too Many Requests"}, outcome4xx},
		{500, "30", &webhook.Failure{Status: 500, Reason: "the receiver answered 500 Internal Server Error"}, outcome5xx},
		{502, "", &webhook.Failure{Status: 502, Reason: "the receiver answered 502 Bad Gateway"}, outcome5xx},
		{503, " 7 ", &webhook.Failure{Status: 503, Reason: "the receiver answered 503 Service Unavailable", RetryAfter: 7 * time.Second}, outcome5xx},
		{504, "30", &webhook.Failure{Status: 504, Reason: "the receiver answered 504 Gateway Timeout"}, outcome5xx},
		{599, "", &webhook.Failure{Status: 599, Reason: "the receiver answered 599"}, outcome5xx},
		{101, "", &webhook.Failure{Status: 101, Reason: "the receiver answered 101 Switching Protocols"}, outcome4xx},
	} {
		t.Run(http.StatusText(c.status)+" "+c.retryAfter, func(t *testing.T) {
			h := http.Header{}
			if c.retryAfter != "" {
				h.Set("Retry-After", c.retryAfter)
			}
			err := answered(c.status, h, now)
			f, failedIndeed := errors.AsType[*failed](err)
			switch {
			case failedIndeed != (c.want != nil):
				t.Fatalf("%d: %v", c.status, err)
			case !failedIndeed:
			case f.Failure != *c.want || f.outcome != c.class:
				t.Errorf("%d is %+v (%s), want %+v (%s)", c.status, f.Failure, f.outcome, *c.want, c.class)
			}
		})
	}
}

// TestStatusesOverTheWire sends for real, and counts.
func TestStatusesOverTheWire(t *testing.T) {
	statuses := map[string]int{"/ok": 204, "/moved": 307, "/gone": 410, "/busy": 503}
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://169.254.169.254/latest/meta-data/")
		w.Header().Set("Retry-After", "9")
		w.WriteHeader(statuses[r.URL.Path])
	})
	s := start(t, Config{AllowLoopbackHTTP: true})
	for path, want := range map[string]webhook.Failure{
		"/ok":    {},
		"/moved": {Status: 307, Reason: "redirects are not followed (307)"},
		"/gone":  {Status: 410, Reason: "the receiver answered 410 Gone"},
		"/busy":  {Status: 503, Reason: "the receiver answered 503 Service Unavailable", RetryAfter: 9 * time.Second},
	} {
		wantFailure(t, s.to(t.Context(), server.URL+path), want)
	}
	for class, want := range map[outcome]float64{outcome2xx: 1, outcome3xx: 1, outcome4xx: 1, outcome5xx: 1, outcomeNetwork: 0, outcomeHeld: 0} {
		if got := testutil.ToFloat64(s.metrics.attempts[class]); got != want {
			t.Errorf("%v attempts are counted as %s, want %v", got, class, want)
		}
	}
	if n, err := testutil.GatherAndCount(s.reg); err != nil || n != len(outcomes)+2 {
		t.Errorf("there are %d series (%v), want %d", n, err, len(outcomes)+2)
	}
}

// wantFailure compares all of a failure; the zero Failure is success.
func wantFailure(t *testing.T, err error, want webhook.Failure) {
	t.Helper()
	if want == (webhook.Failure{}) {
		if err != nil {
			t.Errorf("failed: %v", err)
		}
		return
	}
	f, ok := errors.AsType[*webhook.Failure](err)
	if !ok {
		t.Errorf("got %v, want %+v", err, want)
	} else if *f != want {
		t.Errorf("got %+v, want %+v", *f, want)
	}
}
