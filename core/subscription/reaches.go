package subscription

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/subscription"
)

// reaches returns whose objects of each kind the caller may read, which a
// subscription of the caller's hears of. What a caller of the platform may read
// beyond it is nothing for a tenant, whose members see the subscription and its
// dead letters.
func (s *Service) reaches(ctx context.Context, sc scope.Scope) (r o2.Reaches, err error) {
	var refused error
	for _, kind := range o2.Kinds() {
		of, err := s.config.Authorizer.Authorize(ctx, sc, authz.Request{Resource: kind.String(), Action: authz.ActionRead})
		switch {
		case errors.Is(err, authz.ErrDenied):
			refused = err
		case err != nil:
			return o2.Reaches{}, err
		default:
			r[kind] = o2.Reach(of.Reach())
			if sc.Platform() && sc.Tenant() != "" && r[kind]&o2.ReachAll != 0 {
				r[kind] = o2.ReachTenant | o2.ReachShared
			}
		}
	}
	if r == (o2.Reaches{}) {
		return r, refused
	}
	return r, nil
}

// reachesOnUpdate returns what a subscription hears of once the caller has changed
// it. A tenant's that somebody of the platform changes hears of what it did: its
// receiver is not the caller's.
func (s *Service) reachesOnUpdate(ctx context.Context, sc scope.Scope, current *o2.Subscription) (o2.Reaches, error) {
	if sc.Tenant() != current.Tenant || sc.Platform() && !current.Platform {
		return current.Reaches.Over(current.Platform), nil
	}
	return s.reaches(ctx, sc)
}

// hearable refuses a filter of whose objects the caller could hear of none.
func hearable(r o2.Reaches, selection *subscription.Selection) error {
	named := false
	for _, kind := range o2.Kinds() {
		if selection.Kinds.Has(kind) {
			if r[kind] != 0 {
				return nil
			}
			named = true
		}
	}
	if !named {
		return nil // it selects nothing, whoever asks
	}
	return fmt.Errorf("%w: you may read nothing of the kinds of object that the filter selects", authz.ErrDenied)
}
