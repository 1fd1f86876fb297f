package sdktest

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
)

// kindMethods are the methods of a backend that read one kind.
type kindMethods struct {
	kind sdk.Kind
	list func(context.Context, sdk.ListOptions) iter.Seq2[sdk.Object, error]
	get  func(context.Context, string) (sdk.Object, error)
}

func (k kindMethods) listName() string { return "List" + string(k.kind) + "s" }
func (k kindMethods) getName() string  { return "Get" + string(k.kind) }

// kinds gives the methods for every kind.
func (s *subject) kinds() []kindMethods {
	return []kindMethods{
		methods(sdk.KindDeploymentManager, s.ListDeploymentManagers, s.GetDeploymentManager),
		methods(sdk.KindResourceType, s.ListResourceTypes, s.GetResourceType),
		methods(sdk.KindResourcePool, s.ListResourcePools, s.GetResourcePool),
		methods(sdk.KindResource, s.ListResources, s.GetResource),
	}
}

func methods[T sdk.Object](kind sdk.Kind,
	list func(context.Context, sdk.ListOptions) iter.Seq2[T, error],
	get func(context.Context, string) (T, error),
) kindMethods {
	return kindMethods{
		kind: kind,
		list: func(ctx context.Context, o sdk.ListOptions) iter.Seq2[sdk.Object, error] {
			items := list(ctx, o)
			if items == nil {
				return nil
			}
			return func(yield func(sdk.Object, error) bool) {
				items(func(item T, err error) bool { return yield(item, err) })
			}
		},
		get: func(ctx context.Context, id string) (sdk.Object, error) {
			o, err := get(ctx, id)
			if err != nil {
				return nil, err
			}
			return o, nil
		},
	}
}

// all lists a kind and checks every object.
func (k kindMethods) all(ctx context.Context, o sdk.ListOptions) ([]sdk.Object, error) {
	items := k.list(ctx, o)
	if items == nil {
		return nil, fmt.Errorf("%s returned nil: return an iteration, sdk.List makes one", k.listName())
	}
	var objects []sdk.Object
	for item, err := range items {
		if err != nil {
			return nil, fmt.Errorf("%s failed: %w", k.listName(), err)
		}
		if err := bridge.Check(item); err != nil {
			return nil, fmt.Errorf("%s: %w", k.listName(), err)
		}
		objects = append(objects, item)
	}
	return objects, nil
}

// byID lists a kind by id.
func (k kindMethods) byID(ctx context.Context, o sdk.ListOptions) (map[string]sdk.Object, error) {
	objects, err := k.all(ctx, o)
	if err != nil {
		return nil, err
	}
	found := make(map[string]sdk.Object, len(objects))
	for _, o := range objects {
		found[o.Common().ID] = o
	}
	return found, nil
}

// one gets an object and checks it.
func (k kindMethods) one(ctx context.Context, id string) (sdk.Object, error) {
	o, err := k.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := bridge.Check(o); err != nil {
		return nil, fmt.Errorf("%s(%q): %w", k.getName(), id, err)
	}
	if o.Common().ID != id {
		return nil, fmt.Errorf("%s(%q) returned %s: return the object that was asked for", k.getName(), id, called(o))
	}
	return o, nil
}

func isNotFound(err error) bool {
	e, ok := errors.AsType[*sdk.Error](err)
	return ok && e.Code == sdk.NotFound
}
