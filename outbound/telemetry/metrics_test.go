package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/telemetry"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

type statuses struct {
	ready bool
	list  []inventory.BackendStatus
}

func (s statuses) Ready() bool                         { return s.ready }
func (s statuses) Statuses() []inventory.BackendStatus { return s.list }

func TestBackendsShowTheirStanding(t *testing.T) {
	var objects [o2.KindCount]int
	objects[o2.KindResourcePool], objects[o2.KindResource] = 4, 50
	c := telemetry.NewBackends(statuses{ready: true, list: []inventory.BackendStatus{
		{
			Info:    backend.Info{Name: "lab", State: backend.StateRunning},
			Synced:  true,
			Age:     1500 * time.Millisecond,
			Objects: objects, Refused: 3, Snapshots: 7,
		},
		{Info: backend.Info{Name: "metal", State: backend.StateQuarantined}, Degraded: true},
	}})
	const want = `
# HELP netweave_ready 1 once every backend has synced or was given up on for now.
# TYPE netweave_ready gauge
netweave_ready 1
# HELP netweave_view_degraded 1 while the view is older than its allowance or the backend was given up on for readiness.
# TYPE netweave_view_degraded gauge
netweave_view_degraded{adapter="lab"} 0
netweave_view_degraded{adapter="metal"} 1
# HELP netweave_view_objects Objects in the backend's view.
# TYPE netweave_view_objects gauge
netweave_view_objects{adapter="lab",kind="DeploymentManager"} 0
netweave_view_objects{adapter="lab",kind="Resource"} 50
netweave_view_objects{adapter="lab",kind="ResourcePool"} 4
netweave_view_objects{adapter="lab",kind="ResourceType"} 0
netweave_view_objects{adapter="metal",kind="DeploymentManager"} 0
netweave_view_objects{adapter="metal",kind="Resource"} 0
netweave_view_objects{adapter="metal",kind="ResourcePool"} 0
netweave_view_objects{adapter="metal",kind="ResourceType"} 0
# HELP netweave_view_refused_objects_total Objects that the view refused: foreign ids and duplicates.
# TYPE netweave_view_refused_objects_total counter
netweave_view_refused_objects_total{adapter="lab"} 3
netweave_view_refused_objects_total{adapter="metal"} 0
# HELP netweave_view_snapshots_total Snapshots that ran to their end.
# TYPE netweave_view_snapshots_total counter
netweave_view_snapshots_total{adapter="lab"} 7
netweave_view_snapshots_total{adapter="metal"} 0
# HELP netweave_view_synced 1 once a full snapshot of the backend was applied.
# TYPE netweave_view_synced gauge
netweave_view_synced{adapter="lab"} 1
netweave_view_synced{adapter="metal"} 0
# HELP netweave_view_age_seconds How long ago the backend's view was known to be current; absent before the first snapshot.
# TYPE netweave_view_age_seconds gauge
netweave_view_age_seconds{adapter="lab"} 1.5
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.CollectAndLint(c); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
}

func TestBackendsPassAPedanticRegistry(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(telemetry.NewBackends(statuses{})); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Gather(); err != nil {
		t.Fatal(err)
	}
}

func TestHandlerServesTheRegistry(t *testing.T) {
	h := telemetry.Handler(telemetry.NewRegistry(telemetry.Build{Version: "1.2.3", GoVersion: "go1.26.8"}))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if rec.Code != http.StatusOK {
		t.Fatalf("status %d: %s", rec.Code, rec.Body)
	}
	for _, want := range []string{
		`netweave_build_info{goversion="go1.26.8",version="1.2.3"} 1`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("no %q in the answer", want)
		}
	}
}
