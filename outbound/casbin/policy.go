package casbin

import (
	_ "embed"
	"fmt"
	"slices"
	"unique"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
)

//go:embed model.conf
var modelText string

// section is where the model has the permissions of one scope.
type section struct {
	scope   string
	reach   scope.Reach
	key     string
	context casbin.EnforceContext
}

func newSection(name string, reach scope.Reach, suffix string) section {
	c := casbin.EnforceContext{RType: "r", PType: "p" + suffix, EType: "e", MType: "m" + suffix}
	return section{scope: name, reach: reach, key: c.PType, context: c}
}

// sections are in the order in which they are asked: what extends to all needs no
// further answer.
var sections = []section{
	newSection(authz.ScopeAll, scope.ReachAll, ""),
	newSection(authz.ScopeTenant, scope.ReachTenant, "2"),
	newSection(authz.ScopeShared, scope.ReachShared, "3"),
}

// caller is the roles that somebody holds.
type caller struct{ roles []string }

// policy is what a set of roles permits. It is only read once it is made, which
// Casbin allows from many goroutines.
type policy struct{ enforcer *casbin.Enforcer }

// newPolicy loads roles into an enforcer made from template, which is not changed.
func newPolicy(template model.Model, roles []*o2.Role) (*policy, error) {
	m := template.Copy()
	rules := map[string][][]string{}
	for _, s := range sections {
		rules[s.key] = nil
	}
	for _, r := range roles {
		for _, p := range r.Permissions {
			i := slices.IndexFunc(sections, func(s section) bool { return s.scope == p.Scope })
			if i < 0 {
				continue // a scope that nobody knows permits nothing
			}
			key := sections[i].key
			rules[key] = append(rules[key], []string{interned(r.Name), interned(p.Resource), interned(p.Action)})
		}
	}
	for key, list := range rules {
		// What Casbin keeps beside, to find rules when they are changed, is twice
		// their size; these are never changed.
		m["p"][key].Policy = slices.Clip(list)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("make an enforcer: %w", err)
	}
	e.AddFunction("holds", holds)
	return &policy{enforcer: e}, nil
}

// reach returns how far a caller's permission extends, 0 if there is none.
func (p *policy) reach(roles []string, r authz.Request) (scope.Reach, error) {
	asking := &caller{roles: roles}
	var reach scope.Reach
	for _, s := range sections {
		allowed, err := p.enforcer.Enforce(s.context, asking, r.Resource, string(r.Action))
		if err != nil {
			return 0, fmt.Errorf("decide: %w", err)
		}
		if allowed {
			reach |= s.reach
		}
		if reach.Has(scope.ReachAll) {
			break
		}
	}
	return reach, nil
}

// holds is the model's function: whether a caller holds a role.
func holds(args ...any) (any, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("holds takes a caller and a role, and got %d arguments", len(args))
	}
	c, isCaller := args[0].(*caller)
	role, isRole := args[1].(string)
	if !isCaller || !isRole {
		return nil, fmt.Errorf("holds takes a caller and a role, and got %T and %T", args[0], args[1])
	}
	return slices.Contains(c.roles, role), nil
}

// interned returns the one copy of a text that many roles of many tenants have.
func interned(s string) string { return unique.Make(s).Value() }

// sameRoles reports whether two lists permit the same.
func sameRoles(a, b []*o2.Role) bool {
	return slices.EqualFunc(a, b, func(x, y *o2.Role) bool {
		return x == y || x.Name == y.Name && x.System == y.System && slices.Equal(x.Permissions, y.Permissions)
	})
}
