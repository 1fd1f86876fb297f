//go:build integration

package backend

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

// sluice lets requests pass and can hold back what watches bring.
type sluice struct{ mu sync.RWMutex }

func (s *sluice) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(r)
		if err == nil && strings.Contains(r.URL.RawQuery, "watch=") {
			res.Body = held{res.Body, s}
		}
		return res, err
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type held struct {
	io.ReadCloser
	by *sluice
}

func (h held) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.by.mu.RLock()
	defer h.by.mu.RUnlock()
	return n, err
}

// TestHealthIsOfWhatWasTold holds a watch back while the cluster changes: Health
// says so, and once it returns nil the change was told.
func TestHealthIsOfWhatWasTold(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	nodes := lab.Core.CoreV1().Nodes()
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.CreateNode(t, kubetest.Node("n2", "z1", "m5.large"))
	through, restConfig := &sluice{}, rest.CopyConfig(lab.REST)
	restConfig.Wrap(through.wrap)
	b := open(t, restConfig, config.Config{})
	r := follow(t, b)
	eventually(t, patience, func() string {
		if n, _ := r.state(); n == 0 {
			return "no snapshot came"
		}
		if err := b.Health(t.Context()); err != nil {
			return err.Error()
		}
		return ""
	})
	for _, c := range []struct {
		name   string
		change func() error
		want   string
	}{
		{"a Node that is new", func() error { lab.CreateNode(t, kubetest.Node("n3", "z1", "m5.large")); return nil }, "n1 n2 n3"},
		{"a Node that is gone", func() error { return nodes.Delete(t.Context(), "n2", metav1.DeleteOptions{}) }, "n1 n3"},
		{"a Node that changed", func() error {
			_, err := nodes.Patch(t.Context(), "n1", types.MergePatchType, []byte(`{"spec":{"unschedulable":true}}`), metav1.PatchOptions{})
			return err
		}, "n1! n3"},
		{"a MachineSet", func() error {
			lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
			return nil
		}, "n1! n3 workers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			through.mu.Lock()
			open := sync.OnceFunc(through.mu.Unlock)
			defer open()
			if err := c.change(); err != nil {
				t.Fatal(err)
			}
			wantCode(t, "Health", b.Health(t.Context()), sdk.Unavailable)
			open()
			if err := b.Health(t.Context()); err != nil {
				t.Fatalf("Health: %v", err)
			}
			if got := shown(r); got != c.want {
				t.Errorf("Health returned nil when %s were told, want %s", got, c.want)
			}
		})
	}
}

// TestHealthOfALargeSource does not fail where nothing happens.
func TestHealthOfALargeSource(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	for i := range 120 {
		lab.CreateNode(t, kubetest.Node(fmt.Sprintf("n%03d", i), "z1", "m5.large"))
	}
	b := open(t, lab.REST, config.Config{})
	r := follow(t, b)
	eventually(t, patience, func() string {
		if n := len(r.names(sdk.KindResource)); n != 120 {
			return fmt.Sprintf("%d Nodes were told", n)
		}
		return ""
	})
	for range 3 {
		if err := b.Health(t.Context()); err != nil {
			t.Fatalf("Health: %v", err)
		}
	}
}

// shown names the Nodes, those that are cordoned with a "!", and the MachineSets.
func shown(r *recorder) string {
	names := r.names(sdk.KindResource)
	for i, name := range names {
		if equalJSON(r.named(sdk.KindResource, name).Common().Extensions["k8s.unschedulable"], true) {
			names[i] += "!"
		}
	}
	for _, pool := range r.names(sdk.KindResourcePool) {
		if pool == "workers" {
			names = append(names, pool)
		}
	}
	return strings.Join(names, " ")
}
