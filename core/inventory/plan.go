package inventory

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

// plan chooses which of the views' lists a query walks: those of an index that
// the filter pins, else the caller's tenant's and the shared ones, else all. Whatever it chooses
// holds every match; the filter still has the last word.
type plan struct {
	scope scope.Scope
	query inventory.Query
	walks []walk[*entry]
	// most is how many objects the walks pass at most.
	most int
}

// planOf makes the plan of a query of those views.
func planOf(sc scope.Scope, q inventory.Query, states []*kindState) *plan {
	p := &plan{scope: sc, query: q}
	for _, state := range states {
		p.add(state)
	}
	return p
}

// each calls do with every object that the caller sees and the filter matches, in the
// order of ids, until do returns false.
func (p *plan) each(ctx context.Context, do func(*entry) bool) error {
	merged := p.open()
	for passed := 1; ; passed++ {
		if passed%contextStride == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		e, ok := merged.step()
		if !ok {
			return nil
		}
		if p.scope.Sees(e.tenant) && p.query.Filter.Match(e.object) && !do(e) {
			return nil
		}
	}
}

// add opens the walks over one view's objects.
func (p *plan) add(k *kindState) {
	f := p.query.Filter
	if ids, ok := f.Lookup(query.ByID); ok {
		p.addIDs(k, ids)
		return
	}
	index, values := buckets{}, []string(nil)
	if p.query.Kind == o2.KindResource {
		pools, byPool := f.Lookup(query.ByPool)
		types, byType := f.Lookup(query.ByType)
		switch {
		case byPool && byType && p.size(k.byType, types) < p.size(k.byPool, pools):
			index, values = k.byType, types
		case byPool:
			index, values = k.byPool, pools
		case byType:
			index, values = k.byType, types
		}
		if byPool || byType {
			p.lists(index, values, p.addList)
			return
		}
	}
	if p.scope.Reach().Has(scope.ReachAll) {
		p.addList(k.all)
		return
	}
	p.lists(k.byTenant, []string{""}, p.addList)
}

// addIDs opens a walk over the objects of the ids given, which are sorted.
func (p *plan) addIDs(k *kindState, ids []string) {
	var found []*entry
	for _, id := range ids {
		if p.query.After != "" && o2.ID(id) <= p.query.After {
			continue
		}
		if e, ok := k.all.get(o2.ID(id)); ok {
			found = append(found, e)
		}
	}
	if len(found) > 0 {
		p.walks = append(p.walks, walk[*entry]{chunks: [][]*entry{found}})
		p.most += len(found)
	}
}

// lists calls do with the lists of an index's values that the caller may see.
func (p *plan) lists(index buckets, values []string, do func(entries)) {
	all := p.scope.Reach().Has(scope.ReachAll)
	for _, value := range values {
		if !all {
			for _, owner := range [...]string{p.scope.Tenant(), scope.SharedOwner} {
				if b, ok := index.get(bucketKey{value: value, tenant: owner}); ok && p.scope.Sees(owner) {
					do(b.entries)
				}
			}
			continue
		}
		w := index.seek(bucketKey{value: value})
		for b, ok := w.step(); ok && b.key.value == value; b, ok = w.step() {
			do(b.entries)
		}
	}
}

func (p *plan) size(index buckets, values []string) int {
	size := 0
	p.lists(index, values, func(list entries) { size += list.len })
	return size
}

func (p *plan) addList(list entries) {
	w := list.start()
	if p.query.After != "" {
		w = list.seek(p.query.After)
		if e, ok := w.peek(); ok && e.id == p.query.After {
			w.step()
		}
	}
	p.walks = append(p.walks, w)
	p.most += list.len
}

// open merges the walks.
func (p *plan) open() *merger {
	m := &merger{walks: p.walks, heads: make([]head, 0, len(p.walks))}
	for i := range p.walks {
		if e, ok := p.walks[i].step(); ok {
			m.heads = append(m.heads, headOf(e, i))
		}
	}
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m
}

// merger walks several lists at once in the order of ids: a heap of their heads.
type merger struct {
	walks []walk[*entry]
	heads []head
}

// head is the next entry of a walk.
type head struct {
	// prefix is the beginning of the entry's id, which nearly always tells two apart.
	prefix uint64
	entry  *entry
	walk   int
}

func headOf(e *entry, walk int) head {
	var prefix [8]byte
	copy(prefix[:], e.id)
	return head{prefix: binary.BigEndian.Uint64(prefix[:]), entry: e, walk: walk}
}

func (h *head) before(other *head) bool {
	if h.prefix != other.prefix {
		return h.prefix < other.prefix
	}
	return h.entry.id < other.entry.id
}

// step returns the next entry; ok is false at the end.
func (m *merger) step() (e *entry, ok bool) {
	if len(m.heads) == 0 {
		return nil, false
	}
	first := &m.heads[0]
	e = first.entry
	if next, more := m.walks[first.walk].step(); more {
		*first = headOf(next, first.walk)
	} else {
		last := len(m.heads) - 1
		m.heads[0] = m.heads[last]
		m.heads = m.heads[:last]
	}
	if len(m.heads) > 1 {
		m.sink(0)
	}
	return e, true
}

// sink lets the head at i down to its place.
func (m *merger) sink(i int) {
	h := m.heads[i]
	for {
		least := 2*i + 1
		if least >= len(m.heads) {
			break
		}
		if right := least + 1; right < len(m.heads) && m.heads[right].before(&m.heads[least]) {
			least = right
		}
		if !m.heads[least].before(&h) {
			break
		}
		m.heads[i] = m.heads[least]
		i = least
	}
	m.heads[i] = h
}

// insertSorted adds s to a sorted list that lacks it.
func insertSorted(list []string, s string) []string {
	n, _ := slices.BinarySearchFunc(list, s, strings.Compare)
	return slices.Insert(list, n, s)
}
