package sdk

import (
	"context"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// Create makes a pool or a resource, where the backend can.
func (s *server) Create(ctx context.Context, req *pluginv1.CreateRequest) (*pluginv1.CreateResponse, error) {
	var made *pluginv1.Object
	err := s.call(ctx, "Create", func(ctx context.Context, b Backend) error {
		o, err := requested(req.GetObject())
		if err != nil {
			return err
		}
		switch o := o.(type) {
		case *ResourcePool:
			creator, ok := b.(ResourcePoolCreator)
			if !ok {
				return s.cannot("create resource pools")
			}
			o.ID = ""
			made, err = written(ctx, "CreateResourcePool", "", o, creator.CreateResourcePool)
		case *Resource:
			creator, ok := b.(ResourceCreator)
			if !ok {
				return s.cannot("create resources")
			}
			o.ID = ""
			made, err = written(ctx, "CreateResource", "", o, creator.CreateResource)
		default:
			return s.cannot("create a " + string(o.ObjectKind()))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &pluginv1.CreateResponse{Object: made}, nil
}

// Update changes a pool, where the backend can.
func (s *server) Update(ctx context.Context, req *pluginv1.UpdateRequest) (*pluginv1.UpdateResponse, error) {
	var made *pluginv1.Object
	err := s.call(ctx, "Update", func(ctx context.Context, b Backend) error {
		o, err := requested(req.GetObject())
		if err != nil {
			return err
		}
		pool, ok := o.(*ResourcePool)
		if !ok {
			return s.cannot("update a " + string(o.ObjectKind()))
		}
		updater, ok := b.(ResourcePoolUpdater)
		if !ok {
			return s.cannot("update resource pools")
		}
		if pool.ID == "" {
			return Errorf(Invalid, "an update needs the pool's id")
		}
		made, err = written(ctx, "UpdateResourcePool", pool.ID, pool, updater.UpdateResourcePool)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &pluginv1.UpdateResponse{Object: made}, nil
}

// Delete removes a pool or a resource, where the backend can.
func (s *server) Delete(ctx context.Context, req *pluginv1.DeleteRequest) (*pluginv1.DeleteResponse, error) {
	method := "Delete" + noun(req.GetKind())
	err := s.call(ctx, method, func(ctx context.Context, b Backend) error {
		if req.GetId() == "" {
			return Errorf(Invalid, "a delete needs an id")
		}
		switch protocol.KindOf[Kind](req.GetKind()) {
		case KindResourcePool:
			if deleter, ok := b.(ResourcePoolDeleter); ok {
				return deleter.DeleteResourcePool(ctx, req.GetId())
			}
			return s.cannot("delete resource pools")
		case KindResource:
			if deleter, ok := b.(ResourceDeleter); ok {
				return deleter.DeleteResource(ctx, req.GetId())
			}
			return s.cannot("delete resources")
		default:
			return s.cannot("delete a " + noun(req.GetKind()))
		}
	})
	if err != nil {
		return nil, err
	}
	return &pluginv1.DeleteResponse{}, nil
}

// written calls a method that writes and checks the object that it returned,
// whose id must be id unless that is "".
func written[T Object](ctx context.Context, method, id string, o T, write func(context.Context, T) (T, error)) (*pluginv1.Object, error) {
	made, err := write(ctx, o)
	if err != nil {
		return nil, err
	}
	p, err := encodeReturned(made)
	if err != nil {
		return nil, lies(method, "%v", err)
	}
	if id != "" && p.GetId() != id {
		return nil, lies(method, "asked to update %q it returned %s", id, describe(made))
	}
	return p, nil
}

func requested(p *pluginv1.Object) (Object, error) {
	o, err := decode(p)
	if err != nil {
		return nil, Errorf(Invalid, "the request cannot be read: %w", err)
	}
	return o, nil
}

func (s *server) cannot(what string) error {
	return Errorf(Unsupported, "the plugin %s cannot %s", s.info.Name, what)
}
