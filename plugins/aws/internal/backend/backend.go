// Package backend answers netweave from AWS: it implements sdk.Backend and all
// optional interfaces of the sdk but Watcher, since AWS is polled.
//
// Reads ask AWS each time; those that come while the same one is under way share
// its answer. What they list is whole, and believed only when ids that have gone
// were seen to be gone twice. Errors are in the sdk's terms.
package backend

import (
	"context"
	"log/slog"
	"sync"
	"time"

	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/netweave/netweave/plugins/aws/internal/api"
	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/polled"
)

// Backend is one region of AWS. It is safe for concurrent use.
type Backend struct {
	cfg    config.Config
	client *api.Client
	mapper mapper
	log    *slog.Logger

	stop      context.CancelFunc
	groups    *polled.Shared[[]asgtypes.AutoScalingGroup]
	instances *polled.Shared[[]ec2types.Instance]
	clusters  *polled.Shared[[]*ekstypes.Cluster]

	groupIDs, instanceIDs, clusterIDs *polled.Census

	mu       sync.Mutex
	kinds    map[string]ec2types.InstanceTypeInfo // what AWS says of a type never changes
	settled  map[string]settled                   // by cluster
	growing  map[string]int                       // resources under way to each pool
	now      func() time.Time
	awaiting time.Duration // between two looks at what AWS is making
}

var (
	_ sdk.Backend             = (*Backend)(nil)
	_ sdk.PoolMetricsReporter = (*Backend)(nil)
	_ sdk.SiteReporter        = (*Backend)(nil)
	_ sdk.ResourcePoolCreator = (*Backend)(nil)
	_ sdk.ResourcePoolUpdater = (*Backend)(nil)
	_ sdk.ResourcePoolDeleter = (*Backend)(nil)
	_ sdk.ResourceCreator     = (*Backend)(nil)
	_ sdk.ResourceDeleter     = (*Backend)(nil)
)

// Open makes a backend; nothing is sent before it is asked something. An error
// with code Invalid means that cfg is wrong.
func Open(cfg config.Config, s api.Settings) (*Backend, error) {
	if err := cfg.Validate(); err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "%w", err)
	}
	cfg = cfg.WithDefaults()
	ctx, stop := context.WithCancel(context.Background())
	b := &Backend{
		cfg: cfg, client: api.New(cfg, s), mapper: mapper{region: cfg.Region, oCloudID: cfg.OCloudID}, log: s.Log, stop: stop,
		groupIDs:    polled.NewCensus("Auto Scaling groups", doubt, s.Log),
		instanceIDs: polled.NewCensus("instances", doubt, s.Log),
		clusterIDs:  polled.NewCensus("EKS clusters", doubt, s.Log),
		kinds:       map[string]ec2types.InstanceTypeInfo{}, settled: map[string]settled{}, growing: map[string]int{},
		now: time.Now, awaiting: time.Second,
	}
	b.groups = polled.NewShared(ctx, b.readGroups)
	b.instances = polled.NewShared(ctx, b.readInstances)
	b.clusters = polled.NewShared(ctx, b.readClusters)
	return b, nil
}

// Health returns nil if AWS answers and takes the credentials.
func (b *Backend) Health(ctx context.Context) error { return b.client.Health(ctx) }

// Close ends what is under way.
func (b *Backend) Close() error {
	b.stop()
	b.groups.Wait()
	b.instances.Wait()
	b.clusters.Wait()
	b.client.Close()
	return nil
}

// doubt is what an operator should ask who finds most of a list gone.
const doubt = "is it the same account and region?"
