// Package matching finds the subscriptions that a change concerns.
//
// What it costs depends on how many subscriptions may match, not on how many
// there are: they are indexed by whose objects they hear of, which may differ by
// kind, and then by the ids, pools or types that their filters pin. Only those whose filters pin
// nothing are looked at one by one.
package matching

import (
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/subscription"
)

// Index holds the subscriptions that are in force. It is for one goroutine at a
// time, which the leader is. The zero Index is empty and ready to use.
type Index struct {
	members map[o2.ID]*member
	// tenants are those who hear of one tenant's objects, shared those who hear of
	// what is shared, and everyone those who hear of everyone's. For any one kind
	// nobody of everyone is in one of the others as well.
	tenants          map[string]*audience
	shared, everyone audience
	// before and after are reused from one Match to the next.
	before, after []*member
}

// member is one subscription.
type member struct {
	id        o2.ID
	tenant    string
	reaches   o2.Reaches
	selection *subscription.Selection
}

// Len returns how many subscriptions there are.
func (x *Index) Len() int { return len(x.members) }

// Put adds a subscription of tenant, or replaces it: the objects that reaches
// extend to concern it, if s selects them. s is not changed any more.
func (x *Index) Put(id o2.ID, tenant string, reaches o2.Reaches, s *subscription.Selection) {
	x.Remove(id)
	m := &member{id: id, tenant: tenant, reaches: reaches, selection: s}
	if x.members == nil {
		x.members, x.tenants = map[o2.ID]*member{}, map[string]*audience{}
	}
	x.members[id] = m
	everyone, shared, own := m.kinds()
	x.everyone.add(m, everyone)
	x.shared.add(m, shared)
	if own == 0 {
		return
	}
	a := x.tenants[tenant]
	if a == nil {
		a = &audience{}
		x.tenants[tenant] = a
	}
	a.add(m, own)
}

// kinds returns of which kinds m hears of everyone's objects, and of which others
// of what is shared and of its own tenant's.
func (m *member) kinds() (everyone, shared, own o2.KindSet) {
	for _, kind := range o2.Kinds() {
		switch reach := m.reaches[kind]; {
		case !m.selection.Kinds.Has(kind):
		case reach&o2.ReachAll != 0:
			everyone |= o2.SetOf(kind)
		default:
			if reach&o2.ReachTenant != 0 && m.tenant != "" && m.tenant != scope.SharedOwner {
				own |= o2.SetOf(kind)
			}
			if reach&o2.ReachShared != 0 {
				shared |= o2.SetOf(kind)
			}
		}
	}
	return everyone, shared, own
}

// Remove takes a subscription out, if it is there.
func (x *Index) Remove(id o2.ID) {
	m, ok := x.members[id]
	if !ok {
		return
	}
	delete(x.members, id)
	everyone, shared, own := m.kinds()
	x.everyone.remove(m, everyone)
	x.shared.remove(m, shared)
	if own == 0 {
		return
	}
	a := x.tenants[m.tenant]
	if a.remove(m, own); a.size == 0 {
		delete(x.tenants, m.tenant)
	}
}

// Match appends to dst who is to hear that an object was prior and now is post,
// by id; nil is for no object. To a subscriber whose filter the object enters it
// is created, to one whose filter it leaves deleted, and modified to one in whose
// filter it stays and differs. An object that passes on to another tenant leaves
// the one's filters and enters the other's: neither hears of the other. To one
// whose Selection.Either is set an object that it may hear of all the while is
// modified whenever its filter selects what was or what is.
func (x *Index) Match(dst []eventlog.Target, prior, post *eventlog.State) []eventlog.Target {
	x.before, x.after = x.selecting(x.before[:0], prior), x.selecting(x.after[:0], post)
	before, after := x.before, x.after
	differs := prior != nil && post != nil && prior.Object.Head().StateDigest != post.Object.Head().StateDigest
	for len(before) > 0 || len(after) > 0 {
		switch order := compareHeads(before, after); {
		case order < 0:
			dst = append(dst, eventlog.Target{Subscription: before[0].id, Type: before[0].passage(post, o2.EventDeleted)})
			before = before[1:]
		case order > 0:
			dst = append(dst, eventlog.Target{Subscription: after[0].id, Type: after[0].passage(prior, o2.EventCreated)})
			after = after[1:]
		default:
			if differs {
				dst = append(dst, eventlog.Target{Subscription: after[0].id, Type: o2.EventModified})
			}
			before, after = before[1:], after[1:]
		}
	}
	return dst
}

// passage is what it is to m that an object enters or leaves its filter, which does
// not select the state on the other side.
func (m *member) passage(other *eventlog.State, otherwise o2.EventType) o2.EventType {
	if m.selection.Either && other != nil && m.hears(other) {
		return o2.EventModified
	}
	return otherwise
}

// hears reports whether m may hear of an object in that state, whatever its filter.
func (m *member) hears(s *eventlog.State) bool {
	reach := m.reaches[s.Object.Kind()]
	switch {
	case reach&o2.ReachAll != 0:
		return true
	case s.Owner == scope.SharedOwner:
		return reach&o2.ReachShared != 0
	default:
		return reach&o2.ReachTenant != 0 && m.tenant != "" && m.tenant == s.Owner
	}
}

// compareHeads orders two lists by their first member; an empty one is last.
func compareHeads(a, b []*member) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	return strings.Compare(string(a[0].id), string(b[0].id))
}

// selecting appends those that select an object in that state, by id.
func (x *Index) selecting(list []*member, s *eventlog.State) []*member {
	if s == nil {
		return list
	}
	list = x.everyone.selecting(list, s.Object)
	switch a := x.tenants[s.Owner]; {
	case s.Owner == scope.SharedOwner:
		list = x.shared.selecting(list, s.Object)
	case a != nil:
		list = a.selecting(list, s.Object)
	}
	slices.SortFunc(list, func(a, b *member) int { return strings.Compare(string(a.id), string(b.id)) })
	return list
}
