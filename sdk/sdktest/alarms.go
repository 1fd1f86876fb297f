package sdktest

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

var alarmChecks = []check{
	{name: "alarm definitions say what to do", run: sayWhatToDo},
	{name: "alarms are sound", needs: []string{protocol.CapAlarms}, run: soundAlarms},
	{name: "alarms lead somewhere", needs: []string{protocol.CapAlarms}, run: alarmReferences},
	{name: "alarms are repeatable", needs: []string{protocol.CapAlarms}, run: repeatableAlarms},
	{name: "alarm lists can be left early", needs: []string{protocol.CapAlarms}, run: alarmsLeftEarly},
	{name: "a cancelled alarm list does not pass for a whole one", needs: []string{protocol.CapAlarms}, run: cancelledAlarms},
	{name: "acknowledging an unknown alarm is NotFound", needs: []string{protocol.CapAlarms}, run: acknowledgeUnknown},
	{name: "alarms can be acknowledged", needs: []string{protocol.CapAlarms}, writes: true, run: acknowledgeAlarm},
}

// alarms lists what is raised and checks each alarm.
func (s *subject) alarms(ctx context.Context) (map[string]*sdk.Alarm, error) {
	items := s.Backend.(sdk.AlarmLister).ListAlarms(ctx)
	if items == nil {
		return nil, errors.New("ListAlarms returned nil: return an iteration, sdk.List makes one")
	}
	found := map[string]*sdk.Alarm{}
	for a, err := range items {
		if err != nil {
			return nil, fmt.Errorf("ListAlarms failed: %w", err)
		}
		if err := bridge.CheckAlarm(a); err != nil {
			return nil, fmt.Errorf("ListAlarms: %w", err)
		}
		if found[a.ID] != nil {
			return nil, fmt.Errorf("ListAlarms yielded the id %q twice: ids must be unique among the alarms", a.ID)
		}
		found[a.ID] = a
	}
	return found, nil
}

func (s *subject) types() kindMethods {
	return methods(sdk.KindResourceType, s.ListResourceTypes, s.GetResourceType)
}

func sayWhatToDo(ctx context.Context, s *subject) error {
	types, err := s.types().all(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	defined := false
	for _, o := range types {
		for _, d := range o.(*sdk.ResourceType).Alarms {
			defined = true
			if d.Description == "" || d.RepairActions == "" {
				return fmt.Errorf("%s has the alarm definition %q without a Description or RepairActions: say what it means and what to do about it", called(o), d.ID)
			}
		}
	}
	if len(types) > 0 && !defined && s.capabilities[protocol.CapAlarms] {
		return errors.New("the backend lists alarms and no resource type has Alarms: an alarm is one of those that its resource's type defines")
	}
	return nil
}

func soundAlarms(ctx context.Context, s *subject) error {
	alarms, err := s.alarms(ctx)
	if err != nil {
		return err
	}
	for _, a := range alarms {
		if !a.RaisedAt.IsZero() && !a.ChangedAt.IsZero() && a.ChangedAt.Before(a.RaisedAt) {
			return fmt.Errorf("alarm %q changed at %v, before it was raised at %v", a.ID, a.ChangedAt, a.RaisedAt)
		}
	}
	return nil
}

func alarmReferences(ctx context.Context, s *subject) error {
	return again(func() error { return alarmReferencesOnce(ctx, s) })
}

func alarmReferencesOnce(ctx context.Context, s *subject) error {
	alarms, err := s.alarms(ctx)
	if err != nil || len(alarms) == 0 {
		return err
	}
	resources, err := methods(sdk.KindResource, s.ListResources, s.GetResource).byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	types, err := s.types().byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	for _, a := range alarms {
		r, ok := resources[a.ResourceID].(*sdk.Resource)
		if !ok {
			return fmt.Errorf("alarm %q has the ResourceID %q, but ListResources yields no such id: name the resource that has it", a.ID, a.ResourceID)
		}
		t, ok := types[r.ResourceTypeID].(*sdk.ResourceType)
		if !ok || !defines(t, a.DefinitionID) {
			return fmt.Errorf("alarm %q of %s has the DefinitionID %q, which is not among the Alarms of its type %q: add it there", a.ID, called(r), a.DefinitionID, r.ResourceTypeID)
		}
	}
	return nil
}

func defines(t *sdk.ResourceType, id string) bool {
	for _, d := range t.Alarms {
		if d.ID == id {
			return true
		}
	}
	return false
}

func repeatableAlarms(ctx context.Context, s *subject) error {
	return again(func() error {
		first, err := s.alarms(ctx)
		if err != nil {
			return err
		}
		second, err := s.alarms(ctx)
		if err != nil {
			return err
		}
		for id, a := range first {
			switch b := second[id]; {
			case b == nil:
				return fmt.Errorf("two calls of ListAlarms in a row do not agree: %q is in the first alone; an id must be the same for as long as the alarm is raised", id)
			case !a.RaisedAt.Equal(b.RaisedAt):
				return fmt.Errorf("alarm %q was raised at %v, and a moment later at %v: RaisedAt must stay the same for as long as it is raised", id, a.RaisedAt, b.RaisedAt)
			}
		}
		return nil
	})
}

func alarmsLeftEarly(ctx context.Context, s *subject) error {
	items := s.Backend.(sdk.AlarmLister).ListAlarms(ctx)
	if items == nil {
		return errors.New("ListAlarms returned nil: return an iteration, sdk.List makes one")
	}
	left, after := false, false
	items(func(*sdk.Alarm, error) bool {
		after, left = left, true
		return false
	})
	if after {
		return errors.New("ListAlarms went on after yield had returned false: it must stop there")
	}
	return nil
}

func cancelledAlarms(ctx context.Context, s *subject) error {
	return again(func() error {
		whole, err := s.alarms(ctx)
		if err != nil {
			return err
		}
		count, failed := 0, false
		err = within(prompt, "ListAlarms", func() error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			for _, err := range s.Backend.(sdk.AlarmLister).ListAlarms(ctx) {
				if err != nil {
					failed = true
					break
				}
				count++
				cancel()
			}
			return nil
		})
		if err == nil && !failed && count < len(whole) {
			err = fmt.Errorf("ListAlarms ended without an error after %d of %d alarms when its context was cancelled: "+
				"yield the context's error, since what is not listed counts as cleared", count, len(whole))
		}
		return err
	})
}

// acknowledge is nil and false where the backend does not want to know.
func (s *subject) acknowledge(ctx context.Context, id string) (err error, wanted bool) {
	acknowledger, ok := s.Backend.(sdk.AlarmAcknowledger)
	if !ok {
		return nil, false
	}
	err = acknowledger.AcknowledgeAlarm(ctx, id)
	if e, ok := errors.AsType[*sdk.Error](err); ok && e.Code == sdk.Unsupported {
		return nil, false
	}
	return err, true
}

func acknowledgeUnknown(ctx context.Context, s *subject) error {
	err, wanted := s.acknowledge(ctx, "sdktest-no-such-id")
	if !wanted {
		return nil
	}
	return wrongCode("AcknowledgeAlarm of an id that does not exist", err, sdk.NotFound)
}

// acknowledgeAlarm acknowledges one alarm; it may be over before it gets there.
func acknowledgeAlarm(ctx context.Context, s *subject) error {
	return again(func() error {
		alarms, err := s.alarms(ctx)
		if err != nil {
			return err
		}
		for id := range alarms {
			if err, wanted := s.acknowledge(ctx, id); wanted && err != nil {
				return fmt.Errorf("AcknowledgeAlarm of %q, which ListAlarms had yielded, failed: %w", id, err)
			}
			break
		}
		return nil
	})
}
