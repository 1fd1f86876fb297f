package inventory

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

// contextStride is how many objects a list passes between two looks at its
// context.
const contextStride = 1024

// List returns one page of a kind, in the order of ids, over all the backends
// that routing has the list cover.
func (s *Service) List(ctx context.Context, sc scope.Scope, q inventory.Query) (inventory.Page, error) {
	page, err := s.list(ctx, sc, q)
	s.reads.count(err)
	return page, err
}

func (s *Service) list(ctx context.Context, sc scope.Scope, q inventory.Query) (inventory.Page, error) {
	sc, err := s.authorize(ctx, sc, q.Kind, authz.ActionList)
	if err != nil {
		return inventory.Page{}, err
	}
	views := s.covered(q)
	freshness, synced := freshnessOf(views)
	if !synced {
		return inventory.Page{}, inventory.ErrNotSynced
	}
	states := make([]*kindState, len(views))
	for i, v := range views {
		states[i] = &v.state.Load().kinds[q.Kind]
	}
	asked := questionOf(sc, q)
	page, known := s.memo.recall(asked, states)
	if !known {
		if page, err = pageOf(ctx, sc, q, states); err != nil {
			return inventory.Page{}, err
		}
		if q.Count {
			if page.Total, err = s.total(ctx, sc, q, asked.total(), states, page); err != nil {
				return inventory.Page{}, err
			}
		}
		s.memo.keep(asked, states, page)
	}
	page.Freshness = freshness
	return page, nil
}

// pageOf puts a page together from what views hold.
func pageOf(ctx context.Context, sc scope.Scope, q inventory.Query, states []*kindState) (page inventory.Page, err error) {
	if q.Order != nil {
		page, err = sortPage(ctx, sc, q, states)
	} else {
		page, err = walkPage(ctx, sc, q, states)
	}
	page.Digest = pageDigest(page.Items, page.More)
	return page, err
}

// walkPage walks as far as the page goes.
func walkPage(ctx context.Context, sc scope.Scope, q inventory.Query, states []*kindState) (page inventory.Page, err error) {
	p := planOf(sc, q, states)
	page.Items = make([]inventory.Item, 0, min(q.Limit, p.most))
	skip := q.Offset
	err = p.each(ctx, func(e *entry) bool {
		switch {
		case skip > 0:
			skip--
		case len(page.Items) >= q.Limit:
			page.More = true
			return false
		default:
			page.Items = append(page.Items, e)
		}
		return true
	})
	return page, err
}

// Get returns one object that the caller sees.
func (s *Service) Get(ctx context.Context, sc scope.Scope, kind o2.Kind, id o2.ID) (inventory.Item, inventory.Freshness, error) {
	sc, err := s.authorize(ctx, sc, kind, authz.ActionRead)
	if err != nil {
		return nil, inventory.Freshness{}, err
	}
	e, v, err := s.find(sc, kind, id)
	s.reads.count(err)
	if err != nil {
		return nil, inventory.Freshness{}, err
	}
	freshness, _ := freshnessOf([]*view{v})
	return e, freshness, nil
}

// find returns an object that the caller sees and the view that holds it.
// Another's object is found no more than one that is not there: what the error
// is does not depend on it.
func (s *Service) find(sc scope.Scope, kind o2.Kind, id o2.ID) (*entry, *view, error) {
	unread := false
	views := s.shelf.views()
	for _, v := range views {
		e, ok := v.state.Load().kinds[kind].all.get(id)
		if ok && sc.Sees(e.tenant) {
			return e, v, nil
		}
		unread = unread || !v.synced.Load()
	}
	if unread || len(views) == 0 {
		return nil, nil, inventory.ErrNotSynced
	}
	return nil, nil, inventory.ErrNotFound
}

// covered returns the views that a list is answered from.
func (s *Service) covered(q inventory.Query) []*view {
	names, all := s.routes().ForList(q.Kind, q.Filter, s.standing)
	if all {
		return s.shelf.views()
	}
	views := make([]*view, 0, len(names))
	for _, name := range names {
		if v := s.shelf.view(name); v != nil {
			views = append(views, v)
		}
	}
	return views
}

// freshnessOf tells how current and whole an answer from views is, and whether
// any of them has been read at all.
func freshnessOf(views []*view) (f inventory.Freshness, synced bool) {
	now := time.Now()
	for _, v := range views {
		if !v.synced.Load() {
			f.Partial = insertSorted(f.Partial, v.backend)
			continue
		}
		synced = true
		f.Age = max(f.Age, v.age(now))
		if v.stale(now) {
			f.Stale = insertSorted(f.Stale, v.backend)
		}
	}
	return f, synced
}

// digests holds the buffers that pages' digests are gathered in.
var digests = sync.Pool{New: func() any { return new([]byte) }}

func pageDigest(items []inventory.Item, more bool) o2.Digest {
	buf, _ := digests.Get().(*[]byte)
	b := (*buf)[:0]
	for _, item := range items {
		b = append(b, item.Object().Head().Digest[:]...)
	}
	if more {
		b = append(b, 1)
	}
	sum := sha256.Sum256(b)
	*buf = b
	digests.Put(buf)
	return o2.Digest(sum[:16])
}
