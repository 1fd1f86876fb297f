package pluginhost

import (
	"cmp"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// maxDefinitions is how many alarms one resource type can have.
const maxDefinitions = 10_000

// definitions translates a type's alarm dictionary, in an order that does not
// depend on the plugin's.
func definitions(t *pluginv1.ResourceType, of o2.ID) ([]o2.AlarmDefinition, *refusedObject) {
	list := t.GetAlarmDefinitions()
	if len(list) == 0 {
		return nil, nil
	}
	if len(list) > maxDefinitions {
		return nil, refuseObject(becauseSize, "it has %d alarm definitions: want at most %d", len(list), maxDefinitions)
	}
	if t.GetAlarmDictionaryVersion() == "" {
		return nil, refuseObject(becauseValue, "it has alarm definitions and no alarm dictionary version")
	}
	made := make([]o2.AlarmDefinition, 0, len(list))
	seen := make(map[string]struct{}, len(list))
	for _, d := range list {
		definition, refused := alarmDefinition(d, of, t.GetAlarmDictionaryVersion())
		if refused != nil {
			return nil, refused
		}
		if _, twice := seen[definition.NativeID]; twice {
			return nil, refuseObject(becauseID, "it has the alarm definition %.100q twice", definition.NativeID)
		}
		seen[definition.NativeID] = struct{}{}
		made = append(made, definition)
	}
	slices.SortFunc(made, func(a, b o2.AlarmDefinition) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.NativeID, b.NativeID))
	})
	return made, nil
}

func alarmDefinition(d *pluginv1.AlarmDefinition, of o2.ID, version string) (o2.AlarmDefinition, *refusedObject) {
	var none o2.AlarmDefinition
	if n := len(d.GetId()); n == 0 || n > maxNativeID {
		return none, refuseObject(becauseID, "an alarm definition's id has %d bytes: want 1 to %d", n, maxNativeID)
	}
	if d.GetName() == "" {
		return none, refuseObject(becauseName, "the alarm definition %.100q has no name", d.GetId())
	}
	change := o2.AlarmChange(cmp.Or(d.GetChange(), string(o2.AlarmAdded)))
	switch change {
	case o2.AlarmAdded, o2.AlarmDeleted, o2.AlarmModified:
	default:
		return none, refuseObject(becauseValue, "the alarm definition %.100q has the change %.40q: want ADDED, DELETED or MODIFIED", d.GetId(), string(change))
	}
	clearing := o2.ClearingType(cmp.Or(d.GetClearing(), string(o2.ClearingAutomatic)))
	switch clearing {
	case o2.ClearingAutomatic, o2.ClearingManual:
	default:
		return none, refuseObject(becauseValue, "the alarm definition %.100q has the clearing %.40q: want AUTOMATIC or MANUAL", d.GetId(), string(clearing))
	}
	fields, refused := object("alarm definition's additional fields", d.GetAdditionalFieldsJson())
	if refused != nil {
		return none, refused
	}
	return o2.AlarmDefinition{
		ID: o2.AlarmDefinitionID(of, d.GetId()), NativeID: d.GetId(), Name: d.GetName(), Description: d.GetDescription(),
		LastChange: cmp.Or(d.GetLastChange(), version), Change: change, RepairActions: d.GetRepairActions(), Clearing: clearing,
		ProbableCause: cmp.Or(d.GetProbableCause(), d.GetName()), AdditionalFields: fields,
	}, nil
}

// alarm checks and translates one alarm. A list with one that is refused is not
// believed: what is not in it would be taken for cleared.
func alarm(a *pluginv1.Alarm, maxBytes int) (backend.Alarm, *refusedObject) {
	var none backend.Alarm
	for _, id := range []struct{ name, text string }{
		{"id", a.GetId()}, {"resource's id", a.GetResourceId()}, {"definition's id", a.GetDefinitionId()},
	} {
		if n := len(id.text); n == 0 || n > maxNativeID {
			return none, refuseObject(becauseID, "its %s has %d bytes: want 1 to %d", id.name, n, maxNativeID)
		}
	}
	if n := alarmWeight(a); n > maxBytes {
		return none, refuseObject(becauseSize, "it has %d bytes: want at most %d", n, maxBytes)
	}
	severity, err := o2.ParseSeverity(a.GetSeverity())
	if err != nil || severity == o2.SeverityCleared {
		return none, refuseObject(becauseValue, "its severity is %.40q: want CRITICAL, MAJOR, MINOR, WARNING or INDETERMINATE", a.GetSeverity())
	}
	raised, refused := timeOf("raising time", a.GetRaisedAtMs())
	if refused != nil {
		return none, refused
	}
	changed, refused := timeOf("change time", a.GetChangedAtMs())
	if refused != nil {
		return none, refused
	}
	extensions, refused := object("extensions", a.GetExtensionsJson())
	if refused != nil {
		return none, refused
	}
	return backend.Alarm{
		NativeID: a.GetId(), Resource: a.GetResourceId(), Definition: a.GetDefinitionId(), ProbableCause: a.GetProbableCause(),
		Severity: severity, Description: a.GetDescription(), RaisedAt: raised, ChangedAt: changed, Extensions: extensions,
	}, nil
}

// alarmWeight is what an alarm's attributes take, in bytes.
func alarmWeight(a *pluginv1.Alarm) int {
	return len(a.GetId()) + len(a.GetResourceId()) + len(a.GetDefinitionId()) + len(a.GetProbableCause()) +
		len(a.GetDescription()) + len(a.GetExtensionsJson())
}
