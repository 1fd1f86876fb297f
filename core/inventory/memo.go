package inventory

import (
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

const (
	// memoSlots and memoItems bound what is remembered: a page holds on to its
	// objects, though they may have left their view.
	memoSlots = 128
	memoItems = 1000
)

// versions numbers the contents of kinds over all views.
var versions atomic.Uint64

// memo remembers pages for as long as what they were made of stays the same:
// those who poll a list that does not change, or whose filter reads a great
// deal, cost no more than those who ask for one object. It takes no lock.
type memo struct {
	seed  maphash.Seed
	slots [memoSlots]atomic.Pointer[remembered]
}

// remembered is a page and all that it depends on.
type remembered struct {
	question question
	// versions are those of the views that the list covered, in their order.
	versions []uint64
	page     inventory.Page
}

// question is a query together with what of its scope decides what is seen.
type question struct {
	kind          o2.Kind
	tenant        string
	reach         scope.Reach
	schema        *query.Schema
	filter        string
	sorted        *query.Schema
	order         string
	after         o2.ID
	key           string
	limit, offset int
	count         bool
}

func questionOf(sc scope.Scope, q inventory.Query) question {
	return question{
		kind: q.Kind, tenant: sc.Tenant(), reach: sc.Reach(),
		schema: q.Filter.Schema(), filter: q.Filter.String(), sorted: q.Order.Schema(), order: q.Order.String(),
		after: q.After, key: q.Key, limit: q.Limit, offset: q.Offset, count: q.Count,
	}
}

// total is the question how many objects there are in all.
func (q question) total() question {
	return question{kind: q.kind, tenant: q.tenant, reach: q.reach, schema: q.schema, filter: q.filter, count: true}
}

// slot returns the one place where the answer to a question may be.
func (m *memo) slot(q question) *atomic.Pointer[remembered] {
	return &m.slots[maphash.Comparable(m.seed, q)%memoSlots]
}

// recall returns the page that answered q when the views were as they are now.
func (m *memo) recall(q question, states []*kindState) (inventory.Page, bool) {
	r := m.slot(q).Load()
	if r == nil || r.question != q || !slices.EqualFunc(r.versions, states, isVersion) {
		return inventory.Page{}, false
	}
	return r.page, true
}

// keep remembers a page, which nobody may change any more.
func (m *memo) keep(q question, states []*kindState, page inventory.Page) {
	if len(page.Items) > memoItems {
		return
	}
	r := &remembered{question: q, versions: make([]uint64, len(states)), page: page}
	for i, s := range states {
		r.versions[i] = s.version
	}
	m.slot(q).Store(r)
}

func isVersion(version uint64, s *kindState) bool { return s.version == version }
