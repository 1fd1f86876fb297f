package sdk

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// encodeAlarm encodes what a backend reported: all that Alarm demands is checked,
// and the error tells the author which alarm is wrong, in what, and what would be
// right.
func encodeAlarm(a *Alarm) (*pluginv1.Alarm, error) {
	if a == nil {
		return nil, errors.New("the alarm is nil: leave it out")
	}
	p, err := encodeAlarmFields(a)
	if err != nil {
		return nil, fmt.Errorf("alarm %q: %w", a.ID, err)
	}
	if size := proto.Size(p); size > protocol.MaxObjectBytes {
		return nil, fmt.Errorf("alarm %q: it is %d bytes long and at most %d can be sent: put less into Extensions",
			a.ID, size, protocol.MaxObjectBytes)
	}
	return p, nil
}

func encodeAlarmFields(a *Alarm) (*pluginv1.Alarm, error) {
	for _, ref := range []struct{ field, id string }{
		{"ID", a.ID}, {"ResourceID", a.ResourceID}, {"DefinitionID", a.DefinitionID},
	} {
		if err := checkID(ref.field, ref.id); err != nil {
			return nil, err
		}
	}
	if !a.Severity.valid() {
		return nil, fmt.Errorf("Severity is %q: it must be CRITICAL, MAJOR, MINOR, WARNING or INDETERMINATE; an alarm that is over is left out", a.Severity)
	}
	p := &pluginv1.Alarm{
		Id: a.ID, ResourceId: a.ResourceID, DefinitionId: a.DefinitionID, ProbableCause: a.ProbableCause,
		Severity: string(a.Severity), Description: a.Description,
	}
	var err error
	if p.RaisedAtMs, err = encodeTime("RaisedAt", a.RaisedAt); err != nil {
		return nil, err
	}
	if p.ChangedAtMs, err = encodeTime("ChangedAt", a.ChangedAt); err != nil {
		return nil, err
	}
	if p.ExtensionsJson, err = canonicalJSON("Extensions", a.Extensions); err != nil {
		return nil, err
	}
	return p, utf8Fields([]textField{
		{"ID", p.GetId()}, {"ResourceID", p.GetResourceId()}, {"DefinitionID", p.GetDefinitionId()},
		{"ProbableCause", p.GetProbableCause()}, {"Description", p.GetDescription()},
	})
}

// encodeDefinitions encodes a type's alarm dictionary.
func encodeDefinitions(version string, list []AlarmDefinition) ([]*pluginv1.AlarmDefinition, error) {
	if len(list) > 0 && version == "" {
		return nil, errors.New("AlarmDictionaryVersion is empty though there are Alarms: name their version")
	}
	seen := make(map[string]bool, len(list))
	encoded := make([]*pluginv1.AlarmDefinition, 0, len(list))
	for i := range list {
		d := &list[i]
		p, err := encodeDefinition(d)
		if err != nil {
			return nil, fmt.Errorf("alarm definition %d, %q: %w", i, d.ID, err)
		}
		if seen[d.ID] {
			return nil, fmt.Errorf("alarm definition %d: the ID %q is there twice: ids must be unique within a resource type", i, d.ID)
		}
		seen[d.ID] = true
		encoded = append(encoded, p)
	}
	return encoded, nil
}

func encodeDefinition(d *AlarmDefinition) (*pluginv1.AlarmDefinition, error) {
	if err := checkID("ID", d.ID); err != nil {
		return nil, err
	}
	if d.Name == "" {
		return nil, errors.New("it has no Name: use the ID where there are no names")
	}
	switch d.Change {
	case "", AlarmAdded, AlarmDeleted, AlarmModified:
	default:
		return nil, fmt.Errorf("its Change is %q: it must be ADDED, DELETED or MODIFIED", d.Change)
	}
	switch d.Clearing {
	case "", ClearingAutomatic, ClearingManual:
	default:
		return nil, fmt.Errorf("its Clearing is %q: it must be AUTOMATIC or MANUAL", d.Clearing)
	}
	fields, err := canonicalJSON("AdditionalFields", d.AdditionalFields)
	if err != nil {
		return nil, err
	}
	return &pluginv1.AlarmDefinition{
		Id: d.ID, Name: d.Name, Description: d.Description, RepairActions: d.RepairActions,
		LastChange: d.LastChange, Change: string(d.Change), Clearing: string(d.Clearing),
		ProbableCause: d.ProbableCause, AdditionalFieldsJson: fields,
	}, nil
}

func (s Severity) valid() bool {
	switch s {
	case SeverityCritical, SeverityMajor, SeverityMinor, SeverityWarning, SeverityIndeterminate:
		return true
	default:
		return false
	}
}
