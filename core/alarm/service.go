package alarm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
)

// Finder finds alarms: core/inventory.Service, over a Book.
type Finder interface {
	// Find returns an object that sc, which is authorized, sees.
	Find(sc scope.Scope, kind o2.Kind, id o2.ID) (inventory.Item, error)
	// Walk calls fn with every object of a kind, until fn returns false.
	Walk(kind o2.Kind, fn func(inventory.Seen) bool)
}

// ServiceConfig is what a Service is built from beside a Config. Both are mandatory.
type ServiceConfig struct {
	Config
	Alarms     Finder
	Authorizer authz.Authorizer
}

// Service implements the driving ports of ports/alarms. All methods are safe for
// concurrent use.
type Service struct {
	keeping
	alarms     Finder
	authorizer authz.Authorizer
}

var _ alarms.Alarms = (*Service)(nil)

// NewService makes a Service.
func NewService(c ServiceConfig) (*Service, error) {
	if c.Alarms == nil || c.Authorizer == nil {
		return nil, errors.New("alarm: the service needs a view of alarms and an authorizer")
	}
	s := &Service{alarms: c.Alarms, authorizer: c.Authorizer}
	if err := s.init(c.Config); err != nil {
		return nil, err
	}
	return s, nil
}

// Acknowledge marks an alarm as known to an operator, and tells its backend.
func (s *Service) Acknowledge(ctx context.Context, sc scope.Scope, id o2.ID) (inventory.Item, error) {
	item, changed, err := s.change(ctx, sc, id, func(a *o2.Alarm, now time.Time) (bool, error) {
		if a.Acknowledged {
			return false, nil
		}
		a.Acknowledged, a.AcknowledgedAt = true, milliseconds(now)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	if changed {
		s.tell(ctx, item)
	}
	return item, nil
}

// tell tells an alarm's backend that an operator knows of it.
func (s *Service) tell(ctx context.Context, item inventory.Item) {
	if a, ok := item.Object().(*o2.Alarm); ok {
		s.Sources.acknowledged(ctx, a.Source, a.NativeID)
	}
}

// Clear ends an alarm that is cleared by hand. Its backend is told that an operator
// knows of it.
func (s *Service) Clear(ctx context.Context, sc scope.Scope, id o2.ID) (inventory.Item, error) {
	item, _, err := s.change(ctx, sc, id, func(a *o2.Alarm, now time.Time) (bool, error) {
		switch {
		case a.Clearing != o2.ClearingManual:
			return false, fmt.Errorf("alarm %s: %w", a.ID, alarms.ErrAutomatic)
		case a.Cleared():
			return false, fmt.Errorf("alarm %s: %w", a.ID, alarms.ErrCleared)
		}
		clearAt(a, now)
		a.Held = true
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	s.tell(ctx, item)
	return item, nil
}

// races is how often a change is tried when somebody else was faster.
const races = 20

// change has do change a copy of an alarm, again if somebody else was faster, until
// it is kept; do returns false if there is nothing to change. What is returned is
// in the view.
func (s *Service) change(ctx context.Context, sc scope.Scope, id o2.ID, do func(a *o2.Alarm, now time.Time) (bool, error)) (item inventory.Item, changed bool, err error) {
	if sc, err = s.may(ctx, sc, o2.KindAlarm.String(), authz.ActionUpdate); err != nil {
		return nil, false, err
	}
	for range races {
		if item, err = s.alarms.Find(sc, o2.KindAlarm, id); err != nil {
			return nil, false, err
		}
		before, ok := item.Object().(*o2.Alarm)
		if !ok {
			return nil, false, inventory.ErrNotFound
		}
		next := *before
		if goOn, err := do(&next, time.Now()); err != nil || !goOn {
			return item, false, err
		}
		made, err := s.carryOut(ctx, []verdict{replace(before, &next)})
		if err != nil {
			return nil, false, err
		}
		if made[0] {
			item, err = s.alarms.Find(sc, o2.KindAlarm, id)
			return item, true, err
		}
	}
	return nil, false, fmt.Errorf("alarm %s: %w: it changes all the time", id, store.ErrUnavailable)
}

// may decides whether the caller may do that, and returns the caller with the reach
// that it then has.
func (s *Service) may(ctx context.Context, sc scope.Scope, resource string, action authz.Action) (scope.Scope, error) {
	if !sc.Valid() {
		return scope.Scope{}, authz.ErrDenied
	}
	return s.authorizer.Authorize(ctx, sc, authz.Request{Resource: resource, Action: action})
}
