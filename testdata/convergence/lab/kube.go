package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/netweave/netweave/testdata/kubelab"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// Kube is a real control plane whose kube-apiserver can be killed and stopped.
type Kube struct {
	cluster *kubelab.Cluster
	api     *Process
	// Kubeconfig is the path of an administrator's.
	Kubeconfig string
}

// StartKube brings a control plane up, seeded as spec says; dir is for its log
// and kubeconfig. Stop ends it.
func StartKube(ctx context.Context, root, dir string, spec kubelab.Spec) (*Kube, error) {
	// What the test's own clients find odd while the kube-apiserver is killed.
	ctrllog.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	before, err := children(os.Getpid(), "kube-apiserver")
	if err != nil {
		return nil, err
	}
	cluster, err := kubelab.Start(kubelab.Config{
		BinDir:  filepath.Join(root, ".cache/bin"),
		CRDDirs: []string{filepath.Join(root, "testdata/kubelab/crds")},
	})
	if err != nil {
		return nil, err
	}
	k := &Kube{cluster: cluster, Kubeconfig: filepath.Join(dir, "kubeconfig")}
	if err := k.prepare(ctx, dir, before, spec); err != nil {
		return nil, errors.Join(err, k.Stop())
	}
	return k, nil
}

func (k *Kube) prepare(ctx context.Context, dir string, before []int, spec kubelab.Spec) error {
	if err := k.cluster.WriteKubeconfig(k.Kubeconfig); err != nil {
		return err
	}
	if err := kubelab.Seed(ctx, k.cluster.REST(), spec); err != nil {
		return fmt.Errorf("seed the control plane: %w", err)
	}
	return k.adopt(ctx, dir, before)
}

// adopt replaces the kube-apiserver that kubelab has started by one of our own
// with the same arguments: one that may be killed and comes back on its port.
func (k *Kube) adopt(ctx context.Context, dir string, before []int) error {
	now, err := children(os.Getpid(), "kube-apiserver")
	if err != nil {
		return err
	}
	old := map[int]bool{}
	for _, pid := range before {
		old[pid] = true
	}
	for _, pid := range now {
		if old[pid] {
			continue
		}
		args := commandLine(pid)
		process, err := os.FindProcess(pid)
		if err != nil {
			return err
		}
		if err := process.Kill(); err != nil {
			return fmt.Errorf("end the first kube-apiserver: %w", err)
		}
		k.api = NewProcess(Spec{Name: "kube-apiserver", Path: args[0], Args: args[1:], Dir: dir})
		return k.Restart(ctx)
	}
	return errors.New("the kube-apiserver that kubelab has started is no child of the test")
}

// REST returns an administrator's client configuration.
func (k *Kube) REST() *rest.Config { return k.cluster.REST() }

// Address is host:port of the kube-apiserver.
func (k *Kube) Address() string {
	return strings.Trim(strings.TrimPrefix(k.REST().Host, "https://"), "/")
}

// API is the kube-apiserver's process.
func (k *Kube) API() *Process { return k.api }

// Restart starts the kube-apiserver after a kill and waits until it is ready.
func (k *Kube) Restart(ctx context.Context) error {
	client, err := rest.HTTPClientFor(k.REST())
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	url := "https://" + k.Address() + "/readyz"
	return Await(ctx, time.Minute, "kube-apiserver to be ready", func() error {
		// Its port may still be taken for a moment.
		if err := k.api.Start(); err != nil {
			return err
		}
		return ready(ctx, client, url)
	})
}

func ready(ctx context.Context, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return err
}

// Stop ends the control plane.
func (k *Kube) Stop() error {
	var err error
	if k.api != nil {
		err = k.api.Kill()
	}
	return errors.Join(err, k.cluster.Stop())
}
