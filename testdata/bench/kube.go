package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/netweave/netweave/testdata/kubelab"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const (
	lists   = 7   // LISTs of all nodes that a median is taken of
	patches = 400 // patches that a p99 is taken of
)

// benchKube measures the gateway on a real kube-apiserver full of Nodes, beside
// that server itself and a bare client-go informer.
func benchKube(ctx context.Context, s settings, r *report) (err error) {
	cluster, err := kubelab.Start(kubelab.Config{BinDir: ".cache/bin", CRDDirs: []string{"testdata/kubelab/crds"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	if err := kubelab.Seed(ctx, cluster.REST(), kubelab.Spec{Nodes: s.nodes, MachineSets: 20, Volumes: 100}); err != nil {
		return err
	}
	protobuf := cluster.REST()
	protobuf.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(protobuf)
	if err != nil {
		return err
	}
	syncs := make([]time.Duration, 3)
	for i := range syncs {
		if syncs[i], err = informerSync(ctx, client); err != nil {
			return err
		}
	}
	informer := quantile(syncs, 0.5)

	kubeconfig, err := filepath.Abs(filepath.Join(".cache", "bench", "kubeconfig"))
	if err != nil {
		return err
	}
	if err := cluster.WriteKubeconfig(kubeconfig); err != nil {
		return err
	}
	g, err := startGateway(ctx, s, "kubernetes", "      kubeconfig: "+kubeconfig+"\n      ocloudId: ocloud-bench\n")
	if err != nil {
		return err
	}
	defer g.stop()
	r.atMost("start to ready, seconds", g.ready.Seconds(), min(1.5*informer.Seconds()+1, 5),
		"%d nodes with their machines; a bare informer of the nodes alone syncs in %.2f s", s.nodes, informer.Seconds())

	if err := compareLists(cluster.REST(), s, g, r); err != nil {
		return err
	}
	if err := comparePatches(ctx, client, s, g, r); err != nil {
		return err
	}
	host, plugin, err := g.rss()
	if err != nil {
		return err
	}
	r.atMost("gateway, MB resident", host, 150, "%d nodes, after all of the above", s.nodes)
	r.atMost("kubernetes plugin, MB resident", plugin, 150, "%d nodes, after all of the above", s.nodes)
	return nil
}

func informerSync(ctx context.Context, client kubernetes.Interface) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes().Informer()
	started := time.Now()
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), nodes.HasSynced) {
		return 0, ctx.Err()
	}
	elapsed := time.Since(started)
	cancel()
	factory.Shutdown()
	return elapsed, nil
}

// compareLists sets our lists beside the apiserver's LIST of all nodes.
func compareLists(cfg *rest.Config, s settings, g *gateway, r *report) error {
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return err
	}
	list := make([]time.Duration, lists)
	for i := range list {
		request, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(cfg.Host, "/")+"/api/v1/nodes", nil)
		if err != nil {
			return err
		}
		request.Header.Set("Accept", "application/json")
		request.Header.Set("Accept-Encoding", "identity")
		started := time.Now()
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		n, err := drain(response)
		if err != nil {
			return err
		}
		list[i] = time.Since(started)
		if n < int64(s.nodes)*1000 {
			return fmt.Errorf("LIST of nodes at %s: %s, only %d bytes", request.URL, response.Status, n)
		}
	}
	kube := quantile(list, 0.5)

	everything := fmt.Sprintf("/o2ims/v1/resources?limit=%d", s.nodes)
	all, err := latencies(g.addr, everything, lists)
	if err != nil {
		return err
	}
	r.atLeast("all resources in one answer: times faster at p50 than LIST of nodes", float64(kube)/float64(quantile(all, 0.5)), 20,
		"%.1f ms against %.0f ms", ms(quantile(all, 0.5)), ms(kube))

	pool, err := poolOfANode(g)
	if err != nil {
		return err
	}
	page, err := latencies(g.addr, "/o2ims/v1/resources?limit=100&filter="+url.QueryEscape("(eq,resourcePoolId,"+pool+")"), 500)
	if err != nil {
		return err
	}
	r.atLeast("a page of 100 filtered by pool: times faster at p50 than LIST of nodes", float64(kube)/float64(quantile(page, 0.5)), 100,
		"%.2f ms against %.0f ms", ms(quantile(page, 0.5)), ms(kube))
	return nil
}

// comparePatches patches one Node again and again and measures, from before the
// patch was sent, when a bare informer's handler and when a GET show it.
func comparePatches(ctx context.Context, client kubernetes.Interface, s settings, g *gateway, r *report) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := make(chan string, 1)
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes().Informer()
	name := kubelab.NodeName(s.nodes / 2)
	if _, err := nodes.AddEventHandler(cache.ResourceEventHandlerFuncs{UpdateFunc: func(_, now any) {
		if node := now.(*corev1.Node); node.Name == name {
			seen <- node.Annotations["description"]
		}
	}}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	defer cancel()
	if !cache.WaitForCacheSync(ctx.Done(), nodes.HasSynced) {
		return ctx.Err()
	}
	id, err := resourceNamed(g, name)
	if err != nil {
		return err
	}
	var informer, ours []time.Duration
	for i := range patches {
		mark := fmt.Sprintf("bench mark %d.", i)
		patch := fmt.Sprintf(`{"metadata":{"annotations":{"description":%q}}}`, mark)
		shown := make(chan time.Time, 1)
		failed := make(chan error, 2)
		started := time.Now()
		go func() {
			at, err := pollFor(g, id, mark)
			if err != nil {
				failed <- err
				return
			}
			shown <- at
		}()
		go func() {
			if _, err := client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
				failed <- err
			}
		}()
		for got := 0; got < 2; got++ {
			select {
			case value := <-seen:
				if value != mark {
					return fmt.Errorf("the informer saw %q, want %q", value, mark)
				}
				informer = append(informer, time.Since(started))
			case at := <-shown:
				ours = append(ours, at.Sub(started))
			case err := <-failed:
				return err
			case <-time.After(10 * time.Second):
				return fmt.Errorf("patch %d was not seen within 10 s (informer %d, gateway %d so far)", i, len(informer), len(ours))
			}
		}
	}
	r.atMost("a Node's patch visible in GET: p99 against a bare informer's handler", float64(quantile(ours, 0.99))/float64(quantile(informer, 0.99)), 2,
		"p50 %.1f against %.1f ms, p99 %.1f against %.1f ms", ms(quantile(ours, 0.5)), ms(quantile(informer, 0.5)), ms(quantile(ours, 0.99)), ms(quantile(informer, 0.99)))
	return nil
}

// pollFor asks for a resource until its answer holds mark.
func pollFor(g *gateway, id, mark string) (time.Time, error) {
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		body, _, err := fetch(g.url("/o2ims/v1/resources/" + id))
		if err != nil {
			return time.Time{}, err
		}
		if strings.Contains(string(body), mark) {
			return time.Now(), nil
		}
		time.Sleep(200 * time.Microsecond)
	}
	return time.Time{}, fmt.Errorf("resource %s never showed %q", id, mark)
}

// resourceNamed finds a resource by the name of its Node.
func resourceNamed(g *gateway, node string) (string, error) {
	list, err := resources(g, "filter="+url.QueryEscape("(eq,extensions/k8s.node.name,"+node+")"))
	if err != nil {
		return "", err
	}
	if len(list) != 1 {
		return "", fmt.Errorf("%d resources are named %s", len(list), node)
	}
	return list[0].ResourceID, nil
}

// poolOfANode returns the id of a pool that Nodes are in.
func poolOfANode(g *gateway) (string, error) {
	list, err := resources(g, "limit=1&filter="+url.QueryEscape("(cont,extensions/k8s.node.name,node)"))
	if err != nil {
		return "", err
	}
	return list[0].ResourcePoolID, nil
}
