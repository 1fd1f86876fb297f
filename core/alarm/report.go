package alarm

import (
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
)

// sighting is one alarm that a source says is raised.
type sighting struct {
	source, native string
	// resource has it; nil while no view knows that.
	resource *o2.Resource
	// definition is the one of the resource's type, or one made up.
	definition  *o2.AlarmDefinition
	cause       string
	severity    o2.Severity
	description string
	extensions  o2.JSON
	// raisedAt and changedAt are the source's word, zero where it has none.
	raisedAt, changedAt time.Time
}

// verdict is what a sighting, or its end, does to one record.
type verdict struct {
	alarmstore.Change
	// raises and clears count as such; of a record that is merely kept up to date
	// neither is set.
	raises, clears bool
}

func replace(before, next *o2.Alarm) verdict {
	next.Revision = 0
	o2.Seal(next)
	return verdict{
		Change: alarmstore.Change{Record: alarmstore.Record{Version: before.Revision, Alarm: next}},
		raises: before.Cleared() && !next.Cleared(), clears: !before.Cleared() && next.Cleared(),
	}
}

// match returns the record that the sighting is of, nil if there is none yet. known
// are the records of its native id.
func (s *sighting) match(known []*o2.Alarm) *o2.Alarm {
	if !s.raisedAt.IsZero() {
		id := o2.AlarmID(s.source, s.native, s.raisedAt)
		for _, a := range known {
			if a.ID == id {
				return a
			}
		}
		return nil
	}
	var last *o2.Alarm
	for _, a := range known {
		if (!a.Cleared() || a.Held) && (last == nil || a.RaisedAt.After(last.RaisedAt)) {
			last = a
		}
	}
	return last
}

// judge returns what the sighting does to a, which matches it, nil if there is no
// record: nothing if the record says so already, if an operator has cleared it, or
// if a new one cannot be raised yet, as no view knows the resource.
func (s *sighting) judge(a *o2.Alarm, now time.Time) (v verdict, ok bool) {
	if a == nil {
		return s.raise(now)
	}
	if a.Held {
		return verdict{}, false
	}
	next := *a
	s.describe(&next)
	if a.Cleared() {
		next.ClearedAt, next.Acknowledged, next.AcknowledgedAt = time.Time{}, false, time.Time{}
	}
	o2.Seal(&next)
	if next.Digest == a.Digest {
		return verdict{}, false
	}
	if next.ChangedAt = milliseconds(s.changedAt); !next.ChangedAt.After(a.ChangedAt) || next.ChangedAt.Before(a.RaisedAt) {
		next.ChangedAt = milliseconds(now)
	}
	return replace(a, &next), true
}

func (s *sighting) raise(now time.Time) (v verdict, ok bool) {
	if s.resource == nil {
		return verdict{}, false
	}
	raisedAt := milliseconds(s.raisedAt)
	if raisedAt.IsZero() {
		raisedAt = milliseconds(now)
	}
	a := &o2.Alarm{
		Header: o2.Header{ID: o2.AlarmID(s.source, s.native, raisedAt), NativeID: s.native, Backend: o2.AlarmBook, Name: s.definition.Name},
		Source: s.source, DefinitionID: s.definition.ID, Clearing: s.definition.Clearing, RaisedAt: raisedAt,
	}
	if a.Clearing == "" {
		a.Clearing = o2.ClearingAutomatic
	}
	s.describe(a)
	if a.ChangedAt = milliseconds(s.changedAt); !a.ChangedAt.After(raisedAt) {
		a.ChangedAt = time.Time{}
	}
	o2.Seal(a)
	return verdict{Change: alarmstore.Change{Record: alarmstore.Record{Alarm: a}}, raises: true}, true
}

// describe writes into a what may change of an alarm while it is raised. Whose it
// is and what has it stays as it was while no view knows the resource.
func (s *sighting) describe(a *o2.Alarm) {
	a.Severity, a.Extensions = s.severity, s.extensions
	if r := s.resource; r != nil {
		a.Tenant, a.ResourceID, a.ResourceTypeID = r.Tenant, r.ID, r.ResourceTypeID
		a.ProbableCause = s.cause
		a.ProbableCauseID = o2.ProbableCauseID(s.cause)
	}
	switch {
	case s.description != "":
		a.Description = s.description
	case s.definition != nil && s.definition.Description != "":
		a.Description = s.definition.Description
	}
}

// over returns what the end of what a is of does to it: it is cleared, or, where an
// operator did that, held no more. ok is false if it is over already.
func over(a *o2.Alarm, now time.Time) (v verdict, ok bool) {
	next := *a
	switch {
	case a.Held:
		next.Held = false
	case a.Cleared():
		return verdict{}, false
	default:
		clearAt(&next, now)
	}
	return replace(a, &next), true
}

func clearAt(a *o2.Alarm, now time.Time) {
	a.Severity = o2.SeverityCleared
	a.ClearedAt, a.ChangedAt = milliseconds(now), milliseconds(now)
}

// milliseconds is t as records have it.
func milliseconds(t time.Time) time.Time {
	if t.IsZero() || t.UnixMilli() <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}
