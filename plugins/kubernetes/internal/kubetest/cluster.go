//go:build integration

// Package kubetest starts real control planes for tests: kube-apiserver and etcd
// as `task servers` builds them, on loopback.
package kubetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	// Pins the module whose CRDs the tests install.
	_ "sigs.k8s.io/cluster-api/version"
)

// CRD names a file of CustomResourceDefinitions.
type CRD string

// The machine APIs' CRDs.
const (
	OpenShift  CRD = "machine.openshift.io.yaml"
	ClusterAPI CRD = "cluster.x-k8s.io"
)

// Cluster is a running control plane.
type Cluster struct {
	Env     *envtest.Environment
	REST    *rest.Config
	Core    kubernetes.Interface
	Dynamic dynamic.Interface
	again   *exec.Cmd
}

// Start starts a control plane with the CRDs. The caller stops it.
func Start(crds ...CRD) (*Cluster, error) {
	root := moduleRoot()
	bin := os.Getenv("NETWEAVE_KUBE_BIN")
	if bin == "" {
		bin = filepath.Join(root, ".cache", "bin")
	}
	for _, name := range []string{"kube-apiserver", "etcd"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			return nil, fmt.Errorf("no %s in %s; run: task servers", name, bin)
		}
	}
	paths, err := crdPaths(root, crds)
	if err != nil {
		return nil, err
	}
	// envtest wants to be told where its own log goes.
	log.SetLogger(logr.Discard())
	c := &Cluster{Env: &envtest.Environment{BinaryAssetsDirectory: bin, CRDDirectoryPaths: paths, ErrorIfCRDPathMissing: true}}
	if c.REST, err = c.Env.Start(); err != nil {
		return nil, fmt.Errorf("start the control plane: %w", err)
	}
	c.REST.QPS = -1
	if c.Core, err = kubernetes.NewForConfig(c.REST); err != nil {
		return nil, err
	}
	c.Dynamic, err = dynamic.NewForConfig(c.REST)
	return c, err
}

// Install adds CRDs to the running cluster.
func (c *Cluster) Install(crds ...CRD) error {
	paths, err := crdPaths(moduleRoot(), crds)
	if err == nil {
		_, err = envtest.InstallCRDs(c.REST, envtest.CRDInstallOptions{Paths: paths, ErrorIfPathMissing: true})
	}
	return err
}

// Uninstall removes CRDs and everything of theirs, and waits until they are gone.
func (c *Cluster) Uninstall(crds ...CRD) error {
	paths, err := crdPaths(moduleRoot(), crds)
	if err != nil {
		return err
	}
	if err := envtest.UninstallCRDs(c.REST, envtest.CRDInstallOptions{Paths: paths, ErrorIfPathMissing: true}); err != nil {
		return err
	}
	definitions := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	return await(startLimit, func(ctx context.Context) error {
		left, err := c.Dynamic.Resource(definitions).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		if n := len(left.Items); n > 0 {
			return fmt.Errorf("%d CRDs are left", n)
		}
		return nil
	})
}

// startLimit bounds how long servers may take for anything.
const startLimit = 30 * time.Second

// Kill ends kube-apiserver at once, as a power cut would; etcd runs on. Restart
// starts it again as it was.
func (c *Cluster) Kill() (restart func() error, err error) {
	port := c.Env.ControlPlane.GetAPIServer().Port
	pid, args, err := findServer(port)
	if err != nil {
		return nil, err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return nil, err
	}
	return func() error {
		c.again = exec.Command(args[0], args[1:]...)
		if err := c.again.Start(); err != nil {
			return err
		}
		return c.awaitReady(startLimit)
	}, nil
}

// findServer finds the kube-apiserver that this process started for the port.
func findServer(port string) (pid int, args []string, err error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, nil, err
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err != nil {
			continue
		}
		for part := range bytes.SplitSeq(bytes.TrimRight(line, "\x00"), []byte{0}) {
			args = append(args, string(part))
		}
		if filepath.Base(args[0]) == "kube-apiserver" && strings.Contains(string(line), "--secure-port="+port+"\x00") {
			return pid, args, nil
		}
		args = nil
	}
	return 0, nil, fmt.Errorf("no kube-apiserver serves port %s", port)
}

func (c *Cluster) awaitReady(limit time.Duration) error {
	return await(limit, func(ctx context.Context) error {
		return c.Core.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// await calls f until it returns nil.
func await(limit time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		err := f(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("after %v: %w", limit, err)
		}
	}
}

// Stop ends the servers and removes what they stored.
func (c *Cluster) Stop() error {
	if c.again != nil && c.again.Process != nil {
		// Killed, so Wait has no other news.
		if err := c.again.Process.Kill(); err == nil {
			_ = c.again.Wait()
		}
	}
	return c.Env.Stop()
}

func moduleRoot() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..", "..")
}

func crdPaths(root string, crds []CRD) ([]string, error) {
	var paths []string
	for _, crd := range crds {
		if crd != ClusterAPI {
			paths = append(paths, filepath.Join(root, "testdata", "kubelab", "crds", string(crd)))
			continue
		}
		list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/cluster-api")
		list.Dir = filepath.Join(root, "plugins", "kubernetes")
		dir, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("find cluster-api's module: %w", err)
		}
		bases := filepath.Join(strings.TrimSpace(string(dir)), "core", "config", "crd", "bases")
		paths = append(paths, filepath.Join(bases, "cluster.x-k8s.io_machinedeployments.yaml"), filepath.Join(bases, "cluster.x-k8s.io_machines.yaml"))
	}
	return paths, nil
}
