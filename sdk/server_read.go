package sdk

import (
	"context"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// List streams an author's iteration in batches.
func (s *server) List(req *pluginv1.ListRequest, stream grpc.ServerStreamingServer[pluginv1.ListResponse]) error {
	opts := ListOptions{Tenant: req.GetTenant()}
	out := &batch[*pluginv1.Object]{send: func(objects []*pluginv1.Object) error {
		return stream.Send(&pluginv1.ListResponse{Objects: objects})
	}}
	return s.call(stream.Context(), listMethod(req.GetKind()), func(ctx context.Context, b Backend) error {
		switch req.GetKind() {
		case pluginv1.Kind_KIND_DEPLOYMENT_MANAGER:
			return drain(ctx, "ListDeploymentManagers", b.ListDeploymentManagers(ctx, opts), out, listed[*DeploymentManager]("ListDeploymentManagers", opts))
		case pluginv1.Kind_KIND_RESOURCE_POOL:
			return drain(ctx, "ListResourcePools", b.ListResourcePools(ctx, opts), out, listed[*ResourcePool]("ListResourcePools", opts))
		case pluginv1.Kind_KIND_RESOURCE:
			return drain(ctx, "ListResources", b.ListResources(ctx, opts), out, listed[*Resource]("ListResources", opts))
		case pluginv1.Kind_KIND_RESOURCE_TYPE:
			return drain(ctx, "ListResourceTypes", b.ListResourceTypes(ctx, opts), out, listed[*ResourceType]("ListResourceTypes", opts))
		default:
			return unknownKind(req.GetKind())
		}
	})
}

// drain sends what items yields, made into messages by encode, up to its end or its
// first error. A list that ended because its context did is no whole list, whatever
// its author says.
func drain[T any, M proto.Message](ctx context.Context, method string, items iter.Seq2[T, error], out *batch[M], encode func(T) (M, error)) error {
	if items == nil {
		return lies(method, "it returned nil: return an iteration, sdk.List makes one")
	}
	for item, err := range items {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p, err := encode(item)
		if err != nil {
			return err
		}
		if err := out.add(p); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return out.flush()
}

// listed checks and encodes what a list with those options yields.
func listed[T Object](method string, opts ListOptions) func(T) (*pluginv1.Object, error) {
	return func(item T) (*pluginv1.Object, error) {
		p, err := encodeReturned(item)
		if err != nil {
			return nil, lies(method, "%v", err)
		}
		if opts.Tenant != "" && p.GetTenant() != opts.Tenant {
			return nil, lies(method, "%s belongs to tenant %q, and ListOptions.Tenant is %q: list that tenant's objects alone",
				describe(item), p.GetTenant(), opts.Tenant)
		}
		return p, nil
	}
}

// Get returns one object.
func (s *server) Get(ctx context.Context, req *pluginv1.GetRequest) (*pluginv1.GetResponse, error) {
	var object *pluginv1.Object
	method, id := getMethod(req.GetKind()), req.GetId()
	err := s.call(ctx, method, func(ctx context.Context, b Backend) (err error) {
		switch req.GetKind() {
		case pluginv1.Kind_KIND_DEPLOYMENT_MANAGER:
			object, err = one(ctx, method, id, b.GetDeploymentManager)
		case pluginv1.Kind_KIND_RESOURCE_POOL:
			object, err = one(ctx, method, id, b.GetResourcePool)
		case pluginv1.Kind_KIND_RESOURCE:
			object, err = one(ctx, method, id, b.GetResource)
		case pluginv1.Kind_KIND_RESOURCE_TYPE:
			object, err = one(ctx, method, id, b.GetResourceType)
		default:
			err = unknownKind(req.GetKind())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &pluginv1.GetResponse{Object: object}, nil
}

// one gets an object and checks that it is the one that was asked for.
func one[T Object](ctx context.Context, method, id string, get func(context.Context, string) (T, error)) (*pluginv1.Object, error) {
	o, err := get(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := encodeReturned(o)
	if err != nil {
		return nil, lies(method, "%v", err)
	}
	if p.GetId() != id {
		return nil, lies(method, "asked for %q it returned %s", id, describe(o))
	}
	return p, nil
}

func listMethod(k pluginv1.Kind) string { return "List" + noun(k) + "s" }
func getMethod(k pluginv1.Kind) string  { return "Get" + noun(k) }

// noun is the kind as the methods of Backend have it.
func noun(k pluginv1.Kind) string {
	if kind := protocol.KindOf[string](k); kind != "" {
		return kind
	}
	return "Object"
}

func unknownKind(k pluginv1.Kind) error {
	return Errorf(Unsupported, "this plugin knows no objects of kind %v: it was built with an older sdk", k)
}
