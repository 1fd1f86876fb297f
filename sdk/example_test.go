package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/sdktest"
)

// Config is what an operator writes under the adapter's config key.
type Config struct {
	Rack    string       `json:"rack"`
	Timeout sdk.Duration `json:"timeout"`
}

// Validate says what is wrong in words for the operator.
func (c Config) Validate() error {
	if c.Rack == "" {
		return errors.New("rack: is missing; it names the rack to serve")
	}
	return nil
}

// rack is a whole backend: one pool with one server in it.
type rack struct{ name string }

func open(_ context.Context, host sdk.Host, cfg Config) (sdk.Backend, error) {
	host.Logger().Info("serving", "rack", cfg.Rack)
	return &rack{name: cfg.Rack}, nil
}

func (r *rack) managers() []*sdk.DeploymentManager {
	return []*sdk.DeploymentManager{{Meta: sdk.Meta{ID: "bmc", Name: "Rack controller"}, OCloudID: r.name}}
}

func (r *rack) pools() []*sdk.ResourcePool {
	return []*sdk.ResourcePool{{Meta: sdk.Meta{ID: r.name, Name: r.name}, OCloudID: r.name}}
}

func (r *rack) servers() []*sdk.Resource {
	return []*sdk.Resource{{
		Meta:           sdk.Meta{ID: "server-1", Name: "server-1", Extensions: map[string]any{"acme.rackUnit": 12}},
		ResourceTypeID: "server", ResourcePoolID: r.name,
	}}
}

func (r *rack) types() []*sdk.ResourceType {
	return []*sdk.ResourceType{{
		Meta: sdk.Meta{ID: "server", Name: "server"}, Vendor: "Acme",
		ResourceKind: sdk.ResourceKindPhysical, ResourceClass: sdk.ResourceClassCompute,
	}}
}

func (r *rack) ListDeploymentManagers(_ context.Context, o sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	return of(o.Tenant, r.managers())
}

func (r *rack) GetDeploymentManager(_ context.Context, id string) (*sdk.DeploymentManager, error) {
	return find(r.managers(), id)
}

func (r *rack) ListResourcePools(_ context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return of(o.Tenant, r.pools())
}

func (r *rack) GetResourcePool(_ context.Context, id string) (*sdk.ResourcePool, error) {
	return find(r.pools(), id)
}

func (r *rack) ListResources(_ context.Context, o sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return of(o.Tenant, r.servers())
}

func (r *rack) GetResource(_ context.Context, id string) (*sdk.Resource, error) {
	return find(r.servers(), id)
}

func (r *rack) ListResourceTypes(_ context.Context, o sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	return of(o.Tenant, r.types())
}

func (r *rack) GetResourceType(_ context.Context, id string) (*sdk.ResourceType, error) {
	return find(r.types(), id)
}

func (r *rack) Health(context.Context) error { return nil }
func (r *rack) Close() error                 { return nil }

// of leaves out what belongs to nobody when one tenant's objects are asked for.
func of[T sdk.Object](tenant string, all []T) iter.Seq2[T, error] {
	if tenant != "" {
		all = nil
	}
	return sdk.List(all, nil)
}

func find[T sdk.Object](all []T, id string) (T, error) {
	for _, o := range all {
		if o.Common().ID == id {
			return o, nil
		}
	}
	var none T
	return none, sdk.Errorf(sdk.NotFound, "there is no %q", id)
}

// And a plugin's first test is another.
func TestRack(t *testing.T) {
	sdktest.Run(t, func(testing.TB) sdk.Backend { return &rack{name: "r1"} }, sdktest.Options{})
}

// A plugin's main function is one call.
func ExampleServe() {
	main := func() { sdk.Serve(sdk.Info{Name: "acme-rack", Version: "1.0.0"}, open) }

	_ = main // netweave runs it
	fmt.Println(sdk.Capabilities(&rack{}))
	// Output: []
}
