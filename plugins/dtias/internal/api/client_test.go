package api

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const labKey = "lab-key-77aa01"

// journal keeps what was logged, and the pauses between attempts.
type journal struct {
	mu     sync.Mutex
	text   bytes.Buffer
	pauses []time.Duration
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) wait(ctx context.Context, d time.Duration) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pauses = append(j.pauses, d)
	return ctx.Err()
}

func (j *journal) settings() Settings {
	return Settings{Log: slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug})), Wait: j.wait}
}

func newClient(t *testing.T, cfg config.Config) (*Client, *journal) {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	j := &journal{}
	c, err := New(cfg, j.settings())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, j
}

func newLab(t *testing.T) (*dtias.Server, string) {
	t.Helper()
	l := dtias.New(dtias.Options{APIKey: labKey})
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	t.Cleanup(l.Close)
	return l, server.URL
}

func codeIn(err error) sdk.Code {
	if e, ok := errors.AsType[*sdk.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestRetryAfterIsHeeded(t *testing.T) {
	for name, c := range map[string]struct {
		retryAfter string
		deadline   time.Duration // 0 for none
		code       sdk.Code      // "" if it is answered in the end
		least      time.Duration // of the one pause; 0 if there is none
	}{
		"seconds":                {"7", 0, "", 7 * time.Second},
		"within the deadline":    {"7", time.Hour, "", 7 * time.Second},
		"beyond the deadline":    {"7", 3 * time.Second, sdk.Throttled, 0},
		"more than patience":     {"61", 0, sdk.Throttled, 0},
		"a date that has passed": {"Mon, 02 Jan 2006 15:04:05 GMT", 0, "", firstWait / 2},
		"nonsense":               {"soon", 0, "", firstWait / 2},
		"negative":               {"-3", 0, "", firstWait / 2},
		"more than a number":     {"99999999999999999999", 0, "", firstWait / 2},
	} {
		t.Run(name, func(t *testing.T) {
			l, url := newLab(t)
			client, j := newClient(t, config.Config{Endpoint: url, APIKey: labKey})
			if err := l.Break(dtias.Fault{Kind: dtias.Status, Status: 429, RetryAfter: c.retryAfter, Times: 1}); err != nil {
				t.Fatal(err)
			}
			ctx := t.Context()
			if c.deadline > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.deadline)
				defer cancel()
			}
			if _, err := client.Pools(ctx, ""); codeIn(err) != c.code {
				t.Errorf("got %v, want code %q", err, c.code)
			}
			switch {
			case c.least == 0 && len(j.pauses) > 0:
				t.Errorf("it paused %v", j.pauses)
			case c.least > 0 && (len(j.pauses) != 1 || j.pauses[0] < c.least || j.pauses[0] > c.least+firstWait/2):
				t.Errorf("it paused %v, want once, for %v or little more", j.pauses, c.least)
			}
		})
	}
}

// TestOneThrottledReadSilencesAll has another read heed what the first was told.
func TestOneThrottledReadSilencesAll(t *testing.T) {
	l, url := newLab(t)
	client, j := newClient(t, config.Config{Endpoint: url, APIKey: labKey})
	if err := l.Break(dtias.Fault{Kind: dtias.Status, Status: 429, RetryAfter: "50", Times: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Pools(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Site(t.Context(), "site-ams"); err != nil {
		t.Fatal(err)
	}
	if len(j.pauses) != 2 || j.pauses[1] > 50*time.Second || j.pauses[1] < 40*time.Second {
		t.Errorf("the pauses were %v, want two of about 50 s", j.pauses)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := client.Site(ctx, "site-ham"); codeIn(err) != sdk.Throttled || l.Requests("GET /inventory/sites/{id}") != 1 {
		t.Errorf("got %v after %d requests, want throttled and one", err, l.Requests("GET /inventory/sites/{id}"))
	}
}

func TestBackoffGrows(t *testing.T) {
	for attempt, most := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond} {
		for range 100 {
			if d := backoff(attempt + 1); d < most/2 || d >= most {
				t.Fatalf("after attempt %d it waits %v, want from %v to %v", attempt+1, d, most/2, most)
			}
		}
	}
}

func TestWhatAnswersMean(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		want   sdk.Code
	}{
		{401, "", sdk.Denied}, {403, "", sdk.Denied}, {400, "AUTH_FAILED", sdk.Denied},
		{404, "", sdk.NotFound}, {400, "RESOURCE_NOT_FOUND", sdk.NotFound},
		{409, "", sdk.Conflict}, {409, "INSUFFICIENT_CAPACITY", sdk.Exhausted}, {503, "INSUFFICIENT_CAPACITY", sdk.Exhausted}, {507, "", sdk.Exhausted},
		{400, "", sdk.Invalid}, {422, "WHATEVER", sdk.Invalid}, {413, "", sdk.Invalid},
		{405, "", sdk.Unsupported}, {501, "", sdk.Unsupported},
		{429, "", sdk.Throttled}, {408, "", sdk.Timeout}, {504, "", sdk.Timeout},
		{500, "", sdk.Unavailable}, {502, "", sdk.Unavailable}, {503, "", sdk.Unavailable}, {302, "", sdk.Unavailable},
		{422, "PROVISIONING_FAILED", sdk.Unavailable}, {409, "POWER_OPERATION_FAILED", sdk.Unavailable},
	} {
		if got := codeOf(c.status, c.code); got != c.want {
			t.Errorf("%d %s means %s, want %s", c.status, c.code, got, c.want)
		}
	}
}

// TestFewReadsAtOnce counts what is under way.
func TestFewReadsAtOnce(t *testing.T) {
	var now, most atomic.Int32
	full, release := make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		full <- struct{}{}
		<-release
		_, _ = w.Write([]byte(`{"Rp": {"id": "p"}}`))
	}))
	t.Cleanup(server.Close)
	client, _ := newClient(t, config.Config{Endpoint: server.URL, APIKey: "k", Concurrency: 3})
	var readers sync.WaitGroup
	for range 12 {
		readers.Go(func() {
			if _, err := client.Pool(t.Context(), "p"); err != nil {
				t.Error(err)
			}
		})
	}
	for range 3 {
		<-full
	}
	// Who waits for a turn leaves when its time is up.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := client.Pool(ctx, "p"); codeIn(err) != sdk.Timeout {
		t.Errorf("got %v, want a timeout", err)
	}
	close(release)
	readers.Wait()
	if most.Load() != 3 {
		t.Errorf("%d reads at once, want 3", most.Load())
	}
}

func TestOddAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		body, text string
	}{
		"another pool":        {`{"Rp": {"id": "q"}}`, `reading the resource pool "p": DTIAS answered with the resource pool "q"`},
		"no pool":             {`{}`, `reading the resource pool "p": DTIAS's answer has no Rp`},
		"an error":            {`{"Error": "the\nflux is\u0007low"}`, `reading the resource pool "p": DTIAS answered with an error, the flux is low`},
		"more than an answer": {`{"Rp": {"id": "p"}} {}`, `reading the resource pool "p": DTIAS's answer cannot be read: something follows its end`},
		"a list":              {`[]`, `reading the resource pool "p": DTIAS's answer cannot be read: json: cannot unmarshal array into Go value of type api.poolAnswer`},
		"nothing":             {``, `reading the resource pool "p": DTIAS's answer cannot be read: EOF`},
		"quoted numbers":      {`{"Rp": {"id": "p", "serverCount": "3"}}`, ""},
		"null all over":       {`{"Rp": {"id": "p", "location": null, "metadata": null, "serverCount": null}, "Error": null}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(c.body))
			}))
			t.Cleanup(server.Close)
			client, _ := newClient(t, config.Config{Endpoint: server.URL, APIKey: "k"})
			_, err := client.Pool(t.Context(), "p")
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.text {
				t.Errorf("got %q, want %q", got, c.text)
			}
		})
	}
}
