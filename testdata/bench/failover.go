package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/netweave/netweave/testdata/kubelab"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

const (
	leaseDuration = 5 * time.Second
	failovers     = 3 // of each sort; the slowest counts
	failoverNodes = 20
)

// benchFailover measures for how long nothing is delivered when the leader is
// killed, when it is stopped, and when Redis' master is killed: from the signal
// to the arrival of the first change made after it.
func benchFailover(ctx context.Context, s settings, r *report) (err error) {
	cluster, err := kubelab.Start(kubelab.Config{BinDir: ".cache/bin", CRDDirs: []string{"testdata/kubelab/crds"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	if err := kubelab.Seed(ctx, cluster.REST(), kubelab.Spec{Nodes: failoverNodes, MachineSets: 2}); err != nil {
		return err
	}
	kubeconfig, err := filepath.Abs(filepath.Join(".cache", "bench", "kubeconfig"))
	if err != nil {
		return err
	}
	if err := cluster.WriteKubeconfig(kubeconfig); err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(cluster.REST())
	if err != nil {
		return err
	}
	redis, section, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Stop()) }()
	f := &fleet{s: s, adapter: "      kubeconfig: " + kubeconfig + "\n      ocloudId: ocloud-bench\n", store: section}
	defer f.stop()
	front, err := f.start(ctx, "gateway")
	if err != nil {
		return err
	}
	for range 3 {
		if _, err := f.start(ctx, "controller"); err != nil {
			return err
		}
	}
	in, err := startReceiver()
	if err != nil {
		return err
	}
	defer in.stop()
	arrivals := newArrivals(in)
	if err := subscribe(front, in.url("/n"), "", "(eq,objectType,Resource)", false); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go arrivals.change(ctx, client)

	measure := func(what string, bound time.Duration, strike func() error) error {
		var worst time.Duration
		for range failovers {
			if err := arrivals.await(time.Now()); err != nil {
				return fmt.Errorf("before %s: %w", what, err)
			}
			at := time.Now()
			if err := strike(); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if err := arrivals.await(at); err != nil {
				return fmt.Errorf("after %s: %w", what, err)
			}
			worst = max(worst, arrivals.firstAfter(at).Sub(at))
		}
		r.atMost(what+": seconds until a later change is delivered", worst.Seconds(), bound.Seconds(), "slowest of %d", failovers)
		return nil
	}
	if err := measure("leader killed", leaseDuration+2*time.Second, func() error { return f.strikeLeader(ctx, syscall.SIGKILL) }); err != nil {
		return err
	}
	if err := measure("leader stopped", time.Second, func() error { return f.strikeLeader(ctx, syscall.SIGTERM) }); err != nil {
		return err
	}
	return measure("Redis master killed, down-after 1 s", 5*time.Second, func() error { return redis.killMaster(ctx) })
}

// fleet is several processes on one store.
type fleet struct {
	s              settings
	adapter, store string
	mu             sync.Mutex
	processes      []*gateway
}

func (f *fleet) start(ctx context.Context, role string) (*gateway, error) {
	g, err := startGateway(ctx, f.s, "kubernetes", f.adapter, "role: "+role+"\n",
		fmt.Sprintf("leadership:\n  leaseDuration: %s\n", leaseDuration), f.store, loopbackCallbacks)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", role, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.processes = append(f.processes, g)
	return g, nil
}

// strikeLeader sends the leader a signal that ends it, and starts another
// controller in its place.
func (f *fleet) strikeLeader(ctx context.Context, signal syscall.Signal) error {
	f.mu.Lock()
	var leader *gateway
	for i, g := range f.processes {
		metrics, _, err := fetch(g.url("/metrics"))
		if err != nil {
			f.mu.Unlock()
			return err
		}
		if strings.Contains(string(metrics), "\nnetweave_leader 1\n") {
			leader = g
			f.processes = append(f.processes[:i:i], f.processes[i+1:]...)
			break
		}
	}
	f.mu.Unlock()
	if leader == nil {
		return errors.New("nobody leads")
	}
	if err := leader.cmd.Process.Signal(signal); err != nil {
		return err
	}
	if err := leader.cmd.Wait(); err != nil && signal == syscall.SIGTERM {
		return fmt.Errorf("the leader did not stop well: %w", err)
	}
	_, err := f.start(ctx, "controller")
	return err
}

func (f *fleet) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, g := range f.processes {
		g.stop()
	}
}

// arrivals makes changes all the time and notes when each was received.
type arrivals struct {
	mu       sync.Mutex
	sent     map[string]time.Time
	received []arrival
}

type arrival struct{ sent, at time.Time }

func newArrivals(in *receiver) *arrivals {
	a := &arrivals{sent: map[string]time.Time{}}
	in.listen(func(_ string, body []byte, at time.Time) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if sent, ok := a.sent[markIn(string(body))]; ok {
			a.received = append(a.received, arrival{sent, at})
		}
	})
	return a
}

// change patches a Node every 20 ms.
func (a *arrivals) change(ctx context.Context, client kubernetes.Interface) {
	tick := time.NewTicker(changeInterval)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		a.mu.Lock()
		a.sent[mark(i)] = time.Now()
		a.mu.Unlock()
		patch := fmt.Sprintf(`{"metadata":{"annotations":{"description":%q}}}`, mark(i))
		if _, err := client.CoreV1().Nodes().Patch(ctx, kubelab.NodeName(i%failoverNodes), types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil && ctx.Err() == nil {
			panic(err) // nothing can be measured any more
		}
	}
}

// await waits until a change made after that time has arrived.
func (a *arrivals) await(after time.Time) error {
	return waitFor("a delivery", func() error {
		if a.firstAfter(after).IsZero() {
			return errors.New("no change made since then has arrived")
		}
		return nil
	})
}

// firstAfter tells when the first of the changes made after that time arrived.
func (a *arrivals) firstAfter(after time.Time) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, arrived := range a.received {
		if arrived.sent.After(after) {
			return arrived.at
		}
	}
	return time.Time{}
}
