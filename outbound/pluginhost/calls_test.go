package pluginhost

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/sdk"
)

func TestErrorsOfAPlugin(t *testing.T) {
	t.Parallel()
	b := open(t, quick("good"))
	for code, want := range map[sdk.Code]struct {
		code   error
		source backend.Source
		counts bool // against the breaker
	}{
		sdk.NotFound:    {backend.ErrNotFound, backend.SourceCaller, false},
		sdk.Conflict:    {backend.ErrConflict, backend.SourceCaller, false},
		sdk.Invalid:     {backend.ErrInvalid, backend.SourceCaller, false},
		sdk.Unsupported: {backend.ErrUnsupported, backend.SourceCaller, false},
		sdk.Exhausted:   {backend.ErrExhausted, backend.SourceBackend, false},
		sdk.Denied:      {backend.ErrDenied, backend.SourceBackend, true},
		sdk.Throttled:   {backend.ErrThrottled, backend.SourceBackend, true},
		sdk.Unavailable: {backend.ErrUnavailable, backend.SourceBackend, true},
		sdk.Timeout:     {backend.ErrTimeout, backend.SourceBackend, true},
		sdk.Internal:    {backend.ErrBroken, backend.SourcePlugin, true},
	} {
		t.Run(string(code), func(t *testing.T) {
			back := b.start(t, string(code), memoryConfig{Fail: string(code), Password: "hunter2"})
			eventually(t, "the plugin runs", func() bool { return back.Info().State == backend.StateRunning })
			for range 5 {
				_, err := back.CreateResourcePool(t.Context(), newPool("p"))
				wantError(t, err, want.code, want.source, "no luck with [redacted]")
			}
			if state := back.Info().Breaker; (state == "open") != want.counts {
				t.Errorf("after five in a row the breaker is %s; they count: %v", state, want.counts)
			}
			if err := b.Stop(t.Context(), string(code)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheBreakerLeavesABackendAloneAndLooksAgain(t *testing.T) {
	t.Parallel()
	cfg := quick("good")
	cfg.Timeouts.Write = 30 * time.Millisecond
	cfg.Breaker = Breaker{Failures: 2, Open: time.Second}
	b := open(t, cfg)
	back := b.running(t, memoryConfig{Deaf: "write"})
	create := func() error {
		_, err := back.CreateResourcePool(t.Context(), newPool("p"))
		return err
	}
	for range 2 {
		wantError(t, create(), backend.ErrTimeout, backend.SourcePlugin, "no answer within the adapter's time-out")
	}
	wantError(t, create(), backend.ErrUnavailable, backend.SourceBackend, "it is left alone for a moment")
	if err := back.Health(t.Context()); err != nil {
		t.Errorf("health is asked whatever the breaker says: %v", err)
	}
	if err := back.Snapshot(t.Context(), newSheet()); err != nil {
		t.Errorf("feeds run whatever the breaker says: %v", err)
	}
	if state := back.Info().Breaker; state != "open" {
		t.Errorf("the breaker is %s: a success beside it must not close it", state)
	}
	eventually(t, "it lets a call through", func() bool { return back.Info().Breaker == "half-open" })
	wantError(t, create(), backend.ErrTimeout, backend.SourcePlugin, "")
	if state := back.Info().Breaker; state != "open" {
		t.Errorf("after another failure it is %s", state)
	}
	eventually(t, "it lets a call through again", func() bool { return back.Info().Breaker == "half-open" })
	if err := back.Health(t.Context()); err != nil || back.Info().Breaker != "closed" {
		t.Errorf("a good health call did not close it: %v, %s", err, back.Info().Breaker)
	}
}

func TestACallersCancelIsNoFaultAndItsDeadlineIs(t *testing.T) {
	t.Parallel()
	cfg := quick("good")
	cfg.Breaker.Failures = 2
	back := open(t, cfg).running(t, memoryConfig{Deaf: "write"})
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		_, err := back.CreateResourcePool(ctx, newPool("p"))
		wantError(t, err, context.Canceled, backend.SourceCaller, "")
	}
	if back.Info().Breaker != "closed" {
		t.Errorf("after cancelled calls the breaker is %s", back.Info().Breaker)
	}
	// Silence for as long as the caller had time is silence.
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		wantError(t, back.DeleteResource(ctx, "x"), backend.ErrTimeout, backend.SourcePlugin, "no answer within the request's time")
	}
	if back.Info().Breaker != "open" {
		t.Errorf("after two calls without an answer the breaker is %s", back.Info().Breaker)
	}
}

func TestAHealthCallHasADeadline(t *testing.T) {
	t.Parallel()
	cfg := quick("good")
	cfg.Timeouts.Health = 30 * time.Millisecond
	back := open(t, cfg).running(t, memoryConfig{Deaf: "health"})
	wantError(t, back.Health(t.Context()), backend.ErrTimeout, backend.SourcePlugin, "no answer within the adapter's time-out")
}

func TestWritesAreMappedBothWays(t *testing.T) {
	t.Parallel()
	back := open(t, quick("good")).running(t, memoryConfig{})
	spec := newPool("North")
	spec.Tenant, spec.Description, spec.Location, spec.OCloudID, spec.GlobalLocationID = "green", "d", "l", "o", "g"
	spec.Extensions = `{"acme.rack":{"unit":12345678901234567890}}`
	made, err := back.CreateResourcePool(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	want := &o2.ResourcePool{
		Header: o2.Header{
			ID: o2.DeriveID("one", "pool/north"), NativeID: "pool/north", Backend: "one", Tenant: "green", Revision: 2,
			Name: "North", Description: "d", Extensions: `{"acme.rack":{"unit":12345678901234567890},"nativeId":"pool/north"}`,
		},
		OCloudID: "o", Location: "l", GlobalLocationID: "g",
	}
	o2.Seal(want)
	if !reflect.DeepEqual(made, want) {
		t.Errorf("made %+v\nwant %+v", *made, *want)
	}
	// The native id among the extensions is ours: the plugin must not see it.
	if _, err := back.UpdateResourcePool(t.Context(), made); err != nil {
		t.Errorf("update with what create returned: %v", err)
	}
	r, err := back.CreateResource(t.Context(), &o2.Resource{Header: o2.Header{Name: "s"}, Tags: []string{"a"}},
		backend.ResourceRefs{PoolID: "pool/north", TypeID: "c1", ParentID: "chassis"})
	if err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string][2]o2.ID{
		"type": {r.ResourceTypeID, o2.DeriveID("one", "c1")}, "pool": {r.ResourcePoolID, made.ID}, "parent": {r.ParentID, o2.DeriveID("one", "chassis")},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %s, want %s", what, got[0], got[1])
		}
	}
}

func TestALyingAnswerIsBroken(t *testing.T) {
	t.Parallel()
	b := open(t, quick("raw"))
	for scenario, message := range map[string]string{
		"nil answer":   "the plugin did it, but returned a malformed object: nothing is there",
		"another noun": "the plugin did it, but returned another object: ResourceType made",
		"foreign id":   "the plugin did it, but returned another object: ResourcePool another",
		"plain status": "who knows",
		"bad text":     "",
	} {
		t.Run(scenario, func(t *testing.T) {
			name := o2.DeriveID("", scenario)
			back := b.start(t, string(name), map[string]string{"scenario": scenario})
			eventually(t, "the plugin runs", func() bool { return back.Info().State == backend.StateRunning })
			pool := newPool("p")
			pool.NativeID = "p"
			var err error
			if scenario == "foreign id" {
				_, err = back.UpdateResourcePool(t.Context(), pool)
			} else {
				_, err = back.CreateResourcePool(t.Context(), pool)
			}
			wantError(t, err, backend.ErrBroken, backend.SourcePlugin, message)
		})
	}
}

// gRPC says of a lost connection what a plugin without the sdk says of its
// backend. Only the former is a reason to start it again.
func TestAPluginThatIsPlainlyUnavailableIsNotLost(t *testing.T) {
	t.Parallel()
	b := open(t, quick("raw"))
	back := b.running(t, map[string]string{"scenario": "plainly unavailable"})
	before := back.pid()
	_, err := back.CreateResourcePool(t.Context(), newPool("p"))
	wantError(t, err, backend.ErrUnavailable, backend.SourceBackend, "the cloud is closed")
	if state := back.Info().State; state != backend.StateRunning || back.pid() != before {
		t.Errorf("it is %s with pid %d, want it running with %d as before", state, back.pid(), before)
	}

	closed := b.start(t, "closed", map[string]string{"scenario": "closed"})
	eventually(t, "it was opened often", func() bool { return closed.Info().Restarts > 5 })
	info := closed.Info()
	if want := "open: backend closed: unavailable: the cloud is closed"; info.State == backend.StateQuarantined || info.LastError != want {
		t.Errorf("it is %s after %q, want it tried again after %q", info.State, info.LastError, want)
	}
}

func TestMetricsTellWhatHappened(t *testing.T) {
	t.Parallel()
	b := open(t, quick("good"))
	back := b.running(t, memoryConfig{})
	if err := back.Health(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantError(t, back.DeleteResource(t.Context(), "x"), backend.ErrNotFound, backend.SourceCaller, "")
	for name, tc := range map[string]struct {
		labels map[string]string
		want   float64
	}{
		"netweave_plugin_calls_total health":    {map[string]string{"adapter": "one", "method": "Health", "code": "ok"}, 1},
		"netweave_plugin_calls_total delete":    {map[string]string{"adapter": "one", "method": "DeleteResource", "code": "not-found"}, 1},
		"netweave_plugin_state running":         {map[string]string{"adapter": "one", "state": "running"}, 1},
		"netweave_plugin_state starting":        {map[string]string{"adapter": "one", "state": "starting"}, 0},
		"netweave_plugin_breaker_state closed":  {map[string]string{"adapter": "one", "state": "closed"}, 1},
		"netweave_plugin_breaker_state open":    {map[string]string{"adapter": "one", "state": "open"}, 0},
		"netweave_plugin_restarts_total":        {map[string]string{"adapter": "one"}, 0},
		"netweave_plugin_call_duration_seconds": {map[string]string{"adapter": "one", "method": "Health"}, 1},
	} {
		if got := sample(t, b.metrics, name, tc.labels); got != tc.want {
			t.Errorf("%s is %v, want %v", name, got, tc.want)
		}
	}
	if err := b.Stop(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	families, err := b.metrics.Gather()
	if err != nil || len(families) != 0 {
		t.Errorf("a stopped adapter has left metrics: %v, %v", families, err)
	}
}

// sample reads one series: the first word of name is the family's.
func sample(t *testing.T, reg *prometheus.Registry, name string, labels map[string]string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if len(name) < len(f.GetName()) || name[:len(f.GetName())] != f.GetName() {
			continue
		}
	series:
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if labels[l.GetName()] != l.GetValue() {
					continue series
				}
			}
			if h := m.GetHistogram(); h != nil {
				return float64(h.GetSampleCount())
			}
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return -1
}

func TestBackendIsSafeWhileItsPluginCrashes(t *testing.T) {
	t.Parallel()
	cfg := quick("good")
	cfg.Restart.Crashes = 1000
	back := open(t, cfg).running(t, memoryConfig{Crash: "40ms", Resources: 20})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		for ctx.Err() == nil && back.Info().Restarts < 3 {
			<-time.After(time.Millisecond)
		}
	})
	for range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := back.Watch(ctx, newSheet()); err == nil {
					t.Error("Watch returned nil")
				}
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				sink := newSheet()
				err := back.Snapshot(ctx, sink)
				if e, ok := errors.AsType[*backend.Error](err); err != nil && !ok {
					t.Errorf("error %T %v", err, e)
				}
				if whole := sink.synced == 1; whole != (err == nil) {
					t.Errorf("synced: %v, error: %v", whole, err)
				}
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := back.CreateResourcePool(ctx, newPool("p"))
				if _, ok := errors.AsType[*backend.Error](err); err != nil && !ok {
					t.Errorf("error %T %v", err, err)
				}
				_ = back.Info()
			}
		})
	}
	wg.Wait()
	if back.Info().Restarts < 3 {
		t.Errorf("only %d restarts within %s", back.Info().Restarts, patience)
	}
}
