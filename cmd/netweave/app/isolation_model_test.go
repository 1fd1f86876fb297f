//go:build integration

package app

import (
	"cmp"
	"slices"
	"strings"
)

// What the model knows is written from the design and from docs/api.md. It shares
// no code with what it judges: neither scopes, nor roles, nor owners.

// extent is whose objects a permission is about.
type extent uint8

const (
	ofTenant extent = 1 << iota
	ofEveryone
	ofAll
)

var extents = map[string]extent{"tenant": ofTenant, "shared": ofEveryone, "all": ofAll}

const (
	platformHome = "platform"
	// everyones is the owner of what is shared, and of roles that apply everywhere.
	everyones  = "*"
	firstAdmin = "root"
)

// caller is who a request is from.
type caller struct{ user, home string }

// covers reports whether an extent, held by somebody of home, is about what owner
// owns; "" is the platform.
func (e extent) covers(home, owner string) bool {
	switch {
	case e&ofAll != 0:
		return true
	case owner == everyones:
		return e&ofEveryone != 0
	default:
		return e&ofTenant != 0 && owner == home && home != platformHome && owner != ""
	}
}

// permit is a permission: a resource or "*", an action or "manage", and a scope.
type permit struct{ resource, action, scope string }

// rank is a role.
type rank struct {
	// owner is a tenant, platformHome, or everyones.
	owner, name string
	// system ranks are for users of the platform alone; fixed ones are no API's to
	// change.
	system, fixed bool
	permits       []permit
}

// member is a user that is known.
type member struct {
	disabled bool
	ranks    []string
}

// holding is a tenant, or the platform.
type holding struct {
	id, status string
	// name and most (subscriptions, -1 for any number) take scope all to change.
	name    string
	most    int
	members map[string]*member
	ranks   map[string]*rank
}

// asset is an object of a backend.
type asset struct {
	kind, id, backend, owner string
	name, description        string
	secret                   string
	pool, typ, parent        string
	former                   []string // owners
	version                  int
}

// hearing is a subscription.
type hearing struct {
	id, home string // home "" is the platform
	key      string // what makes two of them the same
	kind     string // that its filter selects, "" for all
	hears    map[string]extent
	callback string
	consumer string
	filter   string
	made     int // in which order
}

// record is an entry of the audit log.
type record struct{ request, home, user, action, resource, result string }

type model struct {
	// shared: what no tenant's name is on is everyone's.
	shared   bool
	holdings map[string]*holding
	general  map[string]*rank // everyone's, those of the platform that are built in included
	assets   map[string]*asset
	hearings map[string]*hearing
	records  []record
}

var kinds = []string{"ResourcePool", "Resource", "ResourceType", "DeploymentManager"}

var nouns = append(slices.Clone(kinds), "Subscription", "Tenant", "User", "Role", "Quota", "AuditLog", "Alarm")

var verbs = []string{"list", "read", "create", "update", "delete"}

// permits reads "Resource,Other:action,action:scope" texts.
func permits(texts ...string) (list []permit) {
	for _, text := range texts {
		part := strings.Split(text, ":")
		for noun := range strings.SplitSeq(part[0], ",") {
			for verb := range strings.SplitSeq(part[1], ",") {
				for scope := range strings.SplitSeq(part[2], ",") {
					list = append(list, permit{noun, verb, scope})
				}
			}
		}
	}
	return list
}

const inventoryNouns = "ResourcePool,Resource,ResourceType,DeploymentManager"

// fixedRanks are the built-in roles, as architecture.md has them, and those of the
// file that the gateways are given.
func fixedRanks() map[string]*rank {
	list := []*rank{
		{name: "platform-admin", system: true, permits: permits("*:manage:all")},
		{name: "tenant-admin", system: true, permits: permits("Tenant,User,Role,Quota:manage:all")},
		{name: "auditor", system: true, permits: permits("AuditLog:list,read:all")},
		{name: "owner", permits: permits("ResourcePool,Resource,Subscription,Alarm,User,Role:manage:tenant", "Alarm:list,read:shared", "Tenant:list,read,update:tenant",
			"Quota,AuditLog:list,read:tenant", inventoryNouns+":list,read:tenant,shared")},
		{name: "admin", permits: permits("ResourcePool,Resource,Subscription,Alarm,User,Role:manage:tenant", "Alarm:list,read:shared",
			"Tenant,Quota,AuditLog:list,read:tenant", inventoryNouns+":list,read:tenant,shared")},
		{name: "operator", permits: permits("ResourcePool,Resource,Subscription,Alarm:manage:tenant", "Alarm:list,read:shared", "Quota:list,read:tenant", inventoryNouns+":list,read:tenant,shared")},
		{name: "viewer", permits: permits(inventoryNouns+",Alarm:list,read:tenant,shared", "Subscription,Quota:list,read:tenant")},
		{name: "file-keeper", permits: permits("ResourcePool:manage:tenant", "Resource:list:tenant,shared", "Subscription:manage:tenant")},
		{name: "file-watch", system: true, permits: permits("Tenant:list:all", inventoryNouns+":list,read:all", "Subscription:manage:all")},
	}
	all := map[string]*rank{}
	for _, r := range list {
		r.owner, r.fixed = everyones, true
		all[r.name] = r
	}
	return all
}

// rolesFile is what the model calls file-keeper and file-watch.
const rolesFile = `r, file-keeper, tenant, from a file
p, file-keeper, ResourcePool, manage, tenant
p, file-keeper, Resource, list, tenant
p, file-keeper, Resource, list, shared
p, file-keeper, Subscription, manage, tenant
r, file-watch, system, from a file
p, file-watch, Tenant, list, all
p, file-watch, ResourcePool, list, all
p, file-watch, ResourcePool, read, all
p, file-watch, Resource, list, all
p, file-watch, Resource, read, all
p, file-watch, ResourceType, list, all
p, file-watch, ResourceType, read, all
p, file-watch, DeploymentManager, list, all
p, file-watch, DeploymentManager, read, all
p, file-watch, Subscription, manage, all
`

func newModel(shared bool) *model {
	m := &model{
		shared: shared, holdings: map[string]*holding{}, general: fixedRanks(),
		assets: map[string]*asset{}, hearings: map[string]*hearing{},
	}
	m.found(platformHome)
	return m
}

// found makes a tenant.
func (m *model) found(id string) *holding {
	h := &holding{id: id, status: "active", most: -1, members: map[string]*member{}, ranks: map[string]*rank{}}
	m.holdings[id] = h
	return h
}

// admitted reports whether a caller may ask for anything at all.
func (m *model) admitted(c caller) bool {
	h := m.holdings[c.home]
	if h == nil || h.status != "active" {
		return false
	}
	known := h.members[c.user]
	return known == nil || !known.disabled
}

// named returns the rank of a name that users of home can have.
func (m *model) named(home, name string) *rank {
	if r := m.general[name]; r != nil && (!r.system || home == platformHome) {
		return r
	}
	if h := m.holdings[home]; h != nil {
		return h.ranks[name]
	}
	return nil
}

// extent returns to what a caller's permission to do something extends, 0 for none.
func (m *model) extent(c caller, resource, action string) (e extent) {
	if !m.admitted(c) {
		return 0
	}
	var held []*rank
	if known := m.holdings[c.home].members[c.user]; known != nil {
		for _, name := range known.ranks {
			if r := m.named(c.home, name); r != nil {
				held = append(held, r)
			}
		}
	}
	if c == (caller{firstAdmin, platformHome}) {
		held = append(held, m.general["platform-admin"])
	}
	for _, r := range held {
		for _, p := range r.permits {
			if (p.resource == "*" || p.resource == resource) && (p.action == "manage" || p.action == action) {
				e |= extents[p.scope]
			}
		}
	}
	return e
}

// reaches is covers for what tenants, users, roles and quotas are of: the
// platform's and everyone's take all.
func (e extent) reaches(home, of string) bool {
	if of == platformHome || of == everyones {
		return e&ofAll != 0
	}
	return e.covers(home, of)
}

// ownerOf is whose an object is whose backend has put that label on it.
func (m *model) ownerOf(label string) string {
	switch {
	case label == "" && m.shared:
		return everyones
	case label == platformHome || !isName(label):
		return ""
	}
	return label
}

// isName reports whether a label can be a tenant's id.
func isName(label string) bool {
	ok := label != "" && len(label) <= 63 && !strings.HasPrefix(label, "-") && !strings.HasSuffix(label, "-")
	for _, r := range label {
		ok = ok && (r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	}
	return ok
}

// homeOf is the tenant that a caller's subscriptions and objects are of, "" for
// the platform.
func (c caller) tenant() string {
	if c.home == platformHome {
		return ""
	}
	return c.home
}

// visible returns a caller's objects of a kind that an action extends to, by id.
func (m *model) visible(c caller, kind, action string, matches func(*asset) bool) (list []*asset) {
	e := m.extent(c, kind, action)
	for _, a := range m.assets {
		if a.kind == kind && e.covers(c.home, a.owner) && (matches == nil || matches(a)) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *asset) int { return cmp.Compare(a.id, b.id) })
	return list
}

// sees reports whether a caller may do something with an object of a kind.
func (m *model) sees(c caller, kind, action, id string) *asset {
	if a := m.assets[id]; a != nil && a.kind == kind && m.extent(c, kind, action).covers(c.home, a.owner) {
		return a
	}
	return nil
}

// subscribed returns the subscription of an id that an action extends to.
func (m *model) subscribed(c caller, action, id string) *hearing {
	if h := m.hearings[id]; h != nil && m.extent(c, "Subscription", action).covers(c.home, h.home) {
		return h
	}
	return nil
}

// readable returns what of each kind a caller may read.
func (m *model) readable(c caller) map[string]extent {
	all := map[string]extent{}
	for _, kind := range kinds {
		if e := m.extent(c, kind, "read"); e != 0 {
			all[kind] = e
		}
	}
	return all
}

// hears reports whether a subscription may tell of what owner owns.
func (h *hearing) covers(kind, owner string) bool {
	return h.hears[kind].covers(cmp.Or(h.home, platformHome), owner)
}

// grants reports whether a caller holds all that permits mean for users of home.
func (m *model) grants(c caller, home string, list []permit) bool {
	for _, p := range list {
		for _, noun := range nouns {
			for _, verb := range verbs {
				if p.resource != "*" && p.resource != noun || p.action != "manage" && p.action != verb {
					continue
				}
				e := m.extent(c, noun, verb)
				held := e&ofAll != 0
				switch p.scope {
				case "tenant":
					held = e.reaches(c.home, home)
				case "shared":
					held = e.covers(c.home, everyones)
				}
				if !held {
					return false
				}
			}
		}
	}
	return true
}

// lastOwner reports whether a user is the only one of a tenant who is its owner
// and can act.
func (m *model) lastOwner(h *holding, user string) bool {
	u := h.members[user]
	if h.id == platformHome || u == nil || !slices.Contains(u.ranks, "owner") {
		return false
	}
	for name, other := range h.members {
		if name != user && !other.disabled && slices.Contains(other.ranks, "owner") {
			return false
		}
	}
	return true
}

// close deletes a tenant.
func (m *model) close(h *holding) {
	h.status = "deleted"
	clear(h.members)
	clear(h.ranks)
	for id, s := range m.hearings {
		if s.home == h.id {
			delete(m.hearings, id)
		}
	}
}

// holders counts the users who have a rank.
func (m *model) holders(r *rank) (n int) {
	for _, h := range m.holdings {
		if r.owner != everyones && h.id != r.owner || r.system != (h.id == platformHome) {
			continue
		}
		for _, u := range h.members {
			if slices.Contains(u.ranks, r.name) {
				n++
			}
		}
	}
	return n
}
