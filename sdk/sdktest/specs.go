package sdktest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

// tenant is whom the suite creates for where nobody owns what is there.
const tenant = "sdktest"

// newPool makes a pool to create.
func (s *subject) newPool(ctx context.Context) (*sdk.ResourcePool, error) {
	if s.options.NewResourcePool != nil {
		return s.options.NewResourcePool(ctx, s.Backend)
	}
	name := "sdktest-" + strings.ToLower(rand.Text()[:10])
	return &sdk.ResourcePool{Meta: sdk.Meta{Tenant: tenant, Name: name, Description: "made by sdktest"}}, nil
}

// change changes a pool.
func (s *subject) change(pool *sdk.ResourcePool) {
	if s.options.ChangeResourcePool != nil {
		s.options.ChangeResourcePool(pool)
		return
	}
	pool.Description += " (changed)"
}

// newResource makes a resource to create.
func (s *subject) newResource(ctx context.Context) (*sdk.Resource, error) {
	if s.options.NewResource != nil {
		return s.options.NewResource(ctx, s.Backend)
	}
	for r, err := range s.ListResources(ctx, sdk.ListOptions{}) {
		if err != nil {
			return nil, fmt.Errorf("ListResources failed: %w", err)
		}
		if r.ResourcePoolID != "" && r.ParentID == "" {
			return &sdk.Resource{
				Meta:           sdk.Meta{Tenant: cmp.Or(r.Tenant, tenant), Description: "made by sdktest"},
				ResourceTypeID: r.ResourceTypeID, ResourcePoolID: r.ResourcePoolID,
			}, nil
		}
	}
	return nil, errors.New("the backend lists no resource in a pool to make another like it: set Options.NewResource")
}

// createPool creates a pool; drop deletes it again where the backend can.
func (s *subject) createPool(ctx context.Context) (want, made *sdk.ResourcePool, drop func() error, err error) {
	want, err = s.newPool(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	made, err = s.Backend.(sdk.ResourcePoolCreator).CreateResourcePool(ctx, clonePool(want))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("CreateResourcePool of the pool %q failed: %w (set Options.NewResourcePool if the pool is not what the backend wants)", want.Name, err)
	}
	return want, made, s.dropper(protocol.CapResourcePoolDelete, func(ctx context.Context) error {
		return s.Backend.(sdk.ResourcePoolDeleter).DeleteResourcePool(ctx, made.ID)
	}), sound("CreateResourcePool", made)
}

// createResource creates a resource; drop deletes it again where the backend can.
func (s *subject) createResource(ctx context.Context) (want, made *sdk.Resource, drop func() error, err error) {
	want, err = s.newResource(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	spec := *want
	made, err = s.Backend.(sdk.ResourceCreator).CreateResource(ctx, &spec)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("CreateResource of type %q in pool %q failed: %w (set Options.NewResource if the resource is not what the backend wants)",
			want.ResourceTypeID, want.ResourcePoolID, err)
	}
	return want, made, s.dropper(protocol.CapResourceDelete, func(ctx context.Context) error {
		return s.Backend.(sdk.ResourceDeleter).DeleteResource(ctx, made.ID)
	}), sound("CreateResource", made)
}

// dropper deletes what a check has made; that it is gone already is fine. It
// has a context of its own: what was made goes even if the check ran out of time.
func (s *subject) dropper(capability string, remove func(context.Context) error) func() error {
	return func() error {
		if !s.capabilities[capability] {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), s.options.Settle)
		defer cancel()
		if err := remove(ctx); err != nil && !isNotFound(err) {
			return fmt.Errorf("deleting what the suite had made failed: %w", err)
		}
		return nil
	}
}

func clonePool(p *sdk.ResourcePool) *sdk.ResourcePool {
	c := *p
	return &c
}
