package o2imsv2

import (
	"encoding/json"
	"flag"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("rapid.seed", "1"); err != nil { // the same examples in every run
		panic(err)
	}
	m.Run()
}

func TestHealth(t *testing.T) {
	for _, tt := range []struct {
		name   string
		health *o2.PoolHealth
		want   string
	}{
		{"none", nil, `{"status":"unknown"}`},
		{"whole", &o2.PoolHealth{Status: o2.HealthHealthy, AvailableCapacity: 80, Utilization: 65.5}, `{"status":"healthy","availableCapacity":80,"utilization":65.5}`},
		{"nothing of it", &o2.PoolHealth{Status: o2.HealthUnhealthy}, `{"status":"unhealthy","availableCapacity":0,"utilization":0}`},
		{"without figures", &o2.PoolHealth{Status: o2.HealthDegraded, AvailableCapacity: -1, Utilization: -1}, `{"status":"degraded"}`},
		{"figures that are none", &o2.PoolHealth{Status: o2.HealthUnknown, AvailableCapacity: math.NaN(), Utilization: math.Inf(1)}, `{"status":"unknown"}`},
		{"a status of a backend's own", &o2.PoolHealth{Status: "so-so", AvailableCapacity: 1, Utilization: 99}, `{"status":"unknown","availableCapacity":1,"utilization":99}`},
		{"many decimals", &o2.PoolHealth{Status: o2.HealthHealthy, AvailableCapacity: 100.0 / 3, Utilization: 1e-9}, `{"status":"healthy","availableCapacity":33.33,"utilization":0}`},
	} {
		if got := string(appendHealth(nil, tt.health)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestMetrics(t *testing.T) {
	const none = -1
	unknown := o2.PoolMetrics{
		CPUCapacity: none, CPURequested: none, CPUUsed: none, MemoryCapacity: none, MemoryRequested: none, MemoryUsed: none, Nodes: none, HealthyNodes: none,
	}
	metrics := func(change func(*o2.PoolMetrics)) *o2.PoolMetrics {
		m := unknown
		change(&m)
		return &m
	}
	for _, tt := range []struct {
		name    string
		metrics *o2.PoolMetrics
		want    string
	}{
		{"none", nil, `{}`},
		{"none known", &unknown, `{}`},
		{"used", metrics(func(m *o2.PoolMetrics) { m.CPUCapacity, m.CPUUsed, m.CPURequested = 40, 18.08, 30 }), `{"cpuUsagePercent":45.2,"cpuUsageBasis":"usage"}`},
		{"requested", metrics(func(m *o2.PoolMetrics) { m.MemoryCapacity, m.MemoryRequested = 1000, 721 }), `{"memoryUsagePercent":72.1,"memoryUsageBasis":"requests"}`},
		{"more than there is", metrics(func(m *o2.PoolMetrics) { m.CPUCapacity, m.CPURequested = 2, 3 }), `{"cpuUsagePercent":150,"cpuUsageBasis":"requests"}`},
		{"no capacity", metrics(func(m *o2.PoolMetrics) { m.CPUCapacity, m.CPUUsed = 0, 0 }), `{}`},
		{"capacity unknown", metrics(func(m *o2.PoolMetrics) { m.CPUUsed = 3 }), `{}`},
		{"idle", metrics(func(m *o2.PoolMetrics) { m.CPUCapacity, m.CPUUsed = 8, 0 }), `{"cpuUsagePercent":0,"cpuUsageBasis":"usage"}`},
		{"nodes alone", metrics(func(m *o2.PoolMetrics) { m.Nodes, m.HealthyNodes = 3, 0 }), `{"nodeCount":3,"healthyNodeCount":0}`},
	} {
		if got := string(appendMetrics(nil, tt.metrics)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Whatever a backend tells, it is JSON, and no state has what passes.
func TestPoolsAreValidJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		figure := rapid.Float64()
		pool := &o2.ResourcePool{
			Header: o2.Header{
				ID: "aaaaaaaa-0000-4000-8000-000000000001", Name: rapid.String().Draw(t, "name"),
				Extensions: `{"nativeId":"x"}`, Volatile: `{"heartbeat":1}`,
			},
			Tags:      rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "tags"),
			CreatedAt: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "created"), 0),
			Health:    &o2.PoolHealth{Status: o2.HealthStatus(rapid.String().Draw(t, "status")), AvailableCapacity: figure.Draw(t, "free"), Utilization: figure.Draw(t, "taken")},
			Metrics: &o2.PoolMetrics{
				CPUCapacity: figure.Draw(t, "cores"), CPURequested: figure.Draw(t, "requested"), CPUUsed: figure.Draw(t, "used"),
				MemoryCapacity: figure.Draw(t, "bytes"), MemoryRequested: figure.Draw(t, "requested"), MemoryUsed: figure.Draw(t, "used"),
				Nodes: rapid.Int64().Draw(t, "nodes"), HealthyNodes: rapid.Int64().Draw(t, "healthy"),
			},
		}
		for _, b := range [][]byte{Project(pool), version.State(pool), appendFigures(nil, pool)} {
			var m map[string]any
			if err := json.Unmarshal(b, &m); err != nil || m["name"] != pool.Name {
				t.Fatalf("%v in %s", err, b)
			}
		}
		var state map[string]any
		if err := json.Unmarshal(version.State(pool), &state); err != nil {
			t.Fatal(err)
		}
		for _, passing := range version.Passing {
			if _, shown := state[passing]; shown {
				t.Fatalf("the state shows %s", passing)
			}
		}
	})
}
