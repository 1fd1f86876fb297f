package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// ill is a Backend whose Health does what a test wants.
type ill struct {
	Backend
	health func() error
}

func (b ill) Health(context.Context) error { return b.health() }

func serverOver(t *testing.T, b Backend, log *bytes.Buffer) *server {
	t.Helper()
	_, logger := newLogger(log)
	s := newServer(Info{Name: "acme", Version: "1"}, func(context.Context, Host, []byte) (Backend, error) { return b, nil }, logger)
	if _, err := s.Open(t.Context(), &pluginv1.OpenRequest{Adapter: "lab"}); err != nil {
		t.Fatal(err)
	}
	log.Reset()
	return s
}

// records parses the lines of a log.
func records(t *testing.T, log *bytes.Buffer) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(log.String()) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, r)
	}
	return all
}

func explode() error { panic("the author's secret") }

func TestPanicIsLoggedWithItsStack(t *testing.T) {
	var log bytes.Buffer
	s := serverOver(t, ill{health: explode}, &log)
	_, err := s.Health(t.Context(), &pluginv1.HealthRequest{})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the caller was told %v", err)
	}
	var found bool
	for _, r := range records(t, &log) {
		if r["@message"] == "panic in the plugin's Health" {
			found = true
			if r["panic"] != "the author's secret" || !strings.Contains(r["stack"].(string), "sdk.explode") {
				t.Errorf("the record is %v", r)
			}
		}
	}
	if !found {
		t.Errorf("nothing was logged: %s", log.String())
	}
}

func TestCauseIsLoggedAndDoesNotTravel(t *testing.T) {
	var log bytes.Buffer
	s := serverOver(t, ill{health: func() error {
		return &Error{Code: Denied, Message: "the region refused the credentials", Err: errors.New("token abc expired")}
	}}, &log)
	_, err := s.Health(t.Context(), &pluginv1.HealthRequest{})
	if err == nil || strings.Contains(err.Error(), "abc") || !strings.Contains(err.Error(), "the region refused the credentials") {
		t.Errorf("the caller was told %v", err)
	}
	got := records(t, &log)
	if len(got) != 1 || got[0]["cause"] != "token abc expired" || got[0]["code"] != "denied" || got[0]["source"] != "backend" {
		t.Errorf("logged %v", got)
	}
}

func TestOpenFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		open opener
		want string
	}{
		"panics":  {func(context.Context, Host, []byte) (Backend, error) { panic("no") }, "open function panicked; the plugin's log has the stack"},
		"nothing": {func(context.Context, Host, []byte) (Backend, error) { return nil, nil }, "open function: it returned neither a backend nor an error"},
		"plain":   {func(context.Context, Host, []byte) (Backend, error) { return nil, errors.New("no route") }, "no route"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			_, logger := newLogger(&log)
			s := newServer(Info{Name: "acme"}, tc.open, logger)
			for range 2 { // and may be tried again
				_, err := s.Open(t.Context(), &pluginv1.OpenRequest{})
				if err == nil || !strings.HasSuffix(err.Error(), tc.want) {
					t.Errorf("got %v, want %s", err, tc.want)
				}
			}
		})
	}
}

func TestHostTellsTheAdapter(t *testing.T) {
	var adapter, config string
	s := newServer(Info{Name: "acme"}, func(_ context.Context, h Host, raw []byte) (Backend, error) {
		adapter, config = h.Adapter(), string(raw)
		h.Logger().Info("opening")
		return ill{}, nil
	}, discard())
	res, err := s.Open(t.Context(), &pluginv1.OpenRequest{Adapter: "lab", ConfigJson: []byte(`{"a":1}`)})
	if err != nil || adapter != "lab" || config != `{"a":1}` || res.GetName() != "acme" {
		t.Errorf("got %q, %q, %v, %v", adapter, config, res, err)
	}
}
