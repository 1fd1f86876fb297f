package tenancy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/tenancystore"
)

// home is all that is kept under one tenant, scope.PlatformTenant, or "" for
// everyone's roles. It is never changed once made.
type home struct {
	id string
	// entries are all records, by kind and name.
	entries []entry

	tenant *o2.Tenant
	users  []*o2.User // by id
	// own are the stored roles in force, by name; lost are the names of those that
	// are not, because something else has the name.
	own  []*o2.Role
	lost []string
	// roles are all that apply to the users, by name.
	roles []*o2.Role
	// bindings are those in force, by user and role; bound are their roles' names.
	bindings []*o2.RoleBinding
	bound    map[string][]string
}

// makeHome derives what entries mean, next to what is everyone's.
func makeHome(id string, entries []entry, common *common) *home {
	h := &home{id: id, entries: entries}
	var stored []*o2.RoleBinding
	for i := range entries {
		switch value := entries[i].value.(type) {
		case *o2.Tenant:
			h.tenant = value
		case *o2.User:
			h.users = append(h.users, value)
		case *o2.Role:
			h.own = append(h.own, value)
		case *o2.RoleBinding:
			stored = append(stored, value)
		}
	}
	if id == "" {
		return h
	}
	h.arrangeRoles(common)
	h.bind(stored, common)
	return h
}

// alive reports whether it can have users: a tenant that is not deleted, or the
// platform.
func (h *home) alive() bool {
	return h != nil && (h.id == scope.PlatformTenant || h.tenant != nil && h.tenant.Status != o2.TenantDeleted)
}

// active reports whether its users may do anything.
func (h *home) active() bool {
	return h != nil && (h.id == scope.PlatformTenant || h.tenant != nil && h.tenant.Status == o2.TenantActive)
}

// arrangeRoles finds the roles that apply, and the names that are lost.
func (h *home) arrangeRoles(common *common) {
	fixed := common.fixed[h.id]
	h.own = slices.DeleteFunc(h.own, func(r *o2.Role) bool {
		_, everyones := find(common.everyones, r.Name)
		_, filed := find(fixed, r.Name)
		taken := everyones || filed || common.lost[r.Name]
		if taken {
			h.lost = append(h.lost, r.Name)
		}
		return taken
	})
	for _, r := range common.everyones {
		if !r.System || h.id == scope.PlatformTenant {
			h.roles = append(h.roles, r)
		}
	}
	h.roles = append(append(h.roles, fixed...), h.own...)
	slices.SortFunc(h.roles, byRoleName)
	h.roles = slices.Clip(h.roles)
}

// bind finds the bindings in force: of a user who is there, to a role that
// applies, and made for these very ones. A name that two roles want means none.
func (h *home) bind(stored []*o2.RoleBinding, common *common) {
	for _, b := range stored {
		u, known := h.user(b.UserID)
		r, applies := find(h.roles, b.Role)
		if !known || !applies || common.lost[b.Role] || slices.Contains(h.lost, b.Role) ||
			before(b.CreatedAt, u.CreatedAt) || before(b.CreatedAt, r.CreatedAt) || !bindable(h.id, r) {
			continue
		}
		h.bindings = append(h.bindings, b)
	}
	slices.SortFunc(h.bindings, func(a, b *o2.RoleBinding) int {
		return cmp.Or(strings.Compare(a.UserID, b.UserID), strings.Compare(a.Role, b.Role))
	})
	h.bound = map[string][]string{}
	for _, b := range h.bindings {
		h.bound[b.UserID] = append(h.bound[b.UserID], b.Role)
	}
}

// bindable reports whether a role may be given to users of a tenant. Users of the
// platform have the platform's roles, others the tenants'.
func bindable(tenant string, r *o2.Role) bool { return r.System == (tenant == scope.PlatformTenant) }

// before reports whether a was before b, of two times that are known.
func before(a, b time.Time) bool { return !a.IsZero() && a.Before(b) }

func (h *home) user(id string) (*o2.User, bool) {
	if h == nil {
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(h.users, id, func(u *o2.User, id string) int { return strings.Compare(u.ID, id) })
	if !ok {
		return nil, false
	}
	return h.users[i], true
}

// disabled reports whether a user is known to be.
func (h *home) disabled(id string) bool {
	u, known := h.user(id)
	return known && u.Disabled
}

// bindingsOf returns a user's bindings in force, by role.
func (h *home) bindingsOf(user string) []*o2.RoleBinding {
	first, _ := slices.BinarySearchFunc(h.bindings, user, func(b *o2.RoleBinding, id string) int { return strings.Compare(b.UserID, id) })
	last := first
	for last < len(h.bindings) && h.bindings[last].UserID == user {
		last++
	}
	return h.bindings[first:last]
}

// count returns how many records there are of a kind, in force or not.
func (h *home) count(kind tenancystore.Kind) (n int) {
	for i := range h.entries {
		if h.entries[i].kind == kind {
			n++
		}
	}
	return n
}

// keys returns the keys of the records of a kind, in force or not.
func (h *home) keys(kind tenancystore.Kind) (list []tenancystore.Key) {
	for i := range h.entries {
		if e := &h.entries[i]; e.kind == kind {
			list = append(list, tenancystore.Key{Kind: kind, Tenant: h.id, Name: e.name})
		}
	}
	return list
}

func byRoleName(a, b *o2.Role) int { return strings.Compare(a.Name, b.Name) }

// find returns the role of a name in a list by name.
func find(list []*o2.Role, name string) (*o2.Role, bool) {
	i, ok := slices.BinarySearchFunc(list, name, func(r *o2.Role, name string) int { return strings.Compare(r.Name, name) })
	if !ok {
		return nil, false
	}
	return list[i], true
}
