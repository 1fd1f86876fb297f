package tenancy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
)

// holds returns nil if the caller holds all that permissions mean for users of a
// tenant; "" stands for every tenant. Else the error wraps tenancy.ErrEscalation
// and names one that is missing.
func (s *Service) holds(ctx context.Context, caller scope.Scope, tenant string, permissions []o2.Permission) error {
	asked := map[authz.Request]scope.Scope{}
	for _, p := range permissions {
		for _, r := range requests(p) {
			sc, ok := asked[r]
			if !ok {
				var err error
				sc, err = s.config.Authorizer.Authorize(ctx, caller, r)
				if err != nil && !errors.Is(err, authz.ErrDenied) {
					return fmt.Errorf("asking whether the caller may %s %s: %w", r.Action, r.Resource, err)
				}
				if err != nil {
					sc = scope.Scope{}
				}
				asked[r] = sc
			}
			if !extends(sc, tenant, p.Scope) {
				return fmt.Errorf("%w: the caller does not hold %s of %s with scope %s there: %w",
					tenancy.ErrEscalation, r.Action, r.Resource, p.Scope, authz.ErrDenied)
			}
		}
	}
	return nil
}

// requests are all that a permission allows. What is the gateway's own takes a scope
// of all: others allow none of it.
func requests(p o2.Permission) (list []authz.Request) {
	nouns := []string{p.Resource}
	if p.Resource == authz.Everything {
		nouns = resources
		if p.Scope != authz.ScopeAll {
			nouns = slices.DeleteFunc(slices.Clone(resources), authz.OfGateway)
		}
	}
	verbs := []authz.Action{authz.Action(p.Action)}
	if verbs[0] == authz.ActionManage {
		verbs = actions
	}
	for _, noun := range nouns {
		for _, verb := range verbs {
			list = append(list, authz.Request{Resource: noun, Action: verb})
		}
	}
	return list
}

// extends reports whether a caller's permission extends to all that the same one
// with a scope would, held by a user of a tenant.
func extends(sc scope.Scope, tenant, permitted string) bool {
	switch permitted {
	case authz.ScopeTenant:
		return reaches(sc, tenant)
	case authz.ScopeShared:
		return sc.Sees(scope.SharedOwner)
	default:
		return everywhere(sc)
	}
}
