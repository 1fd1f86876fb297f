package httpserver_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/inventoryv1"
	"github.com/netweave/netweave/inbound/http/inventoryv2"
	"github.com/netweave/netweave/inbound/http/monitoringv1"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// subscribers are the driving ports of subscriptions as the core keeps them, in
// memory.
type subscribers struct {
	mu     sync.Mutex
	now    time.Time
	kept   map[o2.ID]*o2.Subscription
	status map[o2.ID]*subscription.Status
	limit  int
	// err, if set, is every method's answer.
	err error
	// entered, if set, is called at the start of every creation, without the lock.
	entered func(ctx context.Context)
	// spec is the last that was given.
	spec subscription.Spec
	made int
}

// compilers read the filters of each family.
var compilers = map[string]func(string) (*subscription.Selection, error){
	o2imsv1.Surface: o2imsv1.Family("").Compile, inventoryv1.Surface: inventoryv1.Family("", newSky()).Compile,
	monitoringv1.Surface: monitoringv1.Family("", "").Compile,
	inventoryv2.Surface:  inventoryv2.Family("", newSky()).Compile, o2imsv2.Surface: o2imsv2.Family("").Compile,
}

func newSubscribers() *subscribers {
	return &subscribers{
		now:  time.Date(2026, 1, 31, 12, 0, 0, 5e6, time.UTC),
		kept: map[o2.ID]*o2.Subscription{}, status: map[o2.ID]*subscription.Status{},
	}
}

func subscriptionID(n int) o2.ID { return o2.DeriveID("subscription", string(rune('a'+n))) }

// put keeps a subscription as it is.
func (s *subscribers) put(kept *o2.Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept.Surface == "" {
		kept.Surface, kept.Tenant = o2imsv1.Surface, scope.DefaultTenant
	}
	kept.CreatedAt, kept.UpdatedAt = s.now, s.now
	s.kept[kept.ID] = kept
}

func (s *subscribers) shown(kept *o2.Subscription) subscription.Subscribed {
	return subscription.Subscribed{Subscription: kept, Status: s.status[kept.ID]}
}

func (s *subscribers) find(sc scope.Scope, surface string, id o2.ID) (*o2.Subscription, error) {
	if s.err != nil {
		return nil, s.err
	}
	kept, ok := s.kept[id]
	if !ok || kept.Surface != surface || !sc.Within(scope.ReachTenant).Sees(kept.Tenant) {
		return nil, inventory.ErrNotFound
	}
	return kept, nil
}

// judge compiles a filter and looks for a duplicate of made other than itself.
func (s *subscribers) judge(made *o2.Subscription) error {
	if s.err != nil {
		return s.err
	}
	if !strings.HasPrefix(made.Callback, "https://") {
		return &o2.FieldError{Attribute: "callback", Reason: "is not an https URL"}
	}
	selection, err := compilers[made.Surface](made.Filter)
	if err != nil {
		return err
	}
	made.Filter = selection.Text
	for _, other := range s.kept {
		if other.ID != made.ID && other.Likeness() == made.Likeness() {
			return &subscriptionstore.DuplicateError{ID: other.ID}
		}
	}
	return nil
}

func (s *subscribers) Create(ctx context.Context, sc scope.Scope, surface string, spec subscription.Spec) (subscription.Subscribed, error) {
	if s.entered != nil {
		s.entered(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return subscription.Subscribed{}, err
	}
	s.spec = spec
	made := &o2.Subscription{
		ID: subscriptionID(s.made), Tenant: sc.Tenant(), Owner: sc.User(), Surface: surface, Callback: spec.Callback,
		ConsumerSubscriptionID: spec.ConsumerSubscriptionID, Filter: spec.Filter, InitialState: spec.InitialState,
		Version: 1, CreatedAt: s.now, UpdatedAt: s.now,
	}
	if err := s.judge(made); err != nil {
		return subscription.Subscribed{}, err
	}
	if s.limit > 0 && len(s.kept) >= s.limit {
		return subscription.Subscribed{}, &subscriptionstore.LimitError{Tenant: true, Limit: s.limit}
	}
	if spec.Secret != nil {
		made.Secret = *spec.Secret
	}
	s.made++
	s.kept[made.ID] = made
	s.status[made.ID] = &subscription.Status{State: subscription.StateActive}
	return s.shown(made), nil
}

func (s *subscribers) List(_ context.Context, sc scope.Scope, surface string) ([]subscription.Subscribed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []subscription.Subscribed
	for id := range s.kept {
		if kept, err := s.find(sc, surface, id); err == nil {
			list = append(list, s.shown(kept))
		}
	}
	slices.SortFunc(list, func(a, b subscription.Subscribed) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return list, s.err
}

func (s *subscribers) Get(_ context.Context, sc scope.Scope, surface string, id o2.ID) (subscription.Subscribed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := s.find(sc, surface, id)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	return s.shown(kept), nil
}

func (s *subscribers) Update(_ context.Context, sc scope.Scope, surface string, id o2.ID, spec subscription.Spec) (subscription.Subscribed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spec = spec
	kept, err := s.find(sc, surface, id)
	if err != nil {
		return subscription.Subscribed{}, err
	}
	made := *kept
	made.Callback, made.ConsumerSubscriptionID, made.Filter = spec.Callback, spec.ConsumerSubscriptionID, spec.Filter
	if spec.Secret != nil {
		made.Secret = *spec.Secret
	}
	if err := s.judge(&made); err != nil {
		return subscription.Subscribed{}, err
	}
	made.Version++
	s.kept[id] = &made
	return s.shown(&made), nil
}

func (s *subscribers) Delete(_ context.Context, sc scope.Scope, surface string, id o2.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.find(sc, surface, id); err != nil {
		return err
	}
	delete(s.kept, id)
	return nil
}
