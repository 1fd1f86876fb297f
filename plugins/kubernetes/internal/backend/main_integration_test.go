//go:build integration

package backend

import (
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

// lab is the cluster that tests share; each clears up after itself.
var lab *kubetest.Cluster

func TestMain(m *testing.M) {
	var err error
	if lab, err = kubetest.Start(kubetest.OpenShift, kubetest.ClusterAPI); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := lab.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

const testRecheck = sdk.Duration(200 * time.Millisecond)

// open opens a backend on the cluster, closed with the test.
func open(t testing.TB, restConfig *rest.Config, cfg config.Config) *Backend {
	t.Helper()
	b := openUnclosed(t, restConfig, cfg)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b
}

func openUnclosed(t testing.TB, restConfig *rest.Config, cfg config.Config) *Backend {
	t.Helper()
	if cfg.Recheck == 0 {
		cfg.Recheck = testRecheck
	}
	cfg.OCloudID = "ocloud-lab"
	b, err := New(restConfig, "lab", cfg, slog.New(slog.NewTextHandler(logWriter{t}, nil)))
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return b
}

// logWriter shows the backend's log with a test that fails.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(p []byte) (int, error) {
	w.t.Log(string(p))
	return len(p), nil
}

// eventually waits for ok to return "", and fails with what it returned last.
func eventually(t testing.TB, limit time.Duration, ok func() string) {
	t.Helper()
	deadline := time.After(limit)
	for {
		said := ok()
		if said == "" {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("after %v: %s", limit, said)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
