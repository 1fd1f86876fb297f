package detection

import (
	"cmp"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/subscription"
)

// told is the leader's copy of the told records.
type told struct {
	kinds [o2.KindCount]map[o2.ID]record
	size  int
}

// record is one told record. Where the object's canonical state is all that there
// is of it, the record shares the object with the view.
type record struct {
	sequence uint64
	object   o2.Object
	owner    string
}

func (r record) digest() o2.Digest { return r.object.Head().StateDigest }

func (t *told) get(key o2.ObjectKey) (record, bool) {
	r, ok := t.kinds[key.Kind][key.ID]
	return r, ok
}

func (t *told) put(r record) {
	kind := r.object.Kind()
	if t.kinds[kind] == nil {
		t.kinds[kind] = map[o2.ID]record{}
	}
	m := t.kinds[kind]
	before := len(m)
	m[r.object.Head().ID] = r
	t.size += len(m) - before
}

func (t *told) remove(key o2.ObjectKey) {
	m := t.kinds[key.Kind]
	before := len(m)
	delete(m, key.ID)
	t.size += len(m) - before
}

// each calls fn with every record, in no order. fn may put and remove.
func (t *told) each(fn func(o2.ObjectKey, record)) {
	for kind, m := range t.kinds {
		for id, r := range m {
			fn(o2.ObjectKey{Kind: o2.Kind(kind), ID: id}, r)
		}
	}
}

// visible reports whether an object told so is one that the subscription selects
// and may hear of.
func visible(a eventlog.Activation, s *subscription.Selection, r record) bool {
	return a.Sees(r.object.Kind(), r.owner) && s.Match(r.object)
}

// found is a told record under its key.
type found struct {
	key o2.ObjectKey
	record
}

// selected returns what was told of the objects that fn accepts, of those that s
// may select, by kind and id.
func (t *told) selected(s *subscription.Selection, fn func(record) bool) []found {
	var list []found
	for _, kind := range o2.Kinds() {
		if !s.Kinds.Has(kind) {
			continue
		}
		add := func(id o2.ID, r record) {
			if fn(r) {
				list = append(list, found{o2.ObjectKey{Kind: kind, ID: id}, r})
			}
		}
		ids, pinned := s.Filters[kind].Lookup(query.ByID)
		for _, id := range ids {
			if r, ok := t.kinds[kind][o2.ID(id)]; ok {
				add(o2.ID(id), r)
			}
		}
		if pinned {
			continue
		}
		for id, r := range t.kinds[kind] {
			add(id, r)
		}
	}
	slices.SortFunc(list, func(a, b found) int { return compareKeys(a.key, b.key) })
	return list
}

func compareKeys(a, b o2.ObjectKey) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}
