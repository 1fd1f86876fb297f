package kube

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

func TestElectionConfig(t *testing.T) {
	c, err := ConnectTo(&rest.Config{Host: "https://127.0.0.1:1"}, "netweave")
	if err != nil {
		t.Fatal(err)
	}
	const whole = "; it must be in whole seconds"
	const order = "kubernetes: a Lease's duration must be longer than its renew deadline, and that longer than two retry periods"
	for name, c2 := range map[string]struct {
		cfg  ElectionConfig
		want string
	}{
		"defaults":       {ElectionConfig{Name: "l"}, ""},
		"longer":         {ElectionConfig{Name: "l", LeaseDuration: 15 * time.Second}, ""},
		"no name":        {ElectionConfig{}, "kubernetes: the Lease must be named"},
		"part of second": {ElectionConfig{Name: "l", LeaseDuration: 1500 * time.Millisecond}, "kubernetes: the Lease's duration is 1.5s" + whole},
		"short":          {ElectionConfig{Name: "l", LeaseDuration: time.Millisecond}, "kubernetes: the Lease's duration is 1ms" + whole},
		"deadline":       {ElectionConfig{Name: "l", RenewDeadline: 5 * time.Second}, order},
		"retries":        {ElectionConfig{Name: "l", RetryPeriod: 2 * time.Second}, order},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if _, err := c.NewElection(c2.cfg, slog.New(slog.DiscardHandler)); err != nil {
				got = err.Error()
			}
			if got != c2.want {
				t.Errorf("got %q, want %q", got, c2.want)
			}
		})
	}
	one, err := c.NewElection(ElectionConfig{Name: "l"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	two, err := c.NewElection(ElectionConfig{Name: "l"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if one.identity == two.identity {
		t.Errorf("both candidates are %q", one.identity)
	}
}

func TestConnect(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	broken := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(broken, []byte("token: hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cfg  Config
		want string
	}{
		"no namespace": {Config{Kubeconfig: broken}, "kubernetes: the namespace must be named"},
		"no pod":       {Config{Namespace: "n"}, "kubernetes: this is no pod, so that a kubeconfig must be named"},
		"no cluster":   {Config{Kubeconfig: broken, Namespace: "n"}, "kubernetes: read the kubeconfig " + broken + ": invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable"},
	} {
		_, err := Connect(c.cfg)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
