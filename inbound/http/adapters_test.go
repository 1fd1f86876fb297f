package httpserver_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/adapters"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/pauses"
)

const adaptersPath = "/admin/v1/adapters"

// steersman is an adapters.Adapters with one adapter.
type steersman struct {
	lab adapters.Adapter
	did string
}

func newSteersman() *steersman {
	s := &steersman{}
	s.lab.Name, s.lab.Type, s.lab.State, s.lab.Breaker, s.lab.Synced = "lab", "mock", backend.StateRunning, "closed", true
	s.lab.Since = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	return s
}

func (s *steersman) List(context.Context, scope.Scope) ([]adapters.Adapter, error) {
	return []adapters.Adapter{s.lab}, nil
}

func (s *steersman) Get(_ context.Context, _ scope.Scope, name string) (adapters.Adapter, error) {
	return s.note(name, "")
}

func (s *steersman) Pause(_ context.Context, _ scope.Scope, name, reason string) (adapters.Adapter, error) {
	return s.note(name, "pause "+reason)
}

func (s *steersman) Resume(_ context.Context, _ scope.Scope, name string) (adapters.Adapter, error) {
	return s.note(name, "resume")
}

func (s *steersman) Resync(_ context.Context, _ scope.Scope, name string) (adapters.Adapter, error) {
	return s.note(name, "resync")
}

func (s *steersman) note(name, did string) (adapters.Adapter, error) {
	if name != s.lab.Name {
		return adapters.Adapter{}, fmt.Errorf("%q: %w", name, adapters.ErrNotFound)
	}
	s.did = did
	return s.lab, nil
}

func TestAdaptersAreShown(t *testing.T) {
	g := newGateway(t, site(0))
	const lab = `{"ageSeconds":0,"breaker":"closed","capabilities":[],"feed":"watch","health":"ok","name":"lab",` +
		`"objects":{"deploymentManagers":0,"resourcePools":0,"resourceTypes":0,"resources":0},"paused":false,"refusedObjects":0,` +
		`"replacements":0,"restarts":0,"since":"2026-01-31T12:00:00Z","snapshots":0,"stale":false,"staleAfterSeconds":0,"state":"running",` +
		`"synced":true,"type":"mock"}`
	g.wantBody(g.get(adaptersPath), http.StatusOK, `{"items":[`+lab+`]}`)
	g.wantBody(g.get(adaptersPath+"/lab"), http.StatusOK, lab)
	at := time.Date(2026, 1, 31, 13, 0, 0, 1999999, time.UTC)
	g.steered.lab = adapters.Adapter{
		BackendStatus: inventory.BackendStatus{
			Info: backend.Info{
				Name: "lab", Type: "mock", Version: "1.2", Checksum: "ab", Capabilities: []string{"resource-create"}, State: backend.StateRestarting,
				Since: at, Restarts: 1, Replacements: 2, ReplaceError: "why", LastError: "what", Breaker: "open",
			},
			Synced: true, Degraded: true, Age: 1234 * time.Millisecond, FeedError: "gone", Refused: 4, Snapshots: 5,
			Objects: [o2.KindCount]int{o2.KindDeploymentManager: 1, o2.KindResourcePool: 2, o2.KindResource: 3, o2.KindResourceType: 4},
			Paused:  true, Polled: true, StaleAfter: 30 * time.Second,
		},
		Pause: &pauses.Pause{Adapter: "lab", By: "root.platform", Reason: "moved", At: at},
	}
	g.wantBody(g.get(adaptersPath+"/lab"), http.StatusOK, `{"ageSeconds":1.2,"breaker":"open","capabilities":["resource-create"],"checksum":"ab",`+
		`"feed":"poll","feedError":"gone","health":"paused","lastError":"what","name":"lab",`+
		`"objects":{"deploymentManagers":1,"resourcePools":2,"resourceTypes":4,"resources":3},"pause":{"at":"2026-01-31T13:00:00.001Z","by":"root.platform","reason":"moved"},`+
		`"paused":true,"refusedObjects":4,"replaceError":"why","replacements":2,"restarts":1,"since":"2026-01-31T13:00:00.001Z","snapshots":5,"stale":true,`+
		`"staleAfterSeconds":30,"state":"restarting","synced":true,"type":"mock","version":"1.2"}`)
}

func TestHealthInAWord(t *testing.T) {
	g := newGateway(t, site(0))
	for want, change := range map[string]func(*adapters.Adapter){
		"ok":       func(*adapters.Adapter) {},
		"stale":    func(a *adapters.Adapter) { a.Degraded = true },
		"starting": func(a *adapters.Adapter) { a.Synced, a.State = false, backend.StateStarting },
		"down":     func(a *adapters.Adapter) { a.State = backend.StateQuarantined },
		"paused":   func(a *adapters.Adapter) { a.Paused, a.Degraded = true, true },
	} {
		g.steered.lab = newSteersman().lab
		change(&g.steered.lab)
		if a := g.get(adaptersPath + "/lab"); !strings.Contains(a.body, `"health":"`+want+`"`) {
			t.Errorf("want %s: %s", want, a.body)
		}
	}
	g.steered.lab.Synced, g.steered.lab.Degraded, g.steered.lab.Paused = false, true, false
	if a := g.get(adaptersPath + "/lab"); !strings.Contains(a.body, `"health":"down"`) {
		t.Errorf("one that was waited for in vain is not down: %s", a.body)
	}
}

func TestAdaptersAreSteered(t *testing.T) {
	g := newGateway(t, site(0))
	for _, tt := range []struct {
		path, body, did string
		status          int
	}{
		{"/lab/pause", ``, "pause ", 200},
		{"/lab/pause", `{"reason":"moved"}`, "pause moved", 200},
		{"/lab/resume", ``, "resume", 200},
		{"/lab/resync", ``, "resync", 202},
	} {
		a := g.do("POST", adaptersPath+tt.path, tt.body)
		if a.StatusCode != tt.status || g.steered.did != tt.did {
			t.Errorf("%s %s: %d %s, did %q", tt.path, tt.body, a.StatusCode, a.body, g.steered.did)
		}
	}
	for path, method := range map[string]string{"/x": "GET", "/x/pause": "POST", "/x/resume": "POST", "/x/resync": "POST"} {
		const want = `no enabled adapter has the name "x": GET /admin/v1/adapters lists them`
		if a := g.do(method, adaptersPath+path, ""); a.StatusCode != http.StatusNotFound || a.detail(t) != want {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
	if a := g.do("POST", adaptersPath+"/lab/pause", `{"because":"x"}`); a.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown attribute: %d %s", a.StatusCode, a.body)
	}
}
