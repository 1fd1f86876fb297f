package tenancy

import (
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// place is where roles are looked for: a tenant or the platform, or everyone's.
type place struct {
	// owner is whose a role made here is, "" for everyone's.
	owner string
	// home is what is kept there; nil of everyone's if nothing is.
	home   *home
	common *common
}

// place finds where roles are meant, by RoleSpec.Tenant.
func (s *Service) place(sc scope.Scope, tenant string) (place, error) {
	if tenant == "" {
		tenant = sc.Home()
	}
	now := s.dir.now.Load()
	if tenant == scope.SharedOwner {
		if !everywhere(sc) {
			return place{}, takesAll("looking after everyone's roles")
		}
		return place{home: now.homes[""], common: now.common}, nil
	}
	h := now.homes[tenant]
	if !reaches(sc, tenant) || !h.alive() {
		return place{}, tenancy.ErrNotFound
	}
	return place{owner: tenant, home: h, common: now.common}, nil
}

// roles are those that apply there, by name.
func (p place) roles() []*o2.Role {
	if p.owner == "" {
		return p.common.everyones
	}
	return p.home.roles
}

// lost reports whether a stored role there has no effect, as another has its name.
func (p place) lost(name string) bool {
	if p.owner == "" {
		return p.common.lost[name]
	}
	return slices.Contains(p.home.lost, name)
}

// vacant returns nil if a name can be a new role's. Of other tenants' roles only
// those hear who make a role of everyone's, and see them all.
func (s *Service) vacant(p place, name string) error {
	r, taken := find(p.common.everyones, name)
	if !taken && p.owner != "" {
		if filed, ok := find(p.common.fixed[p.owner], name); ok {
			r, taken = filed, true
		}
	}
	switch {
	case taken && r.Source == o2.RoleFromStore && p.owner == "":
		return nil // it may never have been confirmed: the store knows
	case taken:
		return fmt.Errorf("the name %q is that of a role that %s: %w", name, origin(r), tenancystore.ErrExists)
	case p.home != nil && p.owner != "" && p.home.count(tenancystore.KindRole) >= s.config.MaxRoles:
		if _, there := find(p.home.own, name); !there {
			return fmt.Errorf("the tenant has %d roles of its own: %w", s.config.MaxRoles, tenancy.ErrLimit)
		}
	case p.owner == "":
		for id, h := range s.dir.now.Load().homes {
			_, filed := find(p.common.fixed[id], name)
			if _, own := find(h.own, name); id != "" && (own || filed) {
				return fmt.Errorf("a role of tenant %q has the name %q, which cannot be everyone's then: %w", id, name, tenancystore.ErrExists)
			}
		}
	}
	return nil
}

// origin says where a role is from.
func origin(r *o2.Role) string {
	switch r.Source {
	case o2.RoleBuiltIn:
		return "is built in"
	case o2.RoleFromFile:
		return "is from a file"
	default:
		return "is everyone's"
	}
}
