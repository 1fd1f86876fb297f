package kube

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

var errNoObject = errors.New("what came is no Kubernetes object")

// Feeds keep a model up to date with a cluster: one list and watch for each kind
// that the cluster has and the plugin may read. They are safe for concurrent use.
type Feeds struct {
	client  *Client
	model   *inventory.Model
	log     *slog.Logger
	recheck time.Duration
	// fallbackID is the cluster's id where kube-system may not be read.
	fallbackID string
	feeds      []*feed

	cancel context.CancelFunc
	done   sync.WaitGroup

	mu sync.Mutex
	// identified tells that the cluster itself is known.
	identified bool
	changed    chan struct{}
}

// Start begins to feed the model; Stop ends it.
func Start(client *Client, model *inventory.Model, mapper inventory.Mapper, namespaces []string, fallbackID string, recheck, measuring time.Duration, log *slog.Logger) *Feeds {
	ctx, cancel := context.WithCancel(context.Background())
	f := &Feeds{
		client: client, model: model, log: log, recheck: recheck, fallbackID: fallbackID,
		cancel: cancel, changed: make(chan struct{}),
	}
	for _, s := range sources(mapper, namespaces) {
		f.feeds = append(f.feeds, &feed{
			source: s, client: client, model: model, log: log, recheck: recheck,
			state: Pending, changed: f.announce,
		})
	}
	for _, one := range f.feeds {
		f.done.Go(func() { one.run(ctx) })
	}
	f.done.Go(func() { f.identify(ctx) })
	f.done.Go(func() { f.measure(ctx, measuring) })
	return f
}

// Stop ends every list and watch and waits for them.
func (f *Feeds) Stop() {
	f.cancel()
	f.done.Wait()
	f.model.Close()
}

// Changed is closed at the next change of any state.
func (f *Feeds) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

func (f *Feeds) announce() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.changed = make(chan struct{})
}

// identify finds out what the cluster is, and again now and then: servers are
// upgraded.
func (f *Feeds) identify(ctx context.Context) {
	id, pause := "", firstPause
	for ctx.Err() == nil {
		cluster, err := f.cluster(ctx, id)
		if err != nil {
			sleep(ctx, pause)
			pause = min(2*pause, lastPause)
			continue
		}
		id, pause = cluster.ID, firstPause
		f.model.SetCluster(cluster)
		f.mu.Lock()
		first := !f.identified
		f.identified = true
		f.mu.Unlock()
		if first {
			f.announce()
		}
		sleep(ctx, f.recheck)
	}
}

func (f *Feeds) cluster(ctx context.Context, id string) (inventory.Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, idTimeout)
	defer cancel()
	version, err := f.client.Version(ctx)
	if err != nil && !refused(err) {
		return inventory.Cluster{}, err
	}
	if id == "" {
		id, err = f.client.NamespaceUID(ctx, "kube-system")
		if refused(err) {
			f.log.Info("the namespace kube-system may not be read; the deployment manager's id comes from the configuration instead", "id", f.fallbackID)
			id, err = f.fallbackID, nil
		}
		if err != nil {
			return inventory.Cluster{}, err
		}
	}
	return inventory.Cluster{
		ID: id, Name: f.client.ClusterName, Endpoint: f.client.Endpoint,
		Version: version.GitVersion, Platform: version.Platform,
	}, nil
}

// Coverage is what the feeds can tell at one moment.
type Coverage struct {
	// Settled: every source is synced, or known to be out of reach.
	Settled bool
	// Kinds are those of which at least one source was read and none is only
	// late, so that a snapshot of them is whole.
	Kinds []sdk.Kind
	// Pending are the kinds that wait for a source.
	Pending []sdk.Kind
}

// nouns are the kinds that a part has to do with.
var nouns = map[inventory.PartKind][]sdk.Kind{
	inventory.PartNode:              {sdk.KindResource, sdk.KindResourcePool, sdk.KindResourceType},
	inventory.PartVolume:            {sdk.KindResource, sdk.KindResourceType},
	inventory.PartStorageClass:      {sdk.KindResourceType},
	inventory.PartMachineSet:        {sdk.KindResourcePool, sdk.KindResourceType, sdk.KindResource},
	inventory.PartMachineDeployment: {sdk.KindResourcePool, sdk.KindResourceType, sdk.KindResource},
	inventory.PartMachine:           {sdk.KindResource, sdk.KindResourceType, sdk.KindResourcePool},
	inventory.PartClusterMachine:    {sdk.KindResource, sdk.KindResourceType, sdk.KindResourcePool},
}

// holds are the kinds that can exist by a part alone.
var holds = map[inventory.PartKind][]sdk.Kind{
	inventory.PartNode:              {sdk.KindResource, sdk.KindResourcePool, sdk.KindResourceType},
	inventory.PartVolume:            {sdk.KindResource, sdk.KindResourceType},
	inventory.PartStorageClass:      {sdk.KindResourceType},
	inventory.PartMachineSet:        {sdk.KindResourcePool, sdk.KindResourceType},
	inventory.PartMachineDeployment: {sdk.KindResourcePool, sdk.KindResourceType},
	inventory.PartMachine:           {sdk.KindResource, sdk.KindResourceType},
	inventory.PartClusterMachine:    {sdk.KindResource, sdk.KindResourceType},
}

// Coverage tells what can be served, and what of it as a whole.
func (f *Feeds) Coverage() Coverage {
	pending, held := map[sdk.Kind]bool{}, map[sdk.Kind]bool{}
	for _, one := range f.feeds {
		s := one.status()
		switch {
		case s.State == Pending:
			for _, kind := range nouns[one.origin.Kind] {
				pending[kind] = true
			}
		case s.State == Synced || s.Revoked:
			for _, kind := range holds[one.origin.Kind] {
				held[kind] = true
			}
		}
	}
	f.mu.Lock()
	pending[sdk.KindDeploymentManager] = !f.identified
	held[sdk.KindDeploymentManager] = f.identified
	f.mu.Unlock()
	c := Coverage{Settled: true}
	for _, kind := range []sdk.Kind{sdk.KindDeploymentManager, sdk.KindResourceType, sdk.KindResourcePool, sdk.KindResource} {
		switch {
		case pending[kind]:
			c.Settled = false
			c.Pending = append(c.Pending, kind)
		case held[kind]:
			c.Kinds = append(c.Kinds, kind)
		}
	}
	return c
}

// failureGrace is how long a watch may take to come back before the model
// counts as out of date.
const failureGrace = 3 * time.Second

// Health returns nil if the cluster answers and the model is current.
func (f *Feeds) Health(ctx context.Context) error {
	if err := f.client.Ready(ctx); err != nil {
		return Error("asking whether the cluster is ready", err)
	}
	for _, one := range f.feeds {
		s := one.status()
		if s.Revoked {
			return sdk.Errorf(sdk.Denied, "%s may no longer be read, what is shown of it may be out of date: grant get, list and watch, or restart the plugin to do without", one.name())
		}
		if !s.Failing.IsZero() && time.Since(s.Failing) > failureGrace {
			return Error("reading "+one.name(), s.Err)
		}
	}
	return f.current(ctx)
}

// Wait waits until kind can be served: until none of its sources is pending.
func (f *Feeds) Wait(ctx context.Context, kind sdk.Kind) error {
	for {
		changed := f.Changed()
		c := f.Coverage()
		waiting := false
		for _, p := range c.Pending {
			waiting = waiting || p == kind
		}
		if !waiting {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return sdk.Errorf(sdk.Unavailable, "the cluster has not been read yet: %s", f.why(ctx.Err()))
		}
	}
}

// why says what keeps the feeds.
func (f *Feeds) why(fallback error) string {
	for _, one := range f.feeds {
		if s := one.status(); s.State == Pending && s.Err != nil {
			return s.Err.Error()
		}
	}
	return fallback.Error()
}

// Has tells whether the cluster has the kind and the plugin may read it.
func (f *Feeds) Has(kind inventory.PartKind) bool {
	for _, one := range f.feeds {
		if s := one.status(); one.origin.Kind == kind && (s.State == Synced || s.Revoked) {
			return true
		}
	}
	return false
}
