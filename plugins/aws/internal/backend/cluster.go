package backend

import (
	"context"
	"iter"
	"regexp"
	"sync"
	"time"

	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/polled"
)

const (
	// clusterAge is how long what was read of a cluster serves again: AWS
	// describes one at a time, and little of one changes once it is active.
	clusterAge = time.Minute
	// clustersAsked is how many are asked about at once.
	clustersAsked = 4
)

// settled is a cluster that was active when it was read.
type settled struct {
	*ekstypes.Cluster
	read time.Time
}

func (b *Backend) readClusters(ctx context.Context) ([]*ekstypes.Cluster, error) {
	names, err := polled.Believed(ctx, b.clusterIDs, func(name *string) string { return *name }, b.client.Clusters)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	clusters, errs := make([]*ekstypes.Cluster, len(names)), make([]error, len(names))
	room := make(chan struct{}, clustersAsked)
	var running sync.WaitGroup
	for i, name := range names {
		if clusters[i] = b.remembered(name); clusters[i] != nil {
			continue
		}
		room <- struct{}{}
		running.Go(func() {
			defer func() { <-room }()
			clusters[i], errs[i] = b.client.Cluster(ctx, name)
			if errs[i] == nil {
				b.remember(clusters[i])
			}
		})
	}
	running.Wait()
	var all []*ekstypes.Cluster
	for i := range names {
		switch {
		case isNotFound(errs[i]): // deleted since
		case errs[i] != nil:
			return nil, errs[i]
		default:
			all = append(all, clusters[i])
		}
	}
	return all, nil
}

func (b *Backend) remembered(name string) *ekstypes.Cluster {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s, ok := b.settled[name]; ok && b.now().Sub(s.read) < clusterAge {
		return s.Cluster
	}
	return nil
}

func (b *Backend) remember(c *ekstypes.Cluster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.Status == ekstypes.ClusterStatusActive {
		b.settled[*c.Name] = settled{c, b.now()}
	} else {
		delete(b.settled, *c.Name)
	}
}

// ListDeploymentManagers yields the EKS clusters.
func (b *Backend) ListDeploymentManagers(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	clusters, err := b.clusters.Get(ctx)
	return listed(ctx, opts, each(clusters, b.mapper.manager), err)
}

var clusterName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)

// GetDeploymentManager returns one of them.
func (b *Backend) GetDeploymentManager(ctx context.Context, id string) (*sdk.DeploymentManager, error) {
	missing := sdk.Errorf(sdk.NotFound, "AWS has no EKS cluster %q", id)
	if !clusterName.MatchString(id) {
		return nil, missing
	}
	cluster, err := b.client.Cluster(ctx, id)
	if isNotFound(err) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	return b.mapper.manager(cluster), nil
}
