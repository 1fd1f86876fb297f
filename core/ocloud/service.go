package ocloud

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
)

const (
	// pageSize is how many pools are asked for at once: the inventory remembers
	// pages of that size for as long as nothing changes.
	pageSize = 1000
	// memoSlots bounds the geographies that are remembered.
	memoSlots = 64
)

// Service answers for the O-Cloud. It implements ocloud.Clouds.
type Service struct {
	*Atlas
	pools inventory.Reader
	memo  [memoSlots]atomic.Pointer[drawn]
}

var _ ocloud.Clouds = (*Service)(nil)

// drawn is a geography with what it was drawn from.
type drawn struct {
	pages     []inventory.Page
	geography *ocloud.Geography
}

// New makes a Service over the pools of an inventory.
func New(a *Atlas, pools inventory.Reader) (*Service, error) {
	if a == nil || pools == nil {
		return nil, errors.New("ocloud: an atlas and an inventory are mandatory")
	}
	return &Service{Atlas: a, pools: pools}, nil
}

// Info returns the O-Cloud's identity.
func (s *Service) Info() ocloud.Info { return s.config.Info }

// Geography returns the locations and sites of the pools that the caller sees, and
// the configured locations.
func (s *Service) Geography(ctx context.Context, sc scope.Scope) (*ocloud.Geography, error) {
	pages, err := s.visible(ctx, sc)
	if err != nil {
		return nil, err
	}
	slot := &s.memo[slotOf(pages)]
	known := slot.Load()
	if known == nil || !slices.EqualFunc(known.pages, pages, samePools) {
		known = &drawn{pages: pages, geography: s.draw(pages)}
		slot.Store(known)
	}
	g := *known.geography
	g.Freshness = pages[0].Freshness
	return &g, nil
}

// visible returns all pools that the caller sees, in pages.
func (s *Service) visible(ctx context.Context, sc scope.Scope) ([]inventory.Page, error) {
	var pages []inventory.Page
	q := inventory.Query{Kind: o2.KindResourcePool, Limit: pageSize}
	for {
		page, err := s.pools.List(ctx, sc, q)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
		if !page.More || len(page.Items) == 0 {
			return pages, nil
		}
		q.After = page.Items[len(page.Items)-1].Object().Head().ID
	}
}

func slotOf(pages []inventory.Page) uint64 {
	var sum uint64
	for _, p := range pages {
		sum = sum*31 + binary.BigEndian.Uint64(p.Digest[:])
	}
	return sum % memoSlots
}

// samePools reports whether two pages have the same content and that of the same
// backends, on which the ids of sites depend and no digest of a page.
func samePools(a, b inventory.Page) bool {
	if a.Digest != b.Digest || len(a.Items) != len(b.Items) {
		return false
	}
	if len(a.Items) == 0 || &a.Items[0] == &b.Items[0] {
		return true
	}
	return slices.EqualFunc(a.Items, b.Items, func(x, y inventory.Item) bool {
		return x.Object().Head().Backend == y.Object().Head().Backend
	})
}
