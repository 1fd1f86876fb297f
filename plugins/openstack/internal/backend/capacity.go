package backend

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

// rolling is how many providers are asked about again in each reading although
// nothing seems to have changed: what a deleted server gives back shows in nothing
// else.
const rolling = 16

// capacity keeps what Placement said of each resource provider, and asks again
// about those that have another generation than before or another number of
// servers.
type capacity struct {
	client  *api.Client
	off     bool
	workers int

	mu     sync.Mutex
	known  map[string]record // by provider
	clock  uint64            // counts records
	reader chan struct{}     // one reading at a time: the second finds what the first read
}

// record is what is known of a provider. It never changes.
type record struct {
	generation  int64
	servers     int
	inventories map[string]api.Inventory
	usages      map[string]int64
	read        uint64
}

// stock is what a hypervisor has of a resource class, over all of its providers.
type stock struct {
	Total, Reserved, Capacity, Used int64
	Ratio                           float64
}

func newCapacity(client *api.Client, cfg config.Config) *capacity {
	return &capacity{client: client, off: !cfg.UsesPlacement(), workers: cfg.Concurrency, known: map[string]record{}, reader: make(chan struct{}, 1)}
}

// of returns what the hypervisors have, by id and resource class. servers counts
// those on each hypervisor; nil if that was not read.
func (c *capacity) of(ctx context.Context, hypervisors []api.Hypervisor, servers map[string]int) (map[string]map[string]stock, error) {
	if c.off {
		return nil, nil
	}
	select {
	case c.reader <- struct{}{}:
		defer func() { <-c.reader }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	all, err := c.client.Providers(ctx)
	if err != nil {
		return nil, err
	}
	hostnames := map[string]string{}
	for _, h := range hypervisors {
		hostnames[h.ID] = h.Hostname
	}
	all = slices.DeleteFunc(all, func(p api.Provider) bool { _, ok := hostnames[root(p)]; return !ok })
	count := func(p api.Provider) int {
		if servers == nil {
			return -1
		}
		return servers[hostnames[root(p)]]
	}
	if err := c.refresh(ctx, c.outdated(all, count), count); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if servers != nil { // all hypervisors were asked for
		maps.DeleteFunc(c.known, func(id string, _ record) bool {
			return !slices.ContainsFunc(all, func(p api.Provider) bool { return p.UUID == id })
		})
	}
	sums := map[string]map[string]stock{}
	for _, p := range all {
		if r, ok := c.known[p.UUID]; ok {
			if sums[root(p)] == nil {
				sums[root(p)] = map[string]stock{}
			}
			r.addTo(sums[root(p)])
		}
	}
	return sums, nil
}

// root is the provider that stands for the whole hypervisor.
func root(p api.Provider) string { return cmp.Or(p.Root, p.UUID) }

// outdated are the providers to ask about: those that changed, and of the others
// those that were not asked about for longest.
func (c *capacity) outdated(all []api.Provider, count func(api.Provider) int) []api.Provider {
	c.mu.Lock()
	defer c.mu.Unlock()
	var changed, same []api.Provider
	for _, p := range all {
		r, ok := c.known[p.UUID]
		n := count(p)
		if ok && r.generation == p.Generation && (n < 0 || n == r.servers) {
			same = append(same, p)
		} else {
			changed = append(changed, p)
		}
	}
	slices.SortStableFunc(same, func(a, b api.Provider) int { return cmp.Compare(c.known[a.UUID].read, c.known[b.UUID].read) })
	return append(changed, same[:min(len(same), rolling)]...)
}

// refresh reads records, some at a time, until one fails.
func (c *capacity) refresh(ctx context.Context, providers []api.Provider, count func(api.Provider) int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan api.Provider, len(providers))
	for _, p := range providers {
		queue <- p
	}
	close(queue)
	var all sync.WaitGroup
	for range min(c.workers, len(providers)) {
		all.Go(func() {
			for p := range queue {
				if ctx.Err() != nil {
					return
				}
				if err := c.ask(ctx, p, count(p)); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// ask reads one record. A provider that is gone meanwhile has none.
func (c *capacity) ask(ctx context.Context, p api.Provider, servers int) error {
	inventories, err := c.client.Inventories(ctx, p.UUID)
	if err == nil {
		var usages map[string]int64
		if usages, err = c.client.Usages(ctx, p.UUID); err == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.clock++
			c.known[p.UUID] = record{generation: p.Generation, servers: servers, inventories: inventories, usages: usages, read: c.clock}
			return nil
		}
	}
	if isNotFound(err) {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.known, p.UUID)
		return nil
	}
	return err
}

func (r record) addTo(sum map[string]stock) {
	for _, class := range slices.Sorted(maps.Keys(r.inventories)) {
		i, s := r.inventories[class], sum[class]
		s.Total += i.Total
		s.Reserved += i.Reserved
		s.Capacity += int64(math.Floor(float64(i.Total-i.Reserved) * i.Ratio))
		s.Used += r.usages[class]
		s.Ratio = max(s.Ratio, i.Ratio)
		sum[class] = s
	}
}

func isNotFound(err error) bool {
	e, ok := errors.AsType[*sdk.Error](err)
	return ok && e.Code == sdk.NotFound
}
