//go:build integration

package convergence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/testdata/convergence/lab"
	"github.com/netweave/netweave/testdata/convergence/smo"
	"github.com/netweave/netweave/testdata/kubelab"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// lease is how long a leader leads without renewing, in these tests.
const lease = 3 * time.Second

// root is the tree's.
var root = func() string {
	path, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return path
}()

// kube is the one control plane of all tests: each uses names of its own.
var kube struct {
	*lab.Kube
	core    kubernetes.Interface
	dynamic dynamic.Interface
}

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir := filepath.Join(root, ".cache/convergence/kube")
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	started, err := lab.StartKube(context.Background(), root, dir, kubelab.Spec{Nodes: 4, MachineSets: 2, Volumes: 2})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := 1
	kube.Kube = started
	if err := connect(started.REST()); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	if err := started.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func connect(config *rest.Config) (err error) {
	config.Timeout = 5 * time.Second
	if kube.core, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	kube.dynamic, err = dynamic.NewForConfig(config)
	return err
}

// world is one netweave with its surroundings.
type world struct {
	t      *testing.T
	config lab.Config
	redis  *redistest.Cluster
	ledger *smo.Ledger
	client *smo.Client
	// controllers find and deliver changes, gateways serve the API; a process of
	// both roles is in both.
	controllers, gateways []*lab.Netweave
	subscribers           []*subscriber
}

// setting says what a world is made of.
type setting struct {
	// sentinels: a master, two replicas and three Sentinels; else one server, or
	// none if embedded.
	sentinels, embedded   bool
	controllers, gateways int
	binary                string
	// change adjusts the configuration of one process.
	change func(name string, c *lab.Config)
}

// newWorld starts everything and waits until it is ready.
func newWorld(t *testing.T, s setting) *world {
	t.Helper()
	dir := filepath.Join(root, ".cache/convergence", strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()))
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ledger: smo.NewLedger(), config: lab.Config{
		Root: root, Binary: s.binary, Dir: dir, Lease: lease, Kubeconfig: kube.Kubeconfig,
	}}
	if !s.embedded {
		options := redistest.Options{}
		if s.sentinels {
			options.Replicas, options.Sentinels = 2, 3
		}
		w.redis = redistest.New(t, options)
		w.config.Redis, w.config.MasterName = w.redis.Addresses(), w.redis.MasterName()
	}
	if s.embedded {
		both := w.add("netweave", "all", s.change)
		w.controllers, w.gateways = []*lab.Netweave{both}, []*lab.Netweave{both}
	}
	for i := range s.controllers {
		w.controllers = append(w.controllers, w.add(fmt.Sprintf("controller-%d", i), "controller", s.change))
	}
	for i := range s.gateways {
		w.gateways = append(w.gateways, w.add(fmt.Sprintf("gateway-%d", i), "gateway", s.change))
	}
	bases := make([]string, len(w.gateways))
	for i, g := range w.gateways {
		bases[i] = g.Base
	}
	w.client = smo.NewClient(bases...)
	t.Cleanup(w.client.Close)
	for _, p := range w.processes() {
		w.must(p.Start())
	}
	w.ready()
	return w
}

func (w *world) add(name, role string, change func(string, *lab.Config)) *lab.Netweave {
	w.t.Helper()
	p, err := lab.NewNetweave(w.config, name, role, func(c *lab.Config) {
		if change != nil {
			change(name, c)
		}
	})
	w.must(err)
	w.t.Cleanup(func() {
		if err := p.Resume(); err != nil {
			w.t.Error(err)
		}
		if err := p.Stop(20 * time.Second); err != nil {
			w.t.Error(err)
		}
		for _, strange := range p.Strange() {
			w.t.Errorf("%s; the end of its log:\n%s", strange, p.LogTail(15))
		}
	})
	return p
}

// processes are all of netweave's, each once.
func (w *world) processes() []*lab.Netweave {
	if len(w.controllers) == 1 && len(w.gateways) == 1 && w.controllers[0] == w.gateways[0] {
		return w.controllers
	}
	return append(append([]*lab.Netweave(nil), w.controllers...), w.gateways...)
}

// ready waits until every process is.
func (w *world) ready() {
	w.t.Helper()
	for _, p := range w.processes() {
		if err := lab.Await(w.t.Context(), time.Minute, p.Name()+" to be ready", func() error { return p.Ready(w.t.Context()) }); err != nil {
			w.t.Fatalf("%v (%s); the end of its log:\n%s", err, p.Strange(), p.LogTail(15))
		}
	}
	w.leader()
}

// leader waits until one controller says that it leads, and returns it.
func (w *world) leader() *lab.Netweave {
	w.t.Helper()
	var leader *lab.Netweave
	w.await("a controller to lead", time.Minute, func() error {
		for _, c := range w.controllers {
			if c.Leads(w.t.Context()) {
				leader = c
				return nil
			}
		}
		return errors.New("none does")
	})
	return leader
}

func (w *world) await(what string, patience time.Duration, check func() error) {
	w.t.Helper()
	w.must(lab.Await(w.t.Context(), patience, what, check))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
