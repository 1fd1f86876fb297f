package monitoringv1

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/netweave/netweave/core/o2"
)

const cloud = o2.ID("18f2dc90-b375-47dd-b8dc-ae80072e6cdb")

// raised is an alarm that with has changed.
func raised(with ...func(*o2.Alarm)) *o2.Alarm {
	a := &o2.Alarm{
		Header:         o2.Header{ID: "a1", NativeID: "n1", Backend: o2.AlarmBook, Name: "Fan", Extensions: `{"slot":2}`},
		ResourceTypeID: "t1", ResourceID: "r1", DefinitionID: "d1", ProbableCauseID: "p1", Severity: o2.SeverityMajor,
		RaisedAt: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
	}
	for _, change := range with {
		change(a)
	}
	o2.Seal(a)
	return a
}

func acknowledged(a *o2.Alarm) { a.Acknowledged, a.AcknowledgedAt = true, a.RaisedAt.Add(time.Minute) }

func cleared(a *o2.Alarm) { a.Severity, a.ClearedAt = o2.SeverityCleared, a.RaisedAt.Add(time.Hour) }

func minor(a *o2.Alarm) { a.Severity = o2.SeverityMinor }

// fits holds a notification against the document, where ids are UUIDs.
func fits(t *testing.T, schema *openapi3.Schema, body []byte) {
	t.Helper()
	text := string(body)
	for _, id := range []string{"a1", "t1", "r1", "d1", "p1"} {
		text = strings.ReplaceAll(text, `"`+id+`"`, `"`+string(cloud)+`"`)
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	if err := schema.VisitJSON(value); err != nil {
		t.Errorf("%s does not fit the document: %v", body, err)
	}
}

func TestNotifications(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(Document())
	if err != nil {
		t.Fatal(err)
	}
	schema := doc.Components.Schemas["AlarmEventNotification"].Value
	key := o2.ObjectKey{Kind: o2.KindAlarm, ID: "a1"}
	const (
		head = `{"globalCloudID":"18f2dc90-b375-47dd-b8dc-ae80072e6cdb","consumerSubscriptionId":"smo-1","notificationEventType":`
		ref  = `,"objectRef":"https://o2.example.com/o2ims-infrastructureMonitoring/v1/alarms/a1","alarmEventRecordId":"a1",` +
			`"resourceTypeID":"t1","resourceID":"r1","alarmDefinitionID":"d1","probableCauseID":"p1","alarmRaisedTime":"2026-01-31T12:00:00.000Z",`
		tail = `,"extensions":{"name":"Fan","nativeId":"n1","slot":2}}`
		ack  = `"alarmAcknowledgedTime":"2026-01-31T12:01:00.000Z","alarmAcknowledged":true,`
		over = `"alarmClearedTime":"2026-01-31T13:00:00.000Z",`
	)
	for _, tt := range []struct {
		name   string
		event  o2.Event
		filter string
		want   string
	}{
		{"raised", o2.Event{Type: o2.EventCreated, Post: raised()}, "", head + "0" + ref + `"alarmAcknowledged":false,"perceivedSeverity":1` + tail},
		{"over before it was told", o2.Event{Type: o2.EventCreated, Post: raised(cleared)}, "",
			head + "2" + ref + over + `"alarmAcknowledged":false,"perceivedSeverity":5` + tail},
		{"changed", o2.Event{Type: o2.EventModified, Prior: raised(), Post: raised(minor)}, "",
			head + "1" + ref + `"alarmAcknowledged":false,"perceivedSeverity":2` + tail},
		{"acknowledged", o2.Event{Type: o2.EventModified, Prior: raised(), Post: raised(acknowledged)}, "",
			head + "3" + ref + ack + `"perceivedSeverity":1` + tail},
		{"changed since it was acknowledged", o2.Event{Type: o2.EventModified, Prior: raised(acknowledged), Post: raised(acknowledged, minor)}, "",
			head + "1" + ref + ack + `"perceivedSeverity":2` + tail},
		{"cleared", o2.Event{Type: o2.EventModified, Prior: raised(acknowledged), Post: raised(acknowledged, cleared)}, "",
			head + "2" + ref + over + ack + `"perceivedSeverity":5` + tail},
		{"acknowledged and cleared", o2.Event{Type: o2.EventModified, Prior: raised(), Post: raised(acknowledged, cleared)}, "",
			head + "2" + ref + over + ack + `"perceivedSeverity":5` + tail},
		{"acknowledged once it is over", o2.Event{Type: o2.EventModified, Prior: raised(cleared), Post: raised(acknowledged, cleared)}, "",
			head + "3" + ref + over + ack + `"perceivedSeverity":5` + tail},
		{"there again", o2.Event{Type: o2.EventModified, Prior: raised(acknowledged, cleared), Post: raised()}, "NEW",
			head + "0" + ref + `"alarmAcknowledged":false,"perceivedSeverity":1` + tail},
		{"no longer kept", o2.Event{Type: o2.EventDeleted, Prior: raised(cleared)}, "", ""},
		{"a fresh start", o2.Event{Type: o2.EventResync}, "", ""},
		{"of the kind that is heard", o2.Event{Type: o2.EventCreated, Post: raised()}, "NEW",
			head + "0" + ref + `"alarmAcknowledged":false,"perceivedSeverity":1` + tail},
		{"of another kind", o2.Event{Type: o2.EventCreated, Post: raised()}, "CLEAR", ""},
		{"of a kind in the filter", o2.Event{Type: o2.EventModified, Prior: raised(), Post: raised(acknowledged)},
			"(in,notificationEventType,ACKNOWLEDGE,CLEAR);(lte,perceivedSeverity,1)", head + "3" + ref + ack + `"perceivedSeverity":1` + tail},
		{"of a kind not in the filter", o2.Event{Type: o2.EventModified, Prior: raised(), Post: raised(minor)},
			"(lte,perceivedSeverity,1);(nin,notificationEventType,CHANGE)", ""},
		{"of an alarm that leaves the filter", o2.Event{Type: o2.EventModified, Prior: raised(), Post: raised(minor)}, "(lte,perceivedSeverity,1)",
			head + "1" + ref + `"alarmAcknowledged":false,"perceivedSeverity":2` + tail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.event.ID = "e1"
			if tt.event.Type != o2.EventResync {
				tt.event.Object = key
			}
			s := &o2.Subscription{ID: "s1", ConsumerSubscriptionID: "smo-1", Filter: tt.filter}
			got, err := Family("https://o2.example.com/", cloud).Encode(s, &tt.event)
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
			if got != nil {
				fits(t, schema, got)
			}
		})
	}
	got, err := Family("", cloud).Encode(&o2.Subscription{}, &o2.Event{Type: o2.EventCreated, Object: key, Post: raised()})
	if err != nil || !strings.HasPrefix(string(got), `{"globalCloudID":"`+string(cloud)+`","notificationEventType":0,"objectRef":"/o2ims-infrastructureMonitoring/v1/alarms/a1",`) {
		t.Errorf("without an external URL or a consumer's id: %s, %v", got, err)
	}
}

func TestEventsThatCannotBeTold(t *testing.T) {
	f := Family("", cloud)
	for want, e := range map[string]o2.Event{
		"event e1, created, is not about an alarm, or lacks what it is now: Alarm a1": {Type: o2.EventCreated},
		"event e1, modified, lacks what alarm a1 was":                                 {Type: o2.EventModified, Post: raised()},
		"event e1 is of no type that can be told: EventType(9)":                       {Type: 9, Post: raised()},
	} {
		e.ID, e.Object = "e1", o2.ObjectKey{Kind: o2.KindAlarm, ID: "a1"}
		if body, err := f.Encode(&o2.Subscription{}, &e); err == nil || err.Error() != want {
			t.Errorf("%s, %v; want %s", body, err, want)
		}
	}
	if _, err := f.Encode(&o2.Subscription{ID: "s1", Filter: "(eq,notificationEventType"}, &o2.Event{Type: o2.EventCreated, Post: raised()}); err == nil ||
		!strings.HasPrefix(err.Error(), "reading the filter of subscription s1: filter: ") {
		t.Errorf("a filter that is no filter: %v", err)
	}
}

// What an alarm lacks although there must be an id is shown as none (RFC 9562, 5.9).
func TestAnAlarmWithoutReferences(t *testing.T) {
	got := string(Project(&o2.Alarm{Header: o2.Header{ID: "a1"}, RaisedAt: time.UnixMilli(0)}))
	const none = `"00000000-0000-0000-0000-000000000000"`
	want := `{"alarmEventRecordId":"a1","resourceTypeID":` + none + `,"resourceID":` + none + `,"alarmDefinitionID":` + none + `,"probableCauseID":` + none +
		`,"alarmRaisedTime":"1970-01-01T00:00:00.000Z","alarmAcknowledged":false,"perceivedSeverity":0,"extensions":{}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A projection of what is no alarm is nothing, and that of an alarm has no spare
// capacity: it is kept for as long as the alarm is.
func TestProject(t *testing.T) {
	if got := Project(&o2.Resource{}); got != nil {
		t.Errorf("a resource: %s", got)
	}
	b := Project(raised())
	if cap(b) != len(b) {
		t.Errorf("%d bytes of %d", len(b), cap(b))
	}
}
