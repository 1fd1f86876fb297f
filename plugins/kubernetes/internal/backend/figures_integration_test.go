//go:build integration

package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

const quickly = sdk.Duration(50 * time.Millisecond)

func poolOf(t *testing.T, b *Backend, name string) *sdk.ResourcePool {
	t.Helper()
	for p, err := range b.ListResourcePools(t.Context(), sdk.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Name == name {
			return p
		}
	}
	return nil
}

// wantFigures waits for a pool's: healthy of all Nodes, then used, requested and
// all of CPU and memory.
func wantFigures(t *testing.T, b *Backend, name, want string) {
	t.Helper()
	eventually(t, patience, func() string {
		p := poolOf(t, b, name)
		if p == nil {
			return "there is no pool " + name
		}
		m := p.Metrics
		got := fmt.Sprintf("%s %d/%d cpu %v/%v/%v memory %.0f/%.0f/%.0f", p.Health.Status, m.HealthyNodes, m.Nodes,
			m.CPUUsed, m.CPURequested, m.CPUCapacity, m.MemoryUsed, m.MemoryRequested, m.MemoryCapacity)
		if got != want {
			return "got " + got + ", want " + want
		}
		return ""
	})
}

func createPod(t *testing.T, name, node, cpu string) {
	t.Helper()
	_, err := lab.Core.CoreV1().Pods("default").Create(t.Context(), &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{
			Name: "c", Image: "i", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse("1Gi"),
			}},
		}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		now := int64(0)
		if err := lab.Core.CoreV1().Pods("default").Delete(context.Background(), name, metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
			t.Error(err)
		}
	})
}

// TestFigures reads capacity from Nodes and requests from pods. No cluster here
// measures its Nodes, so that what they use is not known.
func TestFigures(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.CreateNode(t, kubetest.Node("n2", "z1", "m5.large"))
	lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 2))
	lab.Create(t, kubetest.Machines, kubetest.Machine("m1", "workers", "z1", "m5.large", "n1"))
	b := open(t, lab.REST, config.Config{MetricsInterval: quickly})
	wantFigures(t, b, "workers", "healthy 1/1 cpu -1/0/4 memory -1/0/17179869184")
	createPod(t, "p1", "n1", "1500m")
	createPod(t, "p2", "n1", "500m")
	createPod(t, "p3", "n2", "1")
	wantFigures(t, b, "workers", "healthy 1/1 cpu -1/2/4 memory -1/2147483648/17179869184")
	wantFigures(t, b, "z1", "healthy 1/1 cpu -1/1/4 memory -1/1073741824/17179869184")

	setConditions(t, "n1", condition(corev1.NodeReady, corev1.ConditionFalse, 1_700_000_001))
	wantFigures(t, b, "workers", "unhealthy 0/1 cpu -1/2/4 memory -1/2147483648/17179869184")
	workers := poolOf(t, b, "workers")
	if workers.CreatedAt.IsZero() || time.Since(workers.CreatedAt) > time.Hour {
		t.Errorf("it was created at %v", workers.CreatedAt)
	}
	if workers.Health.Utilization != 50 || workers.Health.AvailableCapacity != 0 {
		t.Errorf("health %+v", *workers.Health)
	}
	if s := workers.Site; s == nil || s.ID != "zone/z1" || s.Location.GlobalID != "r1" {
		t.Errorf("site %+v", s)
	}
}

// What may not be read is not known, and all else is.
func TestFiguresWithoutTheRight(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	createPod(t, "p1", "n1", "1")
	as, change := limited(t, "blind", leastRole(t).Rules...)
	b := open(t, as, config.Config{MetricsInterval: quickly})
	wantFigures(t, b, "z1", "healthy 1/1 cpu -1/-1/4 memory -1/-1/17179869184")
	if err := b.Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
	change(append(leastRole(t).Rules, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"list"}})...)
	wantFigures(t, b, "z1", "healthy 1/1 cpu -1/1/4 memory -1/1073741824/17179869184")
}

// fakeMetrics stands in front of the real API server and is a fake of what a
// metrics server says through it: no cluster here has one.
func fakeMetrics(t *testing.T, usage *atomic.Pointer[map[string]string]) *rest.Config {
	t.Helper()
	target, err := url.Parse(lab.REST.Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(lab.REST)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport, FlushInterval: -1,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/apis/metrics.k8s.io/v1beta1/nodes" {
			proxy.ServeHTTP(w, r)
			return
		}
		nodes := usage.Load()
		if nodes == nil {
			http.Error(w, "service unavailable", http.StatusServiceUnavailable)
			return
		}
		items := []any{}
		for name, cpu := range *nodes {
			items = append(items, map[string]any{
				"metadata": map[string]any{"name": name}, "timestamp": "2026-01-02T03:04:05Z", "window": "20s",
				"usage": map[string]any{"cpu": cpu, "memory": "1048576Ki"},
			})
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]any{"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": map[string]any{}, "items": items}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL}
}

func TestFiguresOfAMetricsServer(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.CreateNode(t, kubetest.Node("n2", "z1", "m5.large"))
	var usage atomic.Pointer[map[string]string]
	b := open(t, fakeMetrics(t, &usage), config.Config{MetricsInterval: quickly})
	wantFigures(t, b, "z1", "healthy 2/2 cpu -1/0/8 memory -1/0/34359738368")
	usage.Store(&map[string]string{"n1": "250000000n", "n2": "1"})
	wantFigures(t, b, "z1", "healthy 2/2 cpu 1.25/0/8 memory 2147483648/0/34359738368")
	// The watch tells of it too.
	r := follow(t, b)
	usage.Store(&map[string]string{"n1": "2"})
	eventually(t, patience, func() string {
		p, ok := r.named(sdk.KindResourcePool, "z1").(*sdk.ResourcePool)
		if !ok || p.Metrics.CPUUsed != 2 {
			return fmt.Sprintf("the watch has told %+v", p)
		}
		return ""
	})
	usage.Store(nil)
	wantFigures(t, b, "z1", "healthy 2/2 cpu -1/0/8 memory -1/0/34359738368")
}
