package monitoringv1

import (
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
)

// Project encodes an alarm as this API shows it; anything else is nothing. It is
// the family's inventory.Projection: pure, and its result has no spare capacity.
// format.Version is to change with what it returns.
func Project(o o2.Object) []byte {
	a, ok := o.(*o2.Alarm)
	if !ok {
		return nil
	}
	b := append(appendRecord(append(make([]byte, 0, 1024), '{'), a), '}')
	return append(make([]byte, 0, len(b)), b...)
}

// appendRecord appends the attributes of an AlarmEventRecord, in the order of the
// document: mandatory ones always, times where they are set.
func appendRecord(b []byte, a *o2.Alarm) []byte {
	b = jsontext.Append(append(b, `"alarmEventRecordId":`...), string(a.ID))
	b = jsontext.Append(append(b, `,"resourceTypeID":`...), idOrNil(a.ResourceTypeID))
	b = jsontext.Append(append(b, `,"resourceID":`...), idOrNil(a.ResourceID))
	b = jsontext.Append(append(b, `,"alarmDefinitionID":`...), idOrNil(a.DefinitionID))
	b = jsontext.Append(append(b, `,"probableCauseID":`...), idOrNil(a.ProbableCauseID))
	b = nouns.AppendTime(append(b, `,"alarmRaisedTime":`...), a.RaisedAt)
	b = nouns.AppendMoment(b, `,"alarmChangedTime":`, a.ChangedAt)
	b = nouns.AppendMoment(b, `,"alarmClearedTime":`, a.ClearedAt)
	b = nouns.AppendMoment(b, `,"alarmAcknowledgedTime":`, a.AcknowledgedAt)
	b = strconv.AppendBool(append(b, `,"alarmAcknowledged":`...), a.Acknowledged)
	b = append(append(b, `,"perceivedSeverity":`...), severityText(a.Severity)...)
	return nouns.AppendMerged(append(b, `,"extensions":`...), extensionsOf(a), a.Volatile)
}

// extensionsOf returns what the record has no attribute for: what the alarm is
// called and by whom, what the source says of it, and the alarm's own extensions,
// which are shown where they have the same name.
func extensionsOf(a *o2.Alarm) o2.JSON {
	own := append(make([]byte, 0, 256), '{')
	for _, e := range [...]struct{ key, value string }{ // in the order of the keys
		{`"description":`, a.Description}, {`"name":`, a.Name}, {`"nativeId":`, a.NativeID}, {`"source":`, a.Source},
	} {
		if e.value == "" {
			continue
		}
		if len(own) > 1 {
			own = append(own, ',')
		}
		own = jsontext.Append(append(own, e.key...), e.value)
	}
	own = append(own, '}')
	if a.Extensions == "" {
		return o2.JSON(own)
	}
	return o2.JSON(nouns.AppendMerged(make([]byte, 0, len(own)+len(a.Extensions)), o2.JSON(own), a.Extensions))
}

// nilID stands for no id where there must be one (RFC 9562, 5.9).
const nilID = "00000000-0000-0000-0000-000000000000"

func idOrNil(id o2.ID) string {
	if id == "" {
		return nilID
	}
	return string(id)
}
