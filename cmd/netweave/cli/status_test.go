package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/inbound/http/adminv1"
)

// office is an administration API with one adapter, and what it was asked.
type office struct {
	lab   adminv1.Adapter
	asked []string
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.asked = append(o.asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body)))
	switch {
	case strings.HasSuffix(r.URL.Path, "/adapters"):
		_ = json.NewEncoder(w).Encode(adminv1.AdapterList{Items: []adminv1.Adapter{o.lab}})
	case strings.Contains(r.URL.Path, "/adapters/lab"):
		_ = json.NewEncoder(w).Encode(o.lab)
	case strings.Contains(r.URL.Path, "/adapters/closed"):
		w.WriteHeader(http.StatusUnauthorized)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"status":404,"detail":"no enabled adapter has the name \"x\""}`)
	}
}

func newOffice(t *testing.T) (*office, string) {
	t.Helper()
	o := &office{lab: adminv1.Adapter{
		Name: "lab", Type: "mock", Version: "1.2", State: "running", Health: "ok", Breaker: "closed", Feed: "watch", Synced: true,
		AgeSeconds: 2.5, StaleAfterSeconds: 30, Since: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Objects: adminv1.ObjectCounts{ResourcePools: 8, Resources: 192},
	}}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	return o, server.URL
}

const labRow = "ADAPTER  PLUGIN    HEALTH  STATE    BREAKER  AGE   POOLS  RESOURCES  RESTARTS\n" +
	"lab      mock 1.2  ok      running  closed   2.5s  8      192        0\n"

func TestStatus(t *testing.T) {
	o, at := newOffice(t)
	if got, want := netweave(t, "status", "--url", at), (result{ExitOK, labRow, ""}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	got := netweave(t, "status", "lab", "--url", at)
	if got.code != ExitOK || !strings.Contains(got.stdout, "kept current by  watch; 2.5s old, may be 30s\n") {
		t.Errorf("of one: %+v", got)
	}
	var told adminv1.AdapterList
	got = netweave(t, "status", "--output", "json", "--url", at)
	if err := json.Unmarshal([]byte(got.stdout), &told); err != nil || len(told.Items) != 1 {
		t.Errorf("as JSON: %v, %+v", err, got)
	}
	o.lab.Health = "stale"
	got = netweave(t, "status", "--url", at)
	if got.code != ExitUnwell || got.stderr != "netweave: not all is well: lab is stale\n" || !strings.Contains(got.stdout, "stale") {
		t.Errorf("of one that is stale: %+v", got)
	}
}

func TestSteering(t *testing.T) {
	o, at := newOffice(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t0ken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"adapter", "pause", "lab", "--reason", "moved"}, {"adapter", "pause", "lab"}, {"adapter", "resume", "lab"},
		{"adapter", "resync", "lab", "--token-file", token},
	} {
		if got, want := netweave(t, append(args, "--url", at)...), (result{ExitOK, labRow, ""}); got != want {
			t.Errorf("%v:\n got %+v\nwant %+v", args, got, want)
		}
	}
	want := `POST /admin/v1/adapters/lab/pause  {"reason":"moved"}; POST /admin/v1/adapters/lab/pause; ` +
		`POST /admin/v1/adapters/lab/resume; POST /admin/v1/adapters/lab/resync Bearer t0ken`
	if got := strings.Join(o.asked, "; "); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestAGatewayThatCannotBeAsked(t *testing.T) {
	_, at := newOffice(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t0ken"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"status", "--url", "http://127.0.0.1:1"}, "no gateway can be reached at http://127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused"},
		{[]string{"status", "--url", "gateway"}, "--url must be an http or https URL, such as http://127.0.0.1:8080"},
		{[]string{"status", "x", "--url", at}, `the gateway answers 404: no enabled adapter has the name "x"`},
		{[]string{"status", "closed", "--url", at},
			"the gateway answers 401: Unauthorized: show who you are, with --cert-file and --key-file, or --token-file"},
		{[]string{"status", "--url", "http://192.0.2.1", "--token-file", token}, "--token-file: a token is not sent without TLS: use an https URL"},
		{[]string{"status", "--url", at, "--cert-file", "x"}, "--cert-file and --key-file go together"},
		{[]string{"status", "--url", at, "--ca-file", token}, "--ca-file: " + token + " has no certificate in PEM form"},
	} {
		if got, want := netweave(t, tt.args...), (result{ExitFailure, "", "netweave: " + tt.want + "\n"}); got != want {
			t.Errorf("%v:\n got %+v\nwant %+v", tt.args, got, want)
		}
	}
}

func TestRouteExplain(t *testing.T) {
	file := document(t, t.TempDir(), `
adapters: [{name: metal, type: mock}, {name: lab, type: mock, default: true}]
routing:
  rules:
    - {resourceType: ResourcePool, filter: {extensions.type: bare-metal}, adapter: metal}
`)
	got := netweave(t, "route", "explain", "--config", file, "--create", `{"extensions":{"type":"bare-metal"}}`)
	want := result{ExitOK, "goes to: metal\nbecause: rule 0 applies: it goes to metal\n\n" +
		"RULE  PRIORITY  TYPE          ADAPTERS  VERDICT  REASON\n0     0         ResourcePool  metal     decided  it goes to metal\n", ""}
	if got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	got = netweave(t, "route", "explain", "--config", file, "--filter", "(eq,name,x)")
	if got.code != ExitOK || !strings.HasPrefix(got.stdout, "goes to: lab, metal\nbecause: no rule applies: a list covers every enabled adapter\n") {
		t.Errorf("of a list: %+v", got)
	}
	got = netweave(t, "route", "explain", "Pool", "--config", file)
	if got.code != ExitFailure || got.stderr != "netweave: the question: resourceType: want ResourcePool, Resource, ResourceType or DeploymentManager\n" {
		t.Errorf("of an unknown type: %+v", got)
	}
}
