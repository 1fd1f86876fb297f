// Package kubelab runs a real Kubernetes control plane on loopback, for trying
// netweave by hand, for its tests and for its benchmarks: kube-apiserver and
// etcd as built from their own modules (testdata/kubeservers), with the machine
// CRDs of this folder and as many Nodes as one asks for.
//
// There is no kubelet and no controller: Nodes are what Seed wrote, and stay so.
package kubelab

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Config says where the servers' binaries and the CRDs are.
type Config struct {
	// BinDir holds kube-apiserver and etcd. Mandatory.
	BinDir string
	// CRDDirs hold CustomResourceDefinitions to install.
	CRDDirs []string
	// Out receives the servers' own output; nil discards it.
	Out io.Writer
}

// Cluster is a running control plane.
type Cluster struct {
	env  *envtest.Environment
	rest *rest.Config
}

// Start brings a control plane up, with CRDs, in a few seconds. Stop ends it.
func Start(cfg Config) (*Cluster, error) {
	for _, name := range []string{"kube-apiserver", "etcd"} {
		if _, err := os.Stat(filepath.Join(cfg.BinDir, name)); err != nil {
			return nil, fmt.Errorf("no %s in %s: run `task servers` to build it", name, cfg.BinDir)
		}
	}
	env := &envtest.Environment{BinaryAssetsDirectory: cfg.BinDir, CRDDirectoryPaths: cfg.CRDDirs, ErrorIfCRDPathMissing: true}
	if cfg.Out != nil {
		env.ControlPlane.GetAPIServer().Out, env.ControlPlane.GetAPIServer().Err = cfg.Out, cfg.Out
	}
	// The lab is asked for ten thousand Nodes at a time; fairness among flows
	// would only slow the one client that there is.
	env.ControlPlane.GetAPIServer().Configure().
		Set("enable-priority-and-fairness", "false").
		Set("max-requests-inflight", "4000").
		Set("max-mutating-requests-inflight", "2000")
	restConfig, err := env.Start()
	if err != nil {
		return nil, fmt.Errorf("start the control plane: %w", err)
	}
	restConfig.QPS = -1
	return &Cluster{env: env, rest: restConfig}, nil
}

// REST returns an administrator's client configuration, without rate limits.
func (c *Cluster) REST() *rest.Config { return rest.CopyConfig(c.rest) }

// WriteKubeconfig writes an administrator's kubeconfig to path, readable by its
// owner alone.
func (c *Cluster) WriteKubeconfig(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, c.env.KubeConfig, 0o600)
}

// Stop ends the servers and removes what they stored.
func (c *Cluster) Stop() error { return c.env.Stop() }
