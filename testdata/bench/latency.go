package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/testdata/kubelab"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const (
	watchedNodes   = 100                   // that are patched in turn
	eachWatchedBy  = 10                    // subscriptions
	changeInterval = 20 * time.Millisecond // 50 changes a second
	warmUp         = 50                    // changes that are not counted
	counted        = 1000
)

// benchEvents measures, on a real kube-apiserver full of Nodes, the way from a
// change to the webhooks of those who subscribed to it, beside a bare informer's
// handler: over the embedded store and over Redis with Sentinels.
func benchEvents(ctx context.Context, s settings, r *report) (err error) {
	cluster, err := kubelab.Start(kubelab.Config{BinDir: ".cache/bin", CRDDirs: []string{"testdata/kubelab/crds"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	if err := kubelab.Seed(ctx, cluster.REST(), kubelab.Spec{Nodes: s.nodes, MachineSets: 20, Volumes: 100}); err != nil {
		return err
	}
	kubeconfig, err := filepath.Abs(filepath.Join(".cache", "bench", "kubeconfig"))
	if err != nil {
		return err
	}
	if err := cluster.WriteKubeconfig(kubeconfig); err != nil {
		return err
	}
	config := cluster.REST()
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := eventLatency(ctx, s, r, client, kubeconfig, "embedded"); err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	redis, section, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Stop()) }()
	if err := eventLatency(ctx, s, r, client, kubeconfig, "Redis with Sentinels, WAIT 1", section); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

// eventLatency runs one gateway on one store.
func eventLatency(ctx context.Context, s settings, r *report, client kubernetes.Interface, kubeconfig, store string, sections ...string) error {
	g, err := startGateway(ctx, s, "kubernetes", "      kubeconfig: "+kubeconfig+"\n      ocloudId: ocloud-bench\n",
		append(sections, loopbackCallbacks)...)
	if err != nil {
		return err
	}
	defer g.stop()
	in, err := startReceiver()
	if err != nil {
		return err
	}
	defer in.stop()

	names := make([]string, watchedNodes)
	ids := make([]string, watchedNodes)
	for i := range names {
		names[i] = kubelab.NodeName(i * s.nodes / watchedNodes)
		if ids[i], err = resourceNamed(g, names[i]); err != nil {
			return err
		}
	}
	if err := subscribeAll(watchedNodes*eachWatchedBy, func(i int) error {
		return subscribe(g, in.url(fmt.Sprintf("/n/%d", i)), "", "(eq,resourceId,"+ids[i%watchedNodes]+")", false)
	}); err != nil {
		return err
	}

	run := newEventRun()
	in.listen(func(_ string, body []byte, at time.Time) { run.noted(markIn(string(body)), at) })
	stop, err := run.informer(ctx, client, names)
	if err != nil {
		return err
	}
	defer stop()
	if err := run.patchAll(ctx, client, names); err != nil {
		return err
	}
	if err := waitFor("the last notification", run.complete); err != nil {
		return err
	}
	informer, ours := run.informed, run.received
	bound := 3*ms(quantile(informer, 0.99)) + 20
	r.atMost("a Node's patch to the webhook, p99 in ms: "+store, ms(quantile(ours, 0.99)), bound,
		"%d subscriptions, %d for each change, 50 changes a second on %d nodes; p50 %.1f ms; a bare informer's handler: p50 %.1f, p99 %.1f ms",
		watchedNodes*eachWatchedBy, eachWatchedBy, s.nodes, ms(quantile(ours, 0.5)), ms(quantile(informer, 0.5)), ms(quantile(informer, 0.99)))
	return nil
}

// eventRun collects when each change was made, informed of and received.
type eventRun struct {
	mu       sync.Mutex
	sent     map[string]time.Time
	informed []time.Duration
	received []time.Duration
}

func newEventRun() *eventRun { return &eventRun{sent: map[string]time.Time{}} }

func mark(i int) string { return fmt.Sprintf("bench mark %06d.", i) }

// markIn finds a change's mark in a notification's postState, which comes last.
func markIn(body string) string {
	at := strings.LastIndex(body, "bench mark ")
	if at < 0 || len(body) < at+len(mark(0)) {
		return ""
	}
	return body[at : at+len(mark(0))]
}

func (run *eventRun) noted(mark string, at time.Time) {
	run.mu.Lock()
	defer run.mu.Unlock()
	if sent, ok := run.sent[mark]; ok && !sent.IsZero() {
		run.received = append(run.received, at.Sub(sent))
	}
}

func (run *eventRun) complete() error {
	run.mu.Lock()
	defer run.mu.Unlock()
	if len(run.received) < counted*eachWatchedBy || len(run.informed) < counted {
		return fmt.Errorf("%d notifications of %d came, the informer heard of %d changes", len(run.received), counted*eachWatchedBy, len(run.informed))
	}
	return nil
}

// informer starts the bare informer.
func (run *eventRun) informer(ctx context.Context, client kubernetes.Interface, names []string) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	watched := map[string]bool{}
	for _, name := range names {
		watched[name] = true
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes().Informer()
	if _, err := nodes.AddEventHandler(cache.ResourceEventHandlerFuncs{UpdateFunc: func(_, now any) {
		at := time.Now()
		node, ok := now.(*corev1.Node)
		if !ok || !watched[node.Name] {
			return
		}
		run.mu.Lock()
		defer run.mu.Unlock()
		if sent, ok := run.sent[node.Annotations["description"]]; ok && !sent.IsZero() {
			run.informed = append(run.informed, at.Sub(sent))
		}
	}}); err != nil {
		cancel()
		return nil, err
	}
	factory.Start(ctx.Done())
	stop = func() {
		cancel()
		factory.Shutdown()
	}
	if !cache.WaitForCacheSync(ctx.Done(), nodes.HasSynced) {
		stop()
		return nil, errors.New("the informer did not sync")
	}
	return stop, nil
}

// patchAll makes the changes, at their interval whatever they take.
func (run *eventRun) patchAll(ctx context.Context, client kubernetes.Interface, names []string) error {
	tick := time.NewTicker(changeInterval)
	defer tick.Stop()
	failed := make(chan error, warmUp+counted)
	var wg sync.WaitGroup
	for i := range warmUp + counted {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		wg.Go(func() {
			patch := fmt.Sprintf(`{"metadata":{"annotations":{"description":%q}}}`, mark(i))
			run.mu.Lock()
			if i < warmUp {
				run.sent[mark(i)] = time.Time{}
			} else {
				run.sent[mark(i)] = time.Now()
			}
			run.mu.Unlock()
			if _, err := client.CoreV1().Nodes().Patch(ctx, names[i%len(names)], types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
				failed <- err
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}
