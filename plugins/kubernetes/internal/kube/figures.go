package kube

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
)

// usagePath is where a cluster that measures its Nodes says what they use. Its API
// is another server's, which need not be there.
const usagePath = "/apis/metrics.k8s.io/v1beta1/nodes"

// measuringShare bounds the load: of the time, at most one part in so many is spent
// on measuring.
const measuringShare = 20

// measuringLimit bounds one measurement.
const measuringLimit = time.Minute

// measure gives the model figures now and then. What the cluster does not have, or
// the plugin may not read, it does without, and says so once.
func (f *Feeds) measure(ctx context.Context, interval time.Duration) {
	usage := measurement{what: "what Nodes use", of: f.client.usage, said: map[string]bool{}}
	requests := measurement{what: "what pods request", of: f.client.requests, said: map[string]bool{}}
	for ctx.Err() == nil {
		began := time.Now()
		figures := inventory.Figures{Used: f.measured(ctx, &usage), Requested: f.measured(ctx, &requests)}
		if ctx.Err() == nil {
			f.model.SetFigures(figures, began)
		}
		sleep(ctx, max(interval, measuringShare*time.Since(began)))
	}
}

// measurement is one thing that is measured.
type measurement struct {
	what string
	of   func(context.Context) (map[string]inventory.Amount, error)
	// known tells whether it was at the last time, said what was said of it since.
	known bool
	said  map[string]bool
}

// measured is nil where the figures cannot be had.
func (f *Feeds) measured(ctx context.Context, m *measurement) map[string]inventory.Amount {
	bounded, cancel := context.WithTimeout(ctx, measuringLimit)
	defer cancel()
	amounts, err := m.of(bounded)
	switch {
	case ctx.Err() != nil:
		return nil
	case err == nil:
		if !m.known {
			f.log.Info("pools show " + m.what)
		}
		m.known = true
		clear(m.said)
		return amounts
	}
	m.known = false
	if reason := string(code(err)); !m.said[reason] {
		m.said[reason] = true
		f.log.Info("pools do not show "+m.what+": it cannot be read", "error", err)
	}
	return nil
}

// usage asks the cluster's metrics server what Nodes use.
func (c *Client) usage(ctx context.Context) (map[string]inventory.Amount, error) {
	var list struct {
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
			Usage map[corev1.ResourceName]resource.Quantity `json:"usage"`
		} `json:"items"`
	}
	if err := c.getJSON(ctx, usagePath, &list); err != nil {
		return nil, err
	}
	used := make(map[string]inventory.Amount, len(list.Items))
	for _, item := range list.Items {
		used[item.Metadata.Name] = amountOf(item.Usage)
	}
	return used, nil
}

// requests sums up, page by page, what the pods of each Node ask for. Pods are not
// kept, nor watched.
func (c *Client) requests(ctx context.Context) (map[string]inventory.Amount, error) {
	asked := map[string]inventory.Amount{}
	opts := metav1.ListOptions{Limit: pageSize, FieldSelector: "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"}
	for {
		page := &corev1.PodList{}
		if err := c.core.Get().Resource("pods").VersionedParams(&opts, parameterCodec).Do(ctx).Into(page); err != nil {
			return nil, err
		}
		for i := range page.Items {
			spec := &page.Items[i].Spec
			sum, more := asked[spec.NodeName], requestsOf(spec)
			asked[spec.NodeName] = inventory.Amount{MilliCPU: sum.MilliCPU + more.MilliCPU, MemoryBytes: sum.MemoryBytes + more.MemoryBytes}
		}
		if opts.Continue = page.Continue; opts.Continue == "" {
			return asked, nil
		}
	}
}

// requestsOf is what the scheduler counts a pod for: what its containers ask for
// together, or an init container beside the sidecars that were started before it,
// if that is more; what the pod asks for as a whole instead, where it does; and
// its overhead.
func requestsOf(spec *corev1.PodSpec) inventory.Amount {
	var running, peak inventory.Amount
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		ask := amountOf(c.Resources.Requests)
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			running = sum(running, ask)
			peak = greater(peak, running)
		} else {
			peak = greater(peak, sum(running, ask))
		}
	}
	for i := range spec.Containers {
		running = sum(running, amountOf(spec.Containers[i].Resources.Requests))
	}
	total := greater(peak, running)
	if spec.Resources != nil {
		if cpu, ok := spec.Resources.Requests[corev1.ResourceCPU]; ok {
			total.MilliCPU = cpu.MilliValue()
		}
		if memory, ok := spec.Resources.Requests[corev1.ResourceMemory]; ok {
			total.MemoryBytes = memory.Value()
		}
	}
	return sum(total, amountOf(spec.Overhead))
}

func amountOf(list corev1.ResourceList) inventory.Amount {
	return inventory.Amount{MilliCPU: list.Cpu().MilliValue(), MemoryBytes: list.Memory().Value()}
}

func sum(a, b inventory.Amount) inventory.Amount {
	return inventory.Amount{MilliCPU: a.MilliCPU + b.MilliCPU, MemoryBytes: a.MemoryBytes + b.MemoryBytes}
}

func greater(a, b inventory.Amount) inventory.Amount {
	return inventory.Amount{MilliCPU: max(a.MilliCPU, b.MilliCPU), MemoryBytes: max(a.MemoryBytes, b.MemoryBytes)}
}
