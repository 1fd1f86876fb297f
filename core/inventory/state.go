package inventory

import (
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
)

// entries is a list of a view's objects by id.
type entries = sorted[o2.ID, *entry]

// state is all that a view holds at one moment. It is immutable.
type state struct {
	kinds [o2.KindCount]kindState
}

// kindState holds one kind's objects: all of them, and by what lists ask for.
// Each index is kept apart by tenant, so that no tenant's list passes over
// another's objects.
type kindState struct {
	// version differs between any two contents of any view, but that 0 is that
	// of every empty one that never held anything.
	version  uint64
	all      entries
	byTenant buckets
	byPool   buckets
	byType   buckets
}

// buckets is an index: lists of objects by an attribute's value and tenant.
type buckets = sorted[bucketKey, *bucket]

type bucket struct {
	key     bucketKey
	entries entries
}

// bucketKey orders buckets by value first, so that the buckets of one value,
// over all tenants, stand side by side. In byTenant the value is "".
type bucketKey struct {
	value, tenant string
}

func (k bucketKey) compare(other bucketKey) int {
	if c := strings.Compare(k.value, other.value); c != 0 {
		return c
	}
	return strings.Compare(k.tenant, other.tenant)
}

func (b *bucket) compareKey(key bucketKey) int { return b.key.compare(key) }

// change is what happens to one object: before or after is nil where it is new
// or leaves.
type change struct {
	id            o2.ID
	before, after *entry
}

// apply returns the state with changes made to one kind. They are in the order
// of their ids, one an id.
func (k kindState) apply(changes []change) kindState {
	edits := make([]edit[o2.ID, *entry], len(changes))
	for i, c := range changes {
		edits[i] = edit[o2.ID, *entry]{key: c.id, element: c.after, remove: c.after == nil}
	}
	return kindState{
		version:  versions.Add(1),
		all:      k.all.apply(edits),
		byTenant: reindex(k.byTenant, changes, func(e *entry) (bucketKey, bool) { return bucketKey{tenant: e.tenant}, true }),
		byPool:   reindex(k.byPool, changes, poolKey),
		byType:   reindex(k.byType, changes, typeKey),
	}
}

func poolKey(e *entry) (bucketKey, bool) {
	r, ok := e.object.(*o2.Resource)
	if !ok || r.ResourcePoolID == "" {
		return bucketKey{}, false
	}
	return bucketKey{value: string(r.ResourcePoolID), tenant: e.tenant}, true
}

func typeKey(e *entry) (bucketKey, bool) {
	r, ok := e.object.(*o2.Resource)
	if !ok || r.ResourceTypeID == "" {
		return bucketKey{}, false
	}
	return bucketKey{value: string(r.ResourceTypeID), tenant: e.tenant}, true
}

// reindex makes changes to an index whose buckets keyOf tells.
func reindex(index buckets, changes []change, keyOf func(*entry) (bucketKey, bool)) buckets {
	byBucket := map[bucketKey][]edit[o2.ID, *entry]{}
	for _, c := range changes {
		var before, after bucketKey
		var was, is bool
		if c.before != nil {
			before, was = keyOf(c.before)
		}
		if c.after != nil {
			after, is = keyOf(c.after)
		}
		if was && (!is || before != after) {
			byBucket[before] = append(byBucket[before], edit[o2.ID, *entry]{key: c.id, remove: true})
		}
		if is {
			byBucket[after] = append(byBucket[after], edit[o2.ID, *entry]{key: c.id, element: c.after})
		}
	}
	edits := make([]edit[bucketKey, *bucket], 0, len(byBucket))
	for key, inner := range byBucket {
		var list entries
		if old, ok := index.get(key); ok {
			key, list = old.key, old.entries // the key's own strings, shared by all versions
		}
		list = list.apply(inner)
		edits = append(edits, edit[bucketKey, *bucket]{
			key: key, element: &bucket{key: key, entries: list}, remove: list.len == 0,
		})
	}
	slices.SortFunc(edits, func(a, b edit[bucketKey, *bucket]) int { return a.key.compare(b.key) })
	return index.apply(edits)
}
