package sdk

import (
	"errors"
	"fmt"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

func decodeAlarm(p *pluginv1.Alarm) (*Alarm, error) {
	if p == nil {
		return nil, errors.New("there is no alarm")
	}
	extensions, err := parseMap("extensions", p.GetExtensionsJson())
	if err != nil {
		return nil, fmt.Errorf("alarm %q: %w", p.GetId(), err)
	}
	return &Alarm{
		ID: p.GetId(), ResourceID: p.GetResourceId(), DefinitionID: p.GetDefinitionId(), ProbableCause: p.GetProbableCause(),
		Severity: Severity(p.GetSeverity()), Description: p.GetDescription(),
		RaisedAt: decodeTime(p.GetRaisedAtMs()), ChangedAt: decodeTime(p.GetChangedAtMs()), Extensions: extensions,
	}, nil
}

func decodeDefinitions(list []*pluginv1.AlarmDefinition) ([]AlarmDefinition, error) {
	var decoded []AlarmDefinition
	for _, p := range list {
		fields, err := parseMap("additionalFields", p.GetAdditionalFieldsJson())
		if err != nil {
			return nil, fmt.Errorf("alarm definition %q: %w", p.GetId(), err)
		}
		decoded = append(decoded, AlarmDefinition{
			ID: p.GetId(), Name: p.GetName(), Description: p.GetDescription(), RepairActions: p.GetRepairActions(),
			LastChange: p.GetLastChange(), Change: AlarmChange(p.GetChange()), Clearing: ClearingType(p.GetClearing()),
			ProbableCause: p.GetProbableCause(), AdditionalFields: fields,
		})
	}
	return decoded, nil
}
