package wire_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/netweave/netweave/sdk"
)

func TestAlarmsRoundTrip(t *testing.T) {
	backend := all()
	backend.alarms = sdk.List([]*sdk.Alarm{alarm, {ID: "a2", ResourceID: "res", DefinitionID: "hot", Severity: sdk.SeverityIndeterminate}}, nil)
	var asked []string
	backend.acknowledge = func(_ context.Context, id string) error {
		asked = append(asked, id)
		if id != "a1" {
			return sdk.Errorf(sdk.NotFound, "there is no alarm %q", id)
		}
		return nil
	}
	b := open(t, backend)
	var got []*sdk.Alarm
	for a, err := range b.ListAlarms(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a)
	}
	if len(got) != 2 || !reflect.DeepEqual(got[0], alarm) || got[1].Severity != sdk.SeverityIndeterminate || !got[1].RaisedAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	if err := b.AcknowledgeAlarm(t.Context(), "a1"); err != nil {
		t.Error(err)
	}
	wantCode(t, b.AcknowledgeAlarm(t.Context(), "a9"), sdk.NotFound, `there is no alarm "a9"`)
	wantCode(t, b.AcknowledgeAlarm(t.Context(), ""), sdk.Invalid, "an acknowledgement needs an alarm's id")
	if !reflect.DeepEqual(asked, []string{"a1", "a9"}) {
		t.Errorf("asked for %v", asked)
	}
}

func TestAlarmsOfABackendWithout(t *testing.T) {
	b := open(t, &reader{})
	for _, err := range b.ListAlarms(t.Context()) {
		wantCode(t, err, sdk.Unsupported, "the plugin in-process cannot tell of alarms")
	}
	wantCode(t, b.AcknowledgeAlarm(t.Context(), "a"), sdk.Unsupported, "the plugin in-process cannot acknowledge alarms")
}

// What an author gets wrong reaches nobody: the list fails and says what was wrong.
func TestWrongAlarmsFailTheirList(t *testing.T) {
	for name, tc := range map[string]struct {
		list []*sdk.Alarm
		err  error
		want string
	}{
		"failed list": {[]*sdk.Alarm{alarm}, sdk.Errorf(sdk.Unavailable, "away"), "away"},
		"nil alarm":   {[]*sdk.Alarm{alarm, nil}, nil, "ListAlarms: the alarm is nil: leave it out"},
		"no severity": {[]*sdk.Alarm{{ID: "a", ResourceID: "r", DefinitionID: "d"}}, nil,
			`ListAlarms: alarm "a": Severity is "": it must be CRITICAL, MAJOR, MINOR, WARNING or INDETERMINATE; an alarm that is over is left out`},
	} {
		t.Run(name, func(t *testing.T) {
			backend := all()
			backend.alarms = sdk.List(tc.list, tc.err)
			var last error
			for _, err := range open(t, backend).ListAlarms(t.Context()) {
				last = err
			}
			if fmt.Sprint(last) != tc.want {
				t.Errorf("got  %v\nwant %s", last, tc.want)
			}
		})
	}
	backend := all()
	for _, err := range open(t, backend).ListAlarms(t.Context()) {
		if want := "ListAlarms: it returned nil: return an iteration, sdk.List makes one"; fmt.Sprint(err) != want {
			t.Errorf("a nil iteration: %v", err)
		}
	}
}

func wantCode(t *testing.T, err error, code sdk.Code, message string) {
	t.Helper()
	if e, ok := errors.AsType[*sdk.Error](err); !ok || e.Code != code || e.Message != message {
		t.Errorf("got %v, want %s: %s", err, code, message)
	}
}
