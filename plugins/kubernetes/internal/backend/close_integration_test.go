//go:build integration

package backend

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"
	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

// TestCloseLeavesNothing ends every goroutine that Open began, with the cluster
// there and with none.
func TestCloseLeavesNothing(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	nowhere := &rest.Config{Host: "https://127.0.0.1:1"}
	for name, restConfig := range map[string]*rest.Config{"a cluster": lab.REST, "no cluster": nowhere} {
		t.Run(name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			b := openUnclosed(t, restConfig, config.Config{})
			ctx, cancel := context.WithCancel(t.Context())
			r := newRecorder()
			done := make(chan error, 1)
			go func() { done <- b.Watch(ctx, r) }()
			eventually(t, patience, func() string {
				if name == "a cluster" && r.named(sdk.KindResource, "n1") == nil {
					return "the Node did not come"
				}
				if name == "no cluster" && b.Health(ctx) == nil {
					return "Health returns nil without a cluster"
				}
				return ""
			})
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("Watch returned %v", err)
			}
			if err := b.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			goleak.VerifyNone(t, before)
		})
	}
}

// TestNeverSeen waits for a cluster as long as the caller does, and says why.
func TestNeverSeen(t *testing.T) {
	b := open(t, &rest.Config{Host: "https://127.0.0.1:1"}, config.Config{})
	eventually(t, patience, func() string {
		if b.Health(t.Context()) == nil {
			return "Health returns nil without a cluster"
		}
		return ""
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50e6)
	defer cancel()
	for _, err := range b.ListResources(ctx, sdk.ListOptions{}) {
		wantCode(t, "ListResources", err, sdk.Unavailable)
	}
}
