package subscription

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// updateTries is how often an update is begun anew when others change the same
// subscription.
const updateTries = 5

// Create makes a subscription. Its owner is the caller, or the platform for a
// caller without a tenant.
func (s *Service) Create(ctx context.Context, sc scope.Scope, surface string, spec subscription.Spec) (subscription.Subscribed, error) {
	sc, err := s.authorize(ctx, sc, authz.ActionCreate)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	if !sc.Sees(sc.Tenant()) {
		return subscription.Subscribed{}, fmt.Errorf("%w: your permission to subscribe does not extend to your own tenant's", authz.ErrDenied)
	}
	reaches, err := s.reaches(ctx, sc)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	filter, err := s.validate(ctx, sc, surface, spec, reaches)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	now := s.now()
	sub := &o2.Subscription{
		ID: o2.NewID(), Tenant: sc.Tenant(), Platform: sc.Tenant() == "", Reaches: reaches, Owner: sc.User(), Surface: surface,
		Callback: spec.Callback, ConsumerSubscriptionID: spec.ConsumerSubscriptionID, Filter: filter,
		InitialState: spec.InitialState, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if spec.Secret != nil {
		sub.Secret = *spec.Secret
	}
	stored, err := s.store(ctx, sub)
	if written(err) {
		told := sub.ID
		if stored != nil {
			told = stored.ID
		}
		s.publish(ctx, newsCreated, told)
	}
	if err != nil {
		return subscription.Subscribed{}, fmt.Errorf("storing the subscription: %w", err)
	}
	return s.withStatus(ctx, stored), nil
}

// List returns all subscriptions of the surface that the scope sees, by id.
func (s *Service) List(ctx context.Context, sc scope.Scope, surface string) ([]subscription.Subscribed, error) {
	sc, err := s.authorize(ctx, sc, authz.ActionList)
	if err != nil {
		return nil, err
	}
	var all []*o2.Subscription
	if sc.Reach().Has(scope.ReachAll) {
		all, _, err = s.config.Store.All(ctx)
	} else {
		all, err = s.config.Store.ListTenant(ctx, sc.Tenant())
	}
	if err != nil {
		return nil, fmt.Errorf("listing subscriptions: %w", err)
	}
	visible := make([]*o2.Subscription, 0, len(all))
	for _, sub := range all {
		if sub.Surface == surface && sees(sc, sub) {
			visible = append(visible, sub)
		}
	}
	return s.withStatuses(ctx, visible), nil
}

// Get returns one subscription.
func (s *Service) Get(ctx context.Context, sc scope.Scope, surface string, id o2.ID) (subscription.Subscribed, error) {
	sc, err := s.authorize(ctx, sc, authz.ActionRead)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	sub, err := s.find(ctx, sc, surface, id)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	return s.withStatus(ctx, sub), nil
}

// Update replaces callback, consumerSubscriptionId, filter and, if the spec has
// one, the secret. It writes even what is the same: an earlier write of it may
// never have been confirmed.
func (s *Service) Update(ctx context.Context, sc scope.Scope, surface string, id o2.ID, spec subscription.Spec) (subscription.Subscribed, error) {
	sc, err := s.authorize(ctx, sc, authz.ActionUpdate)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	current, err := s.find(ctx, sc, surface, id)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	reaches, err := s.reachesOnUpdate(ctx, sc, current)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	filter, err := s.validate(ctx, sc, surface, spec, reaches)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	for try := 1; ; try++ {
		next := *current
		next.Callback, next.ConsumerSubscriptionID, next.Filter = spec.Callback, spec.ConsumerSubscriptionID, filter
		next.Reaches = reaches
		if spec.Secret != nil {
			next.Secret = *spec.Secret
		}
		next.Version++
		next.UpdatedAt = s.now()
		err := s.config.Store.Update(ctx, &next)
		if written(err) {
			s.publish(ctx, newsUpdated, id)
		}
		switch {
		case err == nil:
			return s.withStatus(ctx, &next), nil
		case errors.Is(err, store.ErrNotFound):
			return subscription.Subscribed{}, inventory.ErrNotFound
		case !errors.Is(err, subscriptionstore.ErrConflict) || try == updateTries:
			return subscription.Subscribed{}, fmt.Errorf("changing subscription %s: %w", id, err)
		}
		if current, err = s.find(ctx, sc, surface, id); err != nil {
			return subscription.Subscribed{}, err
		}
		if reaches, err = s.reachesOnUpdate(ctx, sc, current); err != nil {
			return subscription.Subscribed{}, err
		}
	}
}

// Delete ends a subscription.
func (s *Service) Delete(ctx context.Context, sc scope.Scope, surface string, id o2.ID) error {
	sc, err := s.authorize(ctx, sc, authz.ActionDelete)
	if err != nil {
		return err
	}
	sub, err := s.config.Store.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		// It may have been deleted without confirmation; then this confirms it. An
		// id that the store does not know is nobody's.
	case err != nil:
		return fmt.Errorf("reading subscription %s: %w", id, err)
	case sub.Surface != surface || !sees(sc, sub):
		return inventory.ErrNotFound
	}
	err = s.config.Store.Delete(ctx, id)
	if written(err) {
		s.publish(ctx, newsDeleted, id)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return inventory.ErrNotFound
	case err != nil:
		return fmt.Errorf("deleting subscription %s: %w", id, err)
	}
	return nil
}

// now is the time as subscriptions keep it.
func (s *Service) now() time.Time { return s.config.Now().UTC().Truncate(time.Millisecond) }
