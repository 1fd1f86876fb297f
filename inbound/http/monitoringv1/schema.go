package monitoringv1

import (
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/nouns"
)

// nounAlarm is the data type of alarms, as errors name it.
const nounAlarm = "AlarmEventRecord"

// attributeExtensions is the attribute whose part that is no state is not looked at
// by subscriptions.
const attributeExtensions = "extensions"

// alarmSchema is the alarm as filters and selectors see it. Nothing is omitted by
// default.
var alarmSchema = query.NewSchema(nounAlarm,
	nouns.ID("alarmEventRecordId"),
	reference("resourceTypeID", func(a *o2.Alarm) o2.ID { return a.ResourceTypeID }),
	reference("resourceID", func(a *o2.Alarm) o2.ID { return a.ResourceID }),
	reference("alarmDefinitionID", func(a *o2.Alarm) o2.ID { return a.DefinitionID }),
	reference("probableCauseID", func(a *o2.Alarm) o2.ID { return a.ProbableCauseID }),
	moment("alarmRaisedTime", true, func(a *o2.Alarm) time.Time { return a.RaisedAt }),
	moment("alarmChangedTime", false, func(a *o2.Alarm) time.Time { return a.ChangedAt }),
	moment("alarmClearedTime", false, func(a *o2.Alarm) time.Time { return a.ClearedAt }),
	moment("alarmAcknowledgedTime", false, func(a *o2.Alarm) time.Time { return a.AcknowledgedAt }),
	query.Attribute{Name: "alarmAcknowledged", Type: query.Bool, Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: strconv.FormatBool(nouns.As[*o2.Alarm](o).Acknowledged)}
	}},
	query.Attribute{Name: "perceivedSeverity", Type: query.Number, Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: severityText(nouns.As[*o2.Alarm](o).Severity)}
	}},
	query.Attribute{Name: attributeExtensions, Type: query.JSON, Mandatory: true, Get: func(o any) query.Value {
		a := nouns.As[*o2.Alarm](o)
		return query.Value{JSON: string(extensionsOf(a)), Over: string(a.Volatile)}
	}},
)

func reference(name string, get func(*o2.Alarm) o2.ID) query.Attribute {
	return nouns.Reference(name, query.NoIndex, true, get)
}

func moment(name string, mandatory bool, get func(*o2.Alarm) time.Time) query.Attribute {
	return query.Attribute{Name: name, Type: query.Time, Mandatory: mandatory, Get: func(o any) query.Value {
		t := get(nouns.As[*o2.Alarm](o))
		if t.IsZero() {
			return query.Value{Absent: true}
		}
		return query.Value{Text: nouns.Time(t)}
	}}
}

// severityText is the number that O-RAN gives a severity.
func severityText(s o2.Severity) string { return strconv.Itoa(int(s)) }
