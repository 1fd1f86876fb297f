//go:build integration

package convergence

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/testdata/convergence/lab"
	"github.com/netweave/netweave/testdata/convergence/smo"
)

// plan says how long things are broken, and how.
type plan struct {
	duration time.Duration
	seed     uint64
}

// planned is what the environment asks for: CONVERGENCE_DURATION, such as 2h, and
// CONVERGENCE_SEED, a number or "random". By default it is short, and the same
// every time.
func planned(t *testing.T, p plan) plan {
	t.Helper()
	if text := os.Getenv("CONVERGENCE_DURATION"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("CONVERGENCE_DURATION: %v", err)
		}
		p.duration = d
	}
	switch text := os.Getenv("CONVERGENCE_SEED"); text {
	case "":
	case "random":
		p.seed = rand.Uint64()
	default:
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("CONVERGENCE_SEED: %v", err)
		}
		p.seed = seed
	}
	t.Logf("things are broken for %s; CONVERGENCE_SEED=%d does it again", p.duration, p.seed)
	return p
}

// TestConvergenceOfManyProcesses is three controllers and two gateways on Redis
// with three Sentinels. Redis keeps leadership too if the seed is odd, else a
// Lease of the kube-apiserver's.
func TestConvergenceOfManyProcesses(t *testing.T) {
	p := planned(t, plan{duration: 60 * time.Second, seed: 1})
	change := func(name string, c *lab.Config) {
		coalesceEarly(name, c)
		if p.seed%2 == 0 {
			c.LeaseKubeconfig, c.LeaseName = kube.Kubeconfig, "convergence-many"
		}
	}
	converge(t, p, newWorld(t, setting{sentinels: true, controllers: 3, gateways: 2, binary: plantedBinary(t), change: change}), "many")
}

// TestConvergenceOfOneProcess is one process on the embedded store.
func TestConvergenceOfOneProcess(t *testing.T) {
	p := planned(t, plan{duration: 30 * time.Second, seed: 2})
	w := newWorld(t, setting{embedded: true, binary: plantedBinary(t), change: coalesceEarly})
	converge(t, p, w, "one")
}

// coalesceEarly has the queues of subscribers that are down for seconds become as
// those of others do in an hour.
func coalesceEarly(_ string, c *lab.Config) { c.CoalesceLength = 10 }

// plantedBinary is a netweave with the fault that CONVERGENCE_FAULT names, to see
// by hand whether chance finds it as well; "" if it names none.
func plantedBinary(t *testing.T) string {
	t.Helper()
	name := os.Getenv("CONVERGENCE_FAULT")
	for _, p := range planted {
		if p.fault.Name != name {
			continue
		}
		binary, err := p.fault.Build(root, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return binary
	}
	if name != "" {
		t.Fatalf("CONVERGENCE_FAULT: there is no fault %q", name)
	}
	return ""
}

// converge breaks everything for a while, and then every copy is to be right.
func converge(t *testing.T, p plan, w *world, prefix string) {
	random := rand.New(rand.NewPCG(p.seed, 0))
	load := &workload{random: rand.New(rand.NewPCG(p.seed, 1)), prefix: prefix, nodes: 30, client: w.client}
	for i := range load.nodes / 2 {
		w.must(newNode(t.Context(), fmt.Sprintf("%s-%02d", prefix, i), zones[i%len(zones)], colors[i%len(colors)]))
	}
	t.Cleanup(func() {
		if err := load.clear(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	choice := filters(zones[0], w.poolOf(zones[0]))

	// Some watch all the time under one filter; some change their minds.
	var moving []*subscriber
	for i, f := range choice {
		s := w.newSubscriber(fmt.Sprintf("steady-%d", i), "127.0.0.1")
		w.must(s.join(t.Context(), f, true))
	}
	for i := range 4 {
		s := w.newSubscriber(fmt.Sprintf("moving-%d", i), "127.0.0.1")
		w.must(s.join(t.Context(), pick(random, choice), i%2 == 0))
		moving = append(moving, s)
	}
	w.settle(30 * time.Second)
	if t.Failed() {
		t.Fatal("before anything was broken")
	}
	for i, s := range w.subscribers {
		s.receiver.SetTemper(smo.Moody(p.seed+uint64(i), 0.15))
	}

	broken, cancel := context.WithTimeout(t.Context(), p.duration)
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() { load.run(broken, 80*time.Millisecond) })
	processes, surroundings, subscriptions := newChaos(broken, w, p.seed, 2), newChaos(broken, w, p.seed, 3), newChaos(broken, w, p.seed, 4)
	group.Go(func() { processes.run(2*time.Second, processes.processes()) })
	group.Go(func() { surroundings.run(5*time.Second, surroundings.surroundings()) })
	group.Go(func() { subscriptions.run(2*time.Second, subscriptions.subscriptions(moving, choice)) })
	group.Wait()

	calmed := time.Now()
	w.must(w.calm())
	w.settle(2 * time.Minute)
	t.Logf("%d changes, %d events; it took %s after the last trouble until every copy was right, and nothing more came",
		load.changes.Load(), w.ledger.Events(), time.Since(calmed).Round(time.Millisecond))
	t.Logf("troubles: %s %s %s", processes.summary(), surroundings.summary(), subscriptions.summary())
	if t.Failed() {
		t.Logf("they never were; CONVERGENCE_SEED=%d does it again; the logs are in %s", p.seed, w.config.Dir)
	}
}

// poolOf returns the id of the pool of the Nodes in a zone.
func (w *world) poolOf(zone string) string {
	w.t.Helper()
	var id string
	w.await("the pool of "+zone, 30*time.Second, func() error {
		pools, err := w.client.List(w.t.Context(), collections["ResourcePool"].path, "(eq,location,"+zone+")")
		if err != nil || len(pools) != 1 {
			return fmt.Errorf("%d pools, %w", len(pools), err)
		}
		id, _ = pools[0]["resourcePoolId"].(string)
		return nil
	})
	return id
}
