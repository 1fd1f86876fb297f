package alarm

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
)

var _ alarms.Receiver = (*Service)(nil)

// Report takes what a receiver has heard.
func (s *Service) Report(ctx context.Context, sc scope.Scope, source string, reports []alarms.Report) ([]alarms.Refused, error) {
	sc, err := s.may(ctx, sc, o2.KindAlarm.String(), authz.ActionCreate)
	if err != nil {
		return nil, err
	}
	if err := s.Book.Health(ctx); err != nil { // what the store holds must be known
		return nil, fmt.Errorf("taking reports of alarms: %w: %w", store.ErrUnavailable, err)
	}
	unread := s.Inventory.Unread() // before it is looked into
	found := s.find(sc, reports)
	early := 0
	var refused []alarms.Refused
	var sound []*received
	for i := range reports {
		r := &received{Report: &reports[i], index: i, source: sourceOf(source, sc)}
		var reason string
		switch r.resource, reason = found(r.Resource); {
		case r.Native == "":
			reason = "it has no name of its own"
		case reason != "" && r.over() && s.owns(sc, r):
			reason = "" // its resource is gone, and so is it
		}
		if reason != "" && r.Native != "" && unread && r.resource == nil {
			early++
			continue
		}
		if reason != "" {
			refused = append(refused, alarms.Refused{Index: i, Reason: reason})
			continue
		}
		sound = append(sound, r)
	}
	for len(sound) > 0 {
		var more []alarms.Refused
		if sound, more, err = s.take(ctx, sound); err != nil {
			return nil, err
		}
		refused = append(refused, more...)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if early > 0 {
		return nil, fmt.Errorf("%w: %d reports are of resources that an adapter may have which has not been read yet: send them again", store.ErrUnavailable, early)
	}
	slices.SortFunc(refused, func(a, b alarms.Refused) int { return cmp.Compare(a.Index, b.Index) })
	return refused, nil
}

// received is one report.
type received struct {
	*alarms.Report
	index  int
	source string
	// resource has it; nil if no view that the caller sees knows that.
	resource *o2.Resource
}

func (r *received) over() bool { return r.Severity >= o2.SeverityCleared }

// take takes reports in one go, and returns those that are to be taken again: what
// comes behind another about the same, or where somebody else was faster.
func (s *Service) take(ctx context.Context, reports []*received) (again []*received, refused []alarms.Refused, err error) {
	now := time.Now()
	var verdicts []verdict
	var of []*received // by verdict
	taken := map[string]bool{}
	for _, r := range reports {
		if taken[r.Native] {
			again = append(again, r)
			continue
		}
		taken[r.Native] = true
		known := s.Book.called(r.source, r.Native)
		var some []verdict
		if r.over() {
			some = ended(known, r.Report, now)
		} else {
			some = seen(known, s.sighting(r), now)
		}
		for _, v := range some {
			verdicts, of = append(verdicts, v), append(of, r)
		}
	}
	made, err := s.carryOut(ctx, verdicts)
	if err != nil {
		return nil, nil, err
	}
	for i, ok := range made {
		switch {
		case ok:
		case verdicts[i].Version == 0 && s.Book.size() >= s.settings.Load().MaxRecords:
			refused = append(refused, alarms.Refused{Index: of[i].index, Reason: "there are too many alarms already"})
		case len(again) == 0 || !slices.Contains(again, of[i]):
			again = append(again, of[i])
		}
	}
	slices.SortFunc(again, func(a, b *received) int { return cmp.Compare(a.index, b.index) })
	return again, refused, nil
}

// ended returns what a report that something is over does: it ends what was raised
// then, or all of that name if it does not say when.
func ended(known []*o2.Alarm, r *alarms.Report, now time.Time) (verdicts []verdict) {
	at := milliseconds(r.RaisedAt)
	for _, a := range known {
		if !at.IsZero() && !at.Equal(a.RaisedAt) {
			continue
		}
		if v, ok := over(a, now); ok {
			verdicts = append(verdicts, v)
		}
	}
	return verdicts
}

// seen returns what a report that something is raised does: what was raised before
// under that name is over.
func seen(known []*o2.Alarm, sighted *sighting, now time.Time) (verdicts []verdict) {
	same := sighted.match(known)
	if v, ok := sighted.judge(same, now); ok {
		verdicts = append(verdicts, v)
	}
	for _, a := range known {
		if a == same || a.RaisedAt.After(sighted.raisedAt) && !sighted.raisedAt.IsZero() {
			continue // a report that comes late ends nothing that was raised since
		}
		if v, ok := over(a, now); ok {
			verdicts = append(verdicts, v)
		}
	}
	return verdicts
}

// sighting is what a receiver says of an alarm, in our terms.
func (s *Service) sighting(r *received) *sighting {
	sighted := &sighting{
		source: r.source, native: r.Native, cause: r.ProbableCause, severity: r.Severity, description: r.Description,
		extensions: r.Extensions, raisedAt: milliseconds(r.RaisedAt),
	}
	sighted.place(s.Inventory, r.resource, cmp.Or(r.Definition, r.Name, r.Native), func() o2.AlarmDefinition {
		sighted.extensions = withRepairs(r.Extensions, r.RepairActions)
		// Nobody else can end it if its end is not reported.
		return o2.AlarmDefinition{Name: cmp.Or(r.Name, r.Definition, r.Native), Clearing: o2.ClearingManual}
	})
	return sighted
}

// withRepairs adds what to do about an alarm, which no dictionary tells.
func withRepairs(extensions o2.JSON, repairs string) o2.JSON {
	if repairs == "" {
		return extensions
	}
	all := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(string(extensions)))
	decoder.UseNumber()
	if extensions != "" && decoder.Decode(&all) != nil {
		return extensions
	}
	if _, has := all["proposedRepairActions"]; has {
		return extensions
	}
	all["proposedRepairActions"] = repairs
	if joined, err := o2.JSONOf(all); err == nil {
		return joined
	}
	return extensions
}

// owns reports whether the caller sees what a receiver has reported under a name.
func (s *Service) owns(sc scope.Scope, r *received) bool {
	for _, a := range s.Book.called(r.source, r.Native) {
		if _, err := s.alarms.Find(sc, o2.KindAlarm, a.ID); err == nil {
			return true
		}
	}
	return false
}

// find returns what finds the resources of reports, or says why not: by id, native
// id, or name, of those that the caller sees.
func (s *Service) find(sc scope.Scope, reports []alarms.Report) func(text string) (*o2.Resource, string) {
	named := map[string][]*o2.Resource{}
	for i := range reports {
		if text := reports[i].Resource; text != "" && s.byID(sc, text) == nil {
			named[text] = nil
		}
	}
	if len(named) > 0 {
		s.Inventory.Walk(o2.KindResource, func(seen inventory.Seen) bool {
			if r, ok := seen.Object.(*o2.Resource); ok && sc.Sees(seen.Owner) {
				if list, asked := named[r.Name]; asked {
					named[r.Name] = append(list, r)
				}
			}
			return true
		})
	}
	return func(text string) (*o2.Resource, string) {
		if r := s.byID(sc, text); r != nil {
			return r, ""
		}
		switch list := named[text]; {
		case text == "":
			return nil, "it names no resource: give a resource's id, native id or name"
		case len(list) == 0:
			return nil, fmt.Sprintf("no resource has the id, native id or name %q", text)
		case len(list) > 1:
			return nil, fmt.Sprintf("%d resources have the name %q: give an id", len(list), text)
		default:
			return list[0], ""
		}
	}
}

// byID returns the resource that has an id or, in any backend, a native id.
func (s *Service) byID(sc scope.Scope, text string) *o2.Resource {
	if text == "" {
		return nil
	}
	ids := []o2.ID{}
	if id, ok := o2.ParseID(text); ok {
		ids = append(ids, id)
	}
	for _, backend := range s.Inventory.Backends() {
		ids = append(ids, o2.DeriveID(backend, text))
	}
	for _, id := range ids {
		seen, ok := s.Inventory.Lookup(o2.ObjectKey{Kind: o2.KindResource, ID: id})
		if r, is := seen.Object.(*o2.Resource); ok && is && sc.Sees(seen.Owner) {
			return r
		}
	}
	return nil
}
