// Command acme is a netweave plugin for one rack of metal.
package main

import (
	"context"
	"iter"

	"github.com/netweave/netweave/sdk"
)

func main() { sdk.Serve(sdk.Info{Name: "acme", Version: "0.1.0"}, open) }

// config is the adapter's config section in netweave's configuration.
type config struct {
	Rack string `json:"rack"`
}

// Validate runs before open; what it says, the operator reads.
func (c config) Validate() error {
	if c.Rack == "" {
		return sdk.Errorf(sdk.Invalid, "rack is missing: name the rack to serve")
	}
	return nil
}

func open(_ context.Context, host sdk.Host, cfg config) (sdk.Backend, error) {
	host.Logger().Info("serving a rack", "rack", cfg.Rack)
	return rack{name: cfg.Rack}, nil
}

type rack struct{ name string }

func (r rack) manager() *sdk.DeploymentManager {
	return &sdk.DeploymentManager{Meta: sdk.Meta{ID: "acme", Name: "acme metal"}, OCloudID: "ocloud-acme"}
}

func (r rack) pool() *sdk.ResourcePool {
	return &sdk.ResourcePool{Meta: sdk.Meta{ID: r.name, Name: "rack " + r.name}, OCloudID: "ocloud-acme", Location: r.name}
}

func (r rack) server() *sdk.Resource {
	return &sdk.Resource{
		Meta:           sdk.Meta{ID: r.name + "/1", Name: "server 1", Extensions: map[string]any{"acme.rackUnit": 1}},
		ResourceTypeID: "metal", ResourcePoolID: r.name,
	}
}

func (r rack) metal() *sdk.ResourceType {
	return &sdk.ResourceType{
		Meta: sdk.Meta{ID: "metal", Name: "metal"}, Vendor: "Acme", Model: "M1", Version: "1",
		ResourceKind: sdk.ResourceKindPhysical, ResourceClass: sdk.ResourceClassCompute,
	}
}

func (r rack) ListDeploymentManagers(_ context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	return sdk.ListSelected(opts, []*sdk.DeploymentManager{r.manager()}, nil)
}

func (r rack) GetDeploymentManager(_ context.Context, id string) (*sdk.DeploymentManager, error) {
	return only(r.manager(), id)
}

func (r rack) ListResourcePools(_ context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return sdk.ListSelected(opts, []*sdk.ResourcePool{r.pool()}, nil)
}

func (r rack) GetResourcePool(_ context.Context, id string) (*sdk.ResourcePool, error) {
	return only(r.pool(), id)
}

func (r rack) ListResources(_ context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	return sdk.ListSelected(opts, []*sdk.Resource{r.server()}, nil)
}

func (r rack) GetResource(_ context.Context, id string) (*sdk.Resource, error) {
	return only(r.server(), id)
}

func (r rack) ListResourceTypes(_ context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	return sdk.ListSelected(opts, []*sdk.ResourceType{r.metal()}, nil)
}

func (r rack) GetResourceType(_ context.Context, id string) (*sdk.ResourceType, error) {
	return only(r.metal(), id)
}

func (rack) Health(context.Context) error { return nil }
func (rack) Close() error                 { return nil }

// only answers for a kind that has a single object.
func only[T sdk.Object](object T, id string) (T, error) {
	if object.Common().ID != id {
		var none T
		return none, sdk.Errorf(sdk.NotFound, "there is no %s %q", object.ObjectKind(), id)
	}
	return object, nil
}
