package wire_test

import (
	"context"
	"iter"
	"net"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
	"github.com/netweave/netweave/sdk/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reader is a Backend that can only read; its fields answer.
type reader struct {
	managers []*sdk.DeploymentManager
	types    []*sdk.ResourceType
	pools    iter.Seq2[*sdk.ResourcePool, error]
	res      []*sdk.Resource
	getPool  func(context.Context, string) (*sdk.ResourcePool, error)
	health   func(context.Context) error
	close    func() error
}

func (b *reader) ListDeploymentManagers(context.Context, sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	return sdk.List(b.managers, nil)
}

func (b *reader) GetDeploymentManager(_ context.Context, id string) (*sdk.DeploymentManager, error) {
	return find(b.managers, id)
}

func (b *reader) ListResourcePools(context.Context, sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return b.pools
}

func (b *reader) GetResourcePool(ctx context.Context, id string) (*sdk.ResourcePool, error) {
	return b.getPool(ctx, id)
}

func (b *reader) ListResources(context.Context, sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return sdk.List(b.res, nil)
}

func (b *reader) GetResource(_ context.Context, id string) (*sdk.Resource, error) {
	return find(b.res, id)
}

func (b *reader) ListResourceTypes(context.Context, sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	return sdk.List(b.types, nil)
}

func (b *reader) GetResourceType(_ context.Context, id string) (*sdk.ResourceType, error) {
	return find(b.types, id)
}

func (b *reader) Health(ctx context.Context) error {
	if b.health == nil {
		return nil
	}
	return b.health(ctx)
}

func (b *reader) Close() error {
	if b.close == nil {
		return nil
	}
	return b.close()
}

func find[T sdk.Object](list []T, id string) (T, error) {
	for _, o := range list {
		if o.Common().ID == id {
			return o, nil
		}
	}
	var none T
	return none, sdk.Errorf(sdk.NotFound, "there is no %q", id)
}

// full can everything.
type full struct {
	reader
	createPool     func(context.Context, *sdk.ResourcePool) (*sdk.ResourcePool, error)
	updatePool     func(context.Context, *sdk.ResourcePool) (*sdk.ResourcePool, error)
	deletePool     func(context.Context, string) error
	createResource func(context.Context, *sdk.Resource) (*sdk.Resource, error)
	deleteResource func(context.Context, string) error
	watch          func(context.Context, sdk.Events) error
	alarms         iter.Seq2[*sdk.Alarm, error]
	acknowledge    func(context.Context, string) error
}

func (b *full) CreateResourcePool(ctx context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	return b.createPool(ctx, p)
}

func (b *full) UpdateResourcePool(ctx context.Context, p *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	return b.updatePool(ctx, p)
}
func (b *full) DeleteResourcePool(ctx context.Context, id string) error { return b.deletePool(ctx, id) }
func (b *full) CreateResource(ctx context.Context, r *sdk.Resource) (*sdk.Resource, error) {
	return b.createResource(ctx, r)
}
func (b *full) DeleteResource(ctx context.Context, id string) error { return b.deleteResource(ctx, id) }
func (b *full) Watch(ctx context.Context, e sdk.Events) error       { return b.watch(ctx, e) }

func (b *full) ListAlarms(context.Context) iter.Seq2[*sdk.Alarm, error] { return b.alarms }
func (b *full) AcknowledgeAlarm(ctx context.Context, id string) error   { return b.acknowledge(ctx, id) }
func (b *full) ReportsPoolMetrics()                                     {}
func (b *full) ReportsSites()                                           {}

// connect serves b in memory, not opened yet.
func connect(t *testing.T, b sdk.Backend) pluginv1.PluginClient {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(wire.MaxMessageBytes))
	bridge.Register(server, b)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///memory", append(wire.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
	)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return pluginv1.NewPluginClient(conn)
}

// open serves and opens b.
func open(t *testing.T, b sdk.Backend) *wire.Backend {
	t.Helper()
	client, err := wire.Open(t.Context(), connect(t, b), "lab", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	return client
}
