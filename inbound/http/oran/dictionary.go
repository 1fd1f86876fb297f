package oran

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
)

const (
	// dictionarySchema is the version of the form that dictionaries have here.
	dictionarySchema = "1.0"
	// interfaces ends both a dictionary and a definition: which interface manages the
	// alarms, and which of an alarm's attributes leads to its definition.
	interfaces = `,"managementInterfaceId":["O2IMS"],"pkNotificationField":["alarmDefinitionID"]`
)

// AppendAlarmDictionary appends a resource type's alarm dictionary; every type has
// one. withID says whether it is a thing of its own, with an id.
func AppendAlarmDictionary(b []byte, t *o2.ResourceType, withID bool) []byte {
	b = append(b, '{')
	if withID {
		b = jsontext.Append(append(b, `"alarmDictionaryId":`...), string(o2.AlarmDictionaryID(t.ID)))
		b = append(b, ',')
	}
	b = jsontext.Append(append(b, `"alarmDictionaryVersion":`...), t.AlarmDictionaryVersion)
	b = append(b, `,"alarmDictionarySchemaVersion":"`+dictionarySchema+`"`...)
	b = jsontext.Append(append(b, `,"entityType":`...), entityType(t))
	b = jsontext.Append(append(b, `,"vendor":`...), t.Vendor)
	b = append(append(b, interfaces...), `,"alarmDefinition":[`...)
	for i := range t.Alarms {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendAlarmDefinition(b, &t.Alarms[i])
	}
	return append(b, ']', '}')
}

func appendAlarmDefinition(b []byte, d *o2.AlarmDefinition) []byte {
	b = jsontext.Append(append(b, `{"alarmDefinitionId":`...), string(d.ID))
	b = jsontext.Append(append(b, `,"alarmName":`...), d.Name)
	b = jsontext.Append(append(b, `,"alarmLastChange":`...), d.LastChange)
	b = jsontext.Append(append(b, `,"alarmChangeType":`...), string(d.Change))
	b = jsontext.Append(append(b, `,"alarmDescription":`...), d.Description)
	b = jsontext.Append(append(b, `,"proposedRepairActions":`...), d.RepairActions)
	b = jsontext.Append(append(b, `,"clearingType":`...), string(d.Clearing))
	b = nouns.AppendObject(append(append(b, interfaces...), `,"alarmAdditionalFields":`...), d.AdditionalFields)
	return append(b, '}')
}

// entityType says what has the alarms.
func entityType(t *o2.ResourceType) string {
	if t.Model == "" {
		return t.Name
	}
	return t.Model
}

// AlarmDictionarySchema is the dictionary as a thing of its own, as filters and
// selectors see it. Its objects are resource types.
func AlarmDictionarySchema() *query.Schema {
	type object = *o2.ResourceType
	only := func(text string) func(object) []string {
		list := []string{text}
		return func(object) []string { return list }
	}
	return query.NewSchema("AlarmDictionary",
		query.Attribute{Name: "alarmDictionaryId", Type: query.UUID, Mandatory: true, Get: func(o any) query.Value {
			return query.Value{Text: string(o2.AlarmDictionaryID(nouns.Head(o).ID))}
		}},
		nouns.Mandatory("alarmDictionaryVersion", func(o object) string { return o.AlarmDictionaryVersion }),
		nouns.Mandatory("alarmDictionarySchemaVersion", func(object) string { return dictionarySchema }),
		nouns.Mandatory("entityType", entityType),
		nouns.Mandatory("vendor", func(o object) string { return o.Vendor }),
		nouns.Texts("managementInterfaceId", only("O2IMS")),
		nouns.Texts("pkNotificationField", only("alarmDefinitionID")),
		query.Attribute{Name: "alarmDefinition", Type: query.JSON, Get: func(o any) query.Value {
			// A list is no step of a path: what is asked for is in its elements.
			alarms := nouns.As[object](o).Alarms
			b := append(make([]byte, 0, 512*len(alarms)+2), '[')
			for i := range alarms {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendAlarmDefinition(b, &alarms[i])
			}
			return query.Value{JSON: string(append(b, ']'))}
		}},
	)
}
