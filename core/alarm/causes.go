package alarm

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

var _ alarms.Causes = (*Service)(nil)

// Causes lists the standard's causes and those of what the caller sees.
func (s *Service) Causes(ctx context.Context, sc scope.Scope) ([]alarms.Cause, error) {
	seesAlarms, err := s.may(ctx, sc, o2.KindAlarm.String(), authz.ActionList)
	if err != nil {
		return nil, err
	}
	causes := map[o2.ID]alarms.Cause{}
	add := func(name, description string) {
		id := o2.ProbableCauseID(name)
		if _, known := causes[id]; !known {
			causes[id] = alarms.Cause{ID: id, Name: name, Description: description}
		}
	}
	for _, c := range standardCauses {
		add(c.name, c.description)
	}
	seesTypes, err := s.may(ctx, sc, o2.KindResourceType.String(), authz.ActionList)
	switch {
	case err == nil:
		s.Inventory.Walk(o2.KindResourceType, func(seen inventory.Seen) bool {
			if t, ok := seen.Object.(*o2.ResourceType); ok && seesTypes.Sees(seen.Owner) {
				for i := range t.Alarms {
					add(causeName(t.Alarms[i].ProbableCause), "")
				}
			}
			return true
		})
	case !errors.Is(err, authz.ErrDenied): // whoever sees no types sees no definitions
		return nil, err
	}
	s.alarms.Walk(o2.KindAlarm, func(seen inventory.Seen) bool {
		if a, ok := seen.Object.(*o2.Alarm); ok && a.ProbableCause != "" && seesAlarms.Sees(seen.Owner) {
			add(a.ProbableCause, "")
		}
		return true
	})
	return slices.SortedFunc(maps.Values(causes), func(a, b alarms.Cause) int { return cmp.Compare(a.ID, b.ID) }), nil
}
