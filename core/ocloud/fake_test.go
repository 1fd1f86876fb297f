package ocloud

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

// shelf is an inventory of pools, each seen by its tenant and by the platform.
type shelf struct {
	inventory.Reader
	pools     []*o2.ResourcePool
	freshness inventory.Freshness
	err       error
	// largest makes pages smaller than they are asked for.
	largest int
	lists   int
}

type item struct {
	inventory.Item
	pool *o2.ResourcePool
}

func (i item) Object() o2.Object { return i.pool }

func (s *shelf) List(_ context.Context, sc scope.Scope, q inventory.Query) (inventory.Page, error) {
	s.lists++
	switch {
	case s.err != nil:
		return inventory.Page{}, s.err
	case !sc.Valid():
		return inventory.Page{}, authz.ErrDenied
	case q.Kind != o2.KindResourcePool || q.Filter != nil:
		return inventory.Page{}, errors.New("asked for something else than all pools")
	}
	var page inventory.Page
	h := sha256.New()
	for _, p := range s.pools {
		if p.ID <= q.After || !sc.Platform() && p.Tenant != sc.Tenant() {
			continue
		}
		if len(page.Items) == min(q.Limit, cmp.Or(s.largest, q.Limit)) {
			page.More = true
			break
		}
		page.Items = append(page.Items, item{pool: p})
		h.Write(p.Digest[:])
	}
	page.Digest = o2.Digest(h.Sum(nil)[:16])
	page.Freshness = s.freshness
	return page, nil
}

var platform = scope.New(scope.Identity{Platform: true})

func member(tenant string) scope.Scope { return scope.New(scope.Identity{Tenant: tenant}) }

func pid(n int) o2.ID { return o2.ID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", n)) }

// pool is the pool of that number, called p<n>, sealed.
func pool(n int, change ...func(*o2.ResourcePool)) *o2.ResourcePool {
	p := &o2.ResourcePool{Header: o2.Header{ID: pid(n), NativeID: fmt.Sprint(n), Backend: "b", Name: fmt.Sprintf("p%d", n)}}
	for _, f := range change {
		f(p)
	}
	o2.Seal(p)
	return p
}

func of(tenant string) func(*o2.ResourcePool) { return func(p *o2.ResourcePool) { p.Tenant = tenant } }
func by(backend string) func(*o2.ResourcePool) {
	return func(p *o2.ResourcePool) { p.Backend = backend }
}
func inPlace(global, location string) func(*o2.ResourcePool) {
	return func(p *o2.ResourcePool) { p.GlobalLocationID, p.Location = global, location }
}
func told(s o2.Site) func(*o2.ResourcePool) { return func(p *o2.ResourcePool) { p.Site = &s } }

func shelved(pools ...*o2.ResourcePool) *shelf {
	slices.SortFunc(pools, func(a, b *o2.ResourcePool) int { return cmp.Compare(a.ID, b.ID) })
	return &shelf{pools: pools}
}
