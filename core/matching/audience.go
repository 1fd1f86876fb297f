package matching

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// audience is those who hear of the same objects, by kind and by what their
// filters pin.
type audience struct {
	kinds [o2.KindCount]places
	size  int
}

// places files members under what an object must have for their filters to
// match. A member is found at most once for any object: it is filed in one of
// the maps, under values that exclude each other.
type places struct {
	byID, byPool, byType map[o2.ID][]*member
	byBoth               map[poolAndType][]*member
	// rest are those whose filters pin nothing.
	rest []*member
}

type poolAndType struct{ pool, typ o2.ID }

// most bounds under how many pairs of pool and type one member is filed.
const most = 64

// add files m as one who hears of those kinds, if of any.
func (a *audience) add(m *member, kinds o2.KindSet) {
	if kinds == 0 {
		return
	}
	a.size++
	a.file(m, kinds, func(list []*member) []*member { return append(list, m) })
}

// remove undoes add.
func (a *audience) remove(m *member, kinds o2.KindSet) {
	if kinds == 0 {
		return
	}
	a.size--
	a.file(m, kinds, func(list []*member) []*member {
		for i := range list {
			if list[i] == m {
				last := len(list) - 1
				list[i], list[last] = list[last], nil
				return list[:last]
			}
		}
		return list
	})
}

// file applies change to every list that m belongs in.
func (a *audience) file(m *member, kinds o2.KindSet, change func([]*member) []*member) {
	for _, kind := range o2.Kinds() {
		if kinds.Has(kind) {
			a.kinds[kind].file(kind, m.selection.Filters[kind], change)
		}
	}
}

func (p *places) file(kind o2.Kind, f *query.Filter, change func([]*member) []*member) {
	if ids, ok := f.Lookup(query.ByID); ok {
		p.byID = under(p.byID, ids, change)
		return
	}
	pools, byPool := f.Lookup(query.ByPool)
	types, byType := f.Lookup(query.ByType)
	switch {
	case kind != o2.KindResource:
		p.rest = change(p.rest) // nothing else has a pool or a type
	case byPool && byType && len(pools)*len(types) <= most:
		if p.byBoth == nil {
			p.byBoth = map[poolAndType][]*member{}
		}
		for _, pool := range pools {
			for _, typ := range types {
				key := poolAndType{o2.ID(pool), o2.ID(typ)}
				if p.byBoth[key] = change(p.byBoth[key]); len(p.byBoth[key]) == 0 {
					delete(p.byBoth, key)
				}
			}
		}
	case byPool:
		p.byPool = under(p.byPool, pools, change)
	case byType:
		p.byType = under(p.byType, types, change)
	default:
		p.rest = change(p.rest)
	}
}

// under applies change to the lists of those values, and returns the map, made
// if there was none.
func under(lists map[o2.ID][]*member, values []string, change func([]*member) []*member) map[o2.ID][]*member {
	if lists == nil {
		lists = map[o2.ID][]*member{}
	}
	for _, value := range values {
		id := o2.ID(value)
		if lists[id] = change(lists[id]); len(lists[id]) == 0 {
			delete(lists, id)
		}
	}
	return lists
}

// selecting appends those of the audience that select o.
func (a *audience) selecting(list []*member, o o2.Object) []*member {
	p := &a.kinds[o.Kind()]
	list = matching(list, p.rest, o)
	list = matching(list, p.byID[o.Head().ID], o)
	if r, ok := o.(*o2.Resource); ok {
		list = matching(list, p.byPool[r.ResourcePoolID], o)
		list = matching(list, p.byType[r.ResourceTypeID], o)
		list = matching(list, p.byBoth[poolAndType{r.ResourcePoolID, r.ResourceTypeID}], o)
	}
	return list
}

// matching appends those of the candidates whose filters match o: the index
// only leaves out what cannot.
func matching(list, candidates []*member, o o2.Object) []*member {
	for _, m := range candidates {
		if m.selection.Match(o) {
			list = append(list, m)
		}
	}
	return list
}
